"""The same on the pieces of a pattern; special tokens by a lookup that walks through the text."""

import base64
import json

import regex

from .basic import BasicTokenizer

GPT4 = (
    r"""'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}"""
    r"""| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"""
)


class RegexTokenizer(BasicTokenizer):
    def __init__(self, pattern=None):
        super().__init__()
        self.pattern = pattern or GPT4
        self.special = {}

    def words(self, text):
        return [match[0] for match in regex.finditer(self.pattern, text)]

    def register_special_tokens(self, special_tokens):
        numbers = set(special_tokens.values())
        if len(numbers) < len(special_tokens) or numbers & self.vocab.keys():
            raise ValueError("a number is taken")
        self.special = {**special_tokens}

    def encode_ordinary(self, text):
        return BasicTokenizer.encode(self, text)

    def encode(self, text, allowed_special="none_raise"):
        match allowed_special:
            case "all":
                allowed = list(self.special)
            case "none":
                allowed = []
            case "none_raise":
                allowed = []
                for token in self.special:
                    if text.find(token) >= 0:
                        raise ValueError(f"{token!r} in the text")
            case set() | frozenset():
                allowed = [token for token in self.special if token in allowed_special]
            case _:
                raise ValueError(f"{allowed_special!r}?")
        ids = []
        while text:
            places = [(text.index(token), -len(token), token) for token in allowed if token in text]
            if not places:
                break
            at, _, token = min(places)
            ids += [*self.encode_ordinary(text[:at]), self.special[token]]
            text = text[at + len(token) :]
        return ids + self.encode_ordinary(text)

    def decode(self, ids):
        """Ordinary tokens by their bytes, special ones by those of their name."""
        names = {number: name.encode("utf-8") for name, number in self.special.items()}
        vocab = {**names, **self.vocab}
        return b"".join(vocab[i] for i in ids).decode("utf-8", errors="replace")

    def save(self, file_prefix):
        special = {base64.b64encode(k.encode()).decode(): v for k, v in self.special.items()}
        merges = [f"{a} {b} {new}" for (a, b), new in self.merges.items()]
        data = {"kind": "spaced", "pattern": self.pattern, "special": special, "merges": merges}
        with open(f"{file_prefix}.model", "w") as file:
            json.dump(data, file)

    def load(self, model_file):
        with open(model_file, "rb") as file:
            data = json.loads(file.read())
        if not isinstance(data, dict) or data.get("kind") != "spaced":
            raise ValueError("not one of mine")
        self.pattern = data["pattern"]
        self.special = {base64.b64decode(k).decode(): v for k, v in data["special"].items()}
        rows = [map(int, row.split()) for row in data["merges"]]
        self.merges = {(a, b): new for a, b, new in rows}
