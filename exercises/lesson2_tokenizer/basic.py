"""Byte pair encoding: text becomes numbers, and pairs of numbers that are often seen become one.

Start with `train`, then `encode`, then `decode`; after each of them `zth grade lesson2` has more to
say. The plain way, which goes through the whole text at every step, earns all points. What you need
more than once (counting pairs, replacing a pair) may become a function of its own, here above the
class; `regex_tokenizer.py` can then import it. Only the standard library is needed.

Sources: Gage 1994, "A New Algorithm for Data Compression"; Sennrich, Haddow and Birch 2016, "Neural
Machine Translation of Rare Words with Subword Units"; the lecture "Let's build the GPT Tokenizer".
"""


class BasicTokenizer:
    """BPE on the bytes of a text, all of it one long word.

    >>> tokenizer = BasicTokenizer()
    >>> tokenizer.train("aaabdaaabac", 256 + 3)
    >>> tokenizer.decode(tokenizer.encode("aaab"))
    'aaab'

    The course reads two attributes. `merges` maps each pair of tokens to the token that replaces
    it, in the order of training: {(97, 97): 256, …}. `vocab` maps each token to its bytes:
    {…, 97: b"a", …, 256: b"aa", …}. Without training there are no merges, and 256 tokens.
    """

    def __init__(self):
        self.merges = {}  # (left, right) -> id
        self.vocab = {byte: bytes([byte]) for byte in range(256)}  # id -> bytes

    def train(self, text, vocab_size):
        """Learns vocab_size − 256 merges from a text. Raises ValueError for a vocab_size below 256.

        1. The text as UTF-8, a list of numbers from 0 to 255.
        2. Count each pair of neighbours; of "aaa", the pair (a, a) is counted twice.
        3. The most frequent pair (which of several does not matter) becomes a new token: the first
           is 256. Replace it in the list, from left to right.
        4. Again from 2, until there are vocab_size tokens. A pair that is seen once still counts.

        >>> tokenizer = BasicTokenizer()
        >>> tokenizer.train("hahaha", 257)
        >>> tokenizer.merges, tokenizer.vocab[256]
        ({(104, 97): 256}, b'ha')
        """
        raise NotImplementedError

    def encode(self, text):
        """The tokens of a text, which may have characters that training never met.

        From the bytes, make the merges in the order in which they were learned: of all pairs in the
        list that are in `merges`, the one with the smallest id first, wherever it stands.

        >>> BasicTokenizer().encode("né")
        [110, 195, 169]
        """
        raise NotImplementedError

    def decode(self, ids):
        """The text of tokens. Bytes that are not UTF-8 become U+FFFD, the replacement character.

        Raises ValueError (a KeyError will do as well) for a number that is no token.

        >>> BasicTokenizer().decode([110, 195, 169])
        'né'
        """
        raise NotImplementedError
