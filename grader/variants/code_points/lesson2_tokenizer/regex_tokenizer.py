"""The same with pieces; special tokens are cut out by str.partition, and the file is a table."""

import regex

from .basic import BasicTokenizer

SPLIT = regex.compile(
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"
)


class RegexTokenizer(BasicTokenizer):
    def __init__(self, pattern=None):
        super().__init__()
        self.split = regex.compile(pattern) if pattern else SPLIT
        self.names = {}

    def pieces(self, text):
        return self.split.findall(text)

    def register_special_tokens(self, special_tokens):
        self.names = {id: token for token, id in special_tokens.items()}

    def encode_ordinary(self, text):
        return super().encode(text)

    def encode(self, text, allowed_special="none_raise"):
        tokens = {token: id for id, token in self.names.items()}
        if allowed_special == "none_raise":
            found = [token for token in tokens if token in text]
            assert not found, found
        if allowed_special in ("none", "none_raise"):
            allowed_special = set()
        elif allowed_special != "all" and not isinstance(allowed_special, set):
            raise ValueError(allowed_special)
        for token, id in tokens.items():
            if allowed_special == "all" or token in allowed_special:
                before, found, after = text.partition(token)
                if found:
                    rest = allowed_special
                    return [*self.encode(before, rest), id, *self.encode(after, rest)]
        return self.encode_ordinary(text)

    def decode(self, ids):
        data = b""
        for id in ids:
            if id in self.names:
                data += self.names[id].encode()
            elif 0 <= id < len(self.vocab):
                data += self.vocab[id]
            else:
                raise KeyError(id)
        return str(data, "utf-8", "replace")

    def save(self, file_prefix):
        rows = [f"pattern\t{self.split.pattern!r}"]
        rows += [f"special\t{id}\t{token!r}" for id, token in self.names.items()]
        rows += [f"merge\t{left}\t{right}" for left, right in self.merges]
        with open(f"{file_prefix}.model", "w", encoding="utf-8") as file:
            file.write("\n".join(rows))

    def load(self, model_file):
        with open(model_file, encoding="utf-8") as file:
            rows = [line.rstrip("\n").split("\t") for line in file]
        if not rows or rows[0][0] != "pattern":
            raise ValueError(model_file)
        self.split = regex.compile(eval(rows[0][1]))
        self.names = {int(row[1]): eval(row[2]) for row in rows if row[0] == "special"}
        pairs = [(int(row[1]), int(row[2])) for row in rows if row[0] == "merge"]
        self.set_merges({pair: 256 + i for i, pair in enumerate(pairs)})
