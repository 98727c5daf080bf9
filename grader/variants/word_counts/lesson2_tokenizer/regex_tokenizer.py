"""Words and their counts; a memory of words that are encoded already; a pickle-free text file."""

import ast
from collections import Counter
from pathlib import Path

import regex

from .basic import BasicTokenizer, learn, tokens_of

PATTERN = (
    r"""'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}"""
    r"""| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"""
)


class RegexTokenizer(BasicTokenizer):
    def __init__(self, pattern=PATTERN):
        super().__init__()
        self.pattern = PATTERN if pattern is None else pattern
        self.special = {}
        self.memory = {}

    def train(self, text, vocab_size):
        words = Counter(m.group().encode() for m in regex.finditer(self.pattern, text))
        self.merges, self.vocab = learn(words, vocab_size)
        self.memory = {}

    def register_special_tokens(self, special_tokens):
        self.special = dict(special_tokens)

    def encode_ordinary(self, text):
        ids = []
        for match in regex.finditer(self.pattern, text):
            word = match.group()
            if word not in self.memory:
                self.memory[word] = tuple(tokens_of(word.encode(), self.merges))
            ids.extend(self.memory[word])
        return ids

    def encode(self, text, allowed_special="none_raise"):
        if isinstance(allowed_special, set):
            allowed = allowed_special
        elif allowed_special == "all":
            allowed = set(self.special)
        elif allowed_special in ("none", "none_raise"):
            allowed = set()
            if allowed_special == "none_raise" and any(s in text for s in self.special):
                raise ValueError("the text holds a special token")
        else:
            raise ValueError("allowed_special?")
        ids, start = [], 0
        for end, token in self.found(text, allowed):
            ids += [*self.encode_ordinary(text[start : end - len(token)]), self.special[token]]
            start = end
        return ids + self.encode_ordinary(text[start:])

    def found(self, text, allowed):
        """Where special tokens end, from left to right, the longest at each place."""
        i = 0
        while i < len(text):
            here = [t for t in allowed if t in self.special and text.startswith(t, i)]
            i += len(max(here, key=len)) if here else 1
            if here:
                yield i, max(here, key=len)

    def decode(self, ids):
        names = {number: token.encode() for token, number in self.special.items()}
        return b"".join(names.get(id) or self.vocab[id] for id in ids).decode(errors="replace")

    def save(self, file_prefix):
        data = ("word counts", self.pattern, self.special, list(self.merges.items()))
        Path(file_prefix + ".model").write_text(repr(data), "utf-8")

    def load(self, model_file):
        try:
            name, pattern, special, merges = ast.literal_eval(Path(model_file).read_text("utf-8"))
        except (SyntaxError, TypeError):
            raise ValueError("no tokenizer") from None
        if name != "word counts":
            raise ValueError("no tokenizer")
        self.pattern, self.special, self.merges = pattern, special, dict(merges)
        self.vocab = {b: bytes([b]) for b in range(256)}
        for (left, right), id in self.merges.items():
            self.vocab[id] = self.vocab[left] + self.vocab[right]
        self.memory = {}
