"""Byte pair encoding within words: a pattern splits the text first, and no merge crosses a split.

This is how GPT-2 and GPT-4 do it. `regex` is `re` with more in it: \\p{L} is any letter of any
script, \\p{N} any digit, and a + after a quantifier (?+, ++) means: take it, never give it back.

Sources: Radford et al. 2019, "Language Models are Unsupervised Multitask Learners", section 2.2;
the lecture "Let's build the GPT Tokenizer".
"""

import json
from collections import Counter
from pathlib import Path

import regex

from .basic import apply_to_words, build_vocab, check_size, join_bytes, learn_merges

GPT2_SPLIT_PATTERN = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""
GPT4_SPLIT_PATTERN = (
    r"""'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}"""
    r"""| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"""
)
FORMAT = "bpe/1"  # the first entry of every file that `save` writes


class RegexTokenizer:
    """BPE within the pieces that a pattern makes of a text, and special tokens.

    >>> tokenizer = RegexTokenizer()
    >>> tokenizer.train("low lower lowest", 258)
    >>> tokenizer.decode(tokenizer.encode("slow"))
    'slow'

    `merges` and `vocab` are those of a `BasicTokenizer`; `pattern` is the pattern.
    """

    def __init__(self, pattern=None):
        """`pattern` splits the text; without it, GPT-4's does."""
        self.pattern = GPT4_SPLIT_PATTERN if pattern is None else pattern
        self.special_tokens = {}
        self.merges = {}
        self.vocab = build_vocab({})

    def train(self, text, vocab_size):
        """Learns vocab_size − 256 merges from a text, or fewer where it runs out of pairs.

        Special tokens that are registered already are not counted as text. Raises ValueError for a
        vocab_size below 256.

        >>> tokenizer = RegexTokenizer()
        >>> tokenizer.train("ab ab ab", 258)    # the pieces: "ab", " ab", " ab"
        >>> tokenizer.merges
        {(97, 98): 256, (32, 256): 257}
        """
        check_size(vocab_size)
        words = Counter()
        for part in self._parts(text, self.special_tokens):
            if part not in self.special_tokens:
                words.update(regex.findall(self.pattern, part))
        counts = {word.encode("utf-8"): count for word, count in words.items()}
        self.merges = learn_merges(counts, vocab_size - 256)
        self.vocab = build_vocab(self.merges)

    def register_special_tokens(self, special_tokens):
        """Says which texts are tokens of their own: {"<|endoftext|>": 100257}.

        Raises ValueError where a number belongs to another token already.

        >>> tokenizer = RegexTokenizer()
        >>> tokenizer.register_special_tokens({"<|end|>": 256})
        >>> tokenizer.encode("a<|end|>", allowed_special="all")
        [97, 256]
        """
        ids = list(special_tokens.values())
        for id in ids:
            if id in self.vocab or ids.count(id) > 1:
                raise ValueError(f"{id} is the number of another token already")
        self.special_tokens = dict(special_tokens)

    def encode_ordinary(self, text):
        """The tokens of a text in which nothing is special.

        >>> RegexTokenizer().encode_ordinary("né")
        [110, 195, 169]
        """
        words = regex.findall(self.pattern, text)
        distinct = list(dict.fromkeys(words))  # most words come again
        found = apply_to_words([word.encode("utf-8") for word in distinct], self.merges)
        known, ids = dict(zip(distinct, found, strict=True)), []
        for word in words:
            ids += known[word]
        return ids

    def encode(self, text, allowed_special="none_raise"):
        """The tokens of a text. `allowed_special` says which special tokens become their number:

        - "all": every one that is registered
        - "none": none; what looks like one is text like any other
        - "none_raise": none, and a text that holds one is a ValueError
        - a set of special tokens: these, and what looks like another is text

        Anything else is a ValueError.

        >>> tokenizer = RegexTokenizer()
        >>> tokenizer.register_special_tokens({"<s>": 256, "<e>": 257})
        >>> tokenizer.encode("<s>a<e>", allowed_special={"<e>"})
        [60, 115, 62, 97, 257]
        """
        special = self._allowed(text, allowed_special)
        ids = []
        for part in self._parts(text, special):
            ids += [special[part]] if part in special else self.encode_ordinary(part)
        return ids

    def decode(self, ids):
        """The text of tokens. Bytes that are not UTF-8 become U+FFFD, the replacement character.

        Raises ValueError for a number that is no token.

        >>> RegexTokenizer().decode([110, 195, 169])
        'né'
        """
        special = {id: token.encode("utf-8") for token, id in self.special_tokens.items()}
        return join_bytes(ids, self.vocab | special).decode("utf-8", errors="replace")

    def save(self, file_prefix):
        """Writes all that the tokenizer knows to the file `file_prefix` + ".model"."""
        data = {
            "format": FORMAT,
            "pattern": self.pattern,
            "special_tokens": self.special_tokens,
            "merges": list(self.merges),  # the first becomes 256, the next 257, …
        }
        Path(f"{file_prefix}.model").write_text(json.dumps(data), encoding="utf-8")

    def load(self, model_file):
        """Becomes the tokenizer in a file that `save` wrote. Raises ValueError for other files."""
        try:
            data = json.loads(Path(model_file).read_text(encoding="utf-8"))
            known = data["format"] == FORMAT
            pattern, special_tokens = data["pattern"], data["special_tokens"]
            merges = {tuple(pair): id for id, pair in enumerate(data["merges"], start=256)}
            vocab = build_vocab(merges)
        except (ValueError, KeyError, TypeError):
            known = False
        if not known:
            raise ValueError(f"{model_file} holds no tokenizer")
        self.pattern, self.special_tokens = pattern, special_tokens
        self.merges, self.vocab = merges, vocab

    def _allowed(self, text, choice):
        """The special tokens that count in this text."""
        if choice == "all":
            return self.special_tokens
        if choice == "none_raise":
            for token in self.special_tokens:
                if token in text:
                    raise ValueError(f"the text holds the special token {token}")
        elif isinstance(choice, set | frozenset):
            return {token: id for token, id in self.special_tokens.items() if token in choice}
        elif choice != "none":
            raise ValueError(f"allowed_special is {choice!r}")
        return {}

    def _parts(self, text, special):
        """The text, cut before and after each special token; of two that fit, the longer one."""
        if not special:
            return [text]
        longest_first = sorted(special, key=len, reverse=True)
        return regex.split("(" + "|".join(map(regex.escape, longest_first)) + ")", text)
