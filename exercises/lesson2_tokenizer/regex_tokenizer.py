"""Byte pair encoding within words: a pattern splits the text first, and no merge crosses a split.

This is how GPT-2 and GPT-4 do it. `regex` is `re` with more in it: \\p{L} is any letter of any
script, \\p{N} any digit, and a + after a quantifier (?+, ++) means: take it, never give it back.
`regex.findall(pattern, text)` gives the pieces of a text.

Write `train`, `encode_ordinary` and `decode` first, then `save` and `load`, then special tokens:
`zth grade lesson2 --component regex`, and then `--component special`. What you have in `basic.py`
can be imported from here; the dot says that it lies beside this file:

    from .basic import BasicTokenizer

Sources: Radford et al. 2019, "Language Models are Unsupervised Multitask Learners", section 2.2;
the lecture "Let's build the GPT Tokenizer".
"""

import regex

GPT2_SPLIT_PATTERN = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""
GPT4_SPLIT_PATTERN = (
    r"""'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}"""
    r"""| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"""
)


class RegexTokenizer:
    """BPE within the pieces that a pattern makes of a text, and special tokens.

    >>> tokenizer = RegexTokenizer()
    >>> tokenizer.train("low lower lowest", 258)
    >>> tokenizer.decode(tokenizer.encode("slow"))
    'slow'

    `merges` and `vocab` are those of a `BasicTokenizer`.
    """

    def __init__(self, pattern=None):
        """`pattern` splits the text; without it, GPT-4's does."""
        raise NotImplementedError

    def train(self, text, vocab_size):
        """Learns vocab_size − 256 merges from a text. Raises ValueError for a vocab_size below 256.

        As before, but a pair is counted only within a piece, and all pieces count together.

        >>> tokenizer = RegexTokenizer()
        >>> tokenizer.train("ab ab ab", 258)    # the pieces: "ab", " ab", " ab"
        >>> tokenizer.merges
        {(97, 98): 256, (32, 256): 257}
        """
        raise NotImplementedError

    def encode_ordinary(self, text):
        """The tokens of a text in which nothing is special: those of its pieces, in a row.

        >>> RegexTokenizer().encode_ordinary("né")
        [110, 195, 169]
        """
        raise NotImplementedError

    def decode(self, ids):
        """The text of tokens. Bytes that are not UTF-8 become U+FFFD, the replacement character.

        Special tokens become their text. Raises ValueError (a KeyError will do as well) for a
        number that is no token.

        >>> RegexTokenizer().decode([110, 195, 169])
        'né'
        """
        raise NotImplementedError

    def save(self, file_prefix):
        """Writes all that the tokenizer knows to the file `file_prefix` + ".model".

        How is up to you: text that a person can read is better than a pickle. The merges, the
        pattern and the special tokens are all that `load` needs.
        """
        raise NotImplementedError

    def load(self, model_file):
        """Becomes the tokenizer in a file that `save` wrote: load("shakespeare.model").

        Raises ValueError for a file that holds something else. A first line by which you know your
        own files makes that easy.
        """
        raise NotImplementedError

    def register_special_tokens(self, special_tokens):
        """Says which texts are tokens of their own: {"<|endoftext|>": 100257}.

        >>> tokenizer = RegexTokenizer()
        >>> tokenizer.register_special_tokens({"<|end|>": 256})
        >>> tokenizer.encode("a<|end|>", allowed_special="all")
        [97, 256]
        """
        raise NotImplementedError

    def encode(self, text, allowed_special="none_raise"):
        """The tokens of a text. `allowed_special` says which special tokens become their number:

        - "all": every one that is registered
        - "none": none; what looks like one is text like any other
        - "none_raise": none, and a text that holds one is a ValueError
        - a set of special tokens: these, and what looks like another is text

        Anything else is a ValueError. Until you come to special tokens, let it call
        `encode_ordinary`.

        >>> tokenizer = RegexTokenizer()
        >>> tokenizer.register_special_tokens({"<s>": 256, "<e>": 257})
        >>> tokenizer.encode("<s>a<e>", allowed_special={"<e>"})
        [60, 115, 62, 97, 257]
        """
        raise NotImplementedError
