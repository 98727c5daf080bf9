"""GPT-2's encoder with pieces; special tokens are taken out one after another, by str.split."""

import regex as re

from .basic import BasicTokenizer, Pairs, bpe, learn


class RegexTokenizer(BasicTokenizer):
    pat = (
        r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}"
        r"| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"
    )

    def __init__(self, pattern=None):
        super().__init__()
        if pattern:
            self.pat = pattern
        self.special_tokens = {}

    def train(self, text, vocab_size):
        self.pairs = learn(
            [token.encode("utf-8") for token in re.findall(self.pat, text)], vocab_size
        )

    def register_special_tokens(self, special_tokens):
        known = set(range(256 + len(self.pairs)))
        for number in special_tokens.values():
            if number in known:
                raise ValueError(f"{number} is there already")
            known.add(number)
        self.special_tokens = dict(special_tokens)

    def encode_ordinary(self, text):
        ranks, cache, ids = self.merges, {}, []
        for token in re.findall(self.pat, text):
            if token not in cache:
                cache[token] = bpe(token.encode("utf-8"), ranks)
            ids.extend(cache[token])
        return ids

    def encode(self, text, allowed_special="none_raise"):
        if allowed_special == "none_raise":
            if any(text.count(token) for token in self.special_tokens):
                raise ValueError("special token in text")
            return self.encode_ordinary(text)
        if allowed_special == "none":
            return self.encode_ordinary(text)
        if allowed_special == "all":
            allowed_special = set(self.special_tokens)
        if not isinstance(allowed_special, set | frozenset):
            raise ValueError("allowed_special: all, none, none_raise or a set")
        parts = [text]  # strings, and numbers of special tokens
        for token in sorted(self.special_tokens, key=lambda token: -len(token)):
            if token in allowed_special:
                parts = [new for part in parts for new in self.around(token, part)]
        ids = []
        for part in parts:
            ids.extend(self.encode_ordinary(part) if isinstance(part, str) else [part])
        return ids

    def around(self, token, part):
        """A part, with the token's number wherever it stands."""
        if not isinstance(part, str):
            return [part]
        made = []
        for piece in part.split(token):
            made += [self.special_tokens[token], piece]
        return made[1:]

    def decode(self, ids):
        table = self.vocab
        table.update(
            {number: token.encode("utf-8") for token, number in self.special_tokens.items()}
        )
        return b"".join([table[i] for i in ids]).decode("utf-8", errors="replace")

    def save(self, file_prefix):
        with open(file_prefix + ".model", "w", encoding="utf-8", newline="\n") as f:
            f.write("#version: text_ranks\n")
            f.write(self.pat.encode("unicode_escape").decode() + "\n")
            f.writelines(
                f"{number} {token.encode('utf-8').hex()} special\n"
                for token, number in self.special_tokens.items()
            )
            f.writelines(f"{a} {b}\n" for a, b in self.pairs)

    def load(self, model_file):
        with open(model_file, encoding="utf-8", errors="replace") as f:
            version, *rows = f.read().split("\n")[:-1] or [""]
        if version != "#version: text_ranks":
            raise ValueError(f"unknown version {version!r}")
        self.pat = rows.pop(0).encode().decode("unicode_escape")
        self.special_tokens, self.pairs = {}, Pairs()
        for row in rows:
            a, b, *special = row.split(" ")
            if special:
                self.special_tokens[bytes.fromhex(b).decode("utf-8")] = int(a)
            else:
                self.pairs.append((int(a), int(b)))
