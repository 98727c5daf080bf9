"""Pieces with their counts, a cache of encoded pieces, special tokens by one compiled pattern."""

import json
from collections import Counter
from functools import lru_cache

import regex

from .basic import BasicTokenizer, Word, learn

PATTERN = "|".join(
    [
        r"'(?i:[sdmt]|ll|ve|re)",
        r"[^\r\n\p{L}\p{N}]?+\p{L}+",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]++[\r\n]*",
        r"\s*[\r\n]",
        r"\s+(?!\S)",
        r"\s+",
    ]
)


class RegexTokenizer(BasicTokenizer):
    def __init__(self, pattern=None):
        self.pattern = PATTERN if pattern is None else pattern
        self.specials = {}
        super().__init__()

    def use(self, merges):
        super().use(merges)
        self.piece = lru_cache(1000)(lambda piece: tuple(Word(piece.encode()).apply(merges)))

    def split(self, text):
        return regex.compile(self.pattern).findall(text)

    def ordinary(self, text):
        """The stretches of text between the special tokens that are known."""
        if not self.specials:
            return [text]
        return [part for part, token in self.cut(text, self.specials) if token is None]

    def cut(self, text, specials):
        """(text, None) and (special token, its number), in turn."""
        names = sorted(specials, key=len, reverse=True)
        found, start = [], 0
        for match in regex.finditer(r"\L<names>", text, names=names) if names else ():
            found += [(text[start : match.start()], None), (match[0], specials[match[0]])]
            start = match.end()
        return [*found, (text[start:], None)]

    def train(self, text, vocab_size):
        counts = Counter(piece for part in self.ordinary(text) for piece in self.split(part))
        self.use(learn([Word(p.encode(), count) for p, count in counts.items()], vocab_size))

    def register_special_tokens(self, special_tokens):
        if any(number < 256 + len(self.merges) for number in special_tokens.values()):
            raise ValueError("these numbers are taken")
        self.specials = dict(special_tokens)

    def encode_ordinary(self, text):
        return [id for piece in self.split(text) for id in self.piece(piece)]

    def encode(self, text, allowed_special="none_raise"):
        choices = {"all": self.specials, "none": {}, "none_raise": {}}
        if isinstance(allowed_special, str):
            if allowed_special not in choices:
                raise ValueError(f"no choice: {allowed_special}")
            chosen = choices[allowed_special]
        else:
            chosen = {name: self.specials[name] for name in allowed_special & self.specials.keys()}
        parts = self.cut(text, chosen)
        if allowed_special == "none_raise" and len(self.cut(text, self.specials)) > 1:
            raise ValueError("a special token, and none is allowed")
        ids = []
        for part, number in parts:
            ids.extend(self.encode_ordinary(part) if number is None else [number])
        return ids

    def decode(self, ids):
        back = {number: name.encode() for name, number in self.specials.items()}
        data = [back[id] if id in back else self.vocab[id] for id in ids]
        return b"".join(data).decode("utf-8", "replace")

    def save(self, file_prefix):
        """A line of JSON for each thing, the first of them a greeting."""
        rows = ["positions", self.pattern, self.specials, sorted(self.merges, key=self.merges.get)]
        with open(f"{file_prefix}.model", "w", encoding="ascii") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)

    def load(self, model_file):
        with open(model_file, encoding="ascii") as file:
            if file.readline() != '"positions"\n':
                raise ValueError(f"{model_file} was not saved here")
            self.pattern, self.specials, pairs = map(json.loads, file)
        self.use({tuple(pair): number for number, pair in enumerate(pairs, 256)})
