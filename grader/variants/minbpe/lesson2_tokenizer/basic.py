"""The plain way of minbpe: all pairs are counted anew at every step, and it fails without pairs."""


def get_stats(ids, counts=None):
    counts = {} if counts is None else counts
    for pair in zip(ids, ids[1:]):  # noqa: B905, RUF007
        counts[pair] = counts.get(pair, 0) + 1
    return counts


def merge(ids, pair, idx):
    out = []
    i = 0
    while i < len(ids):
        if ids[i] == pair[0] and i < len(ids) - 1 and ids[i + 1] == pair[1]:
            out.append(idx)
            i += 2
        else:
            out.append(ids[i])
            i += 1
    return out


class Tokenizer:
    """What both tokenizers share. The file holds the merges alone, one pair a line."""

    def __init__(self):
        self.merges = {}
        self.pattern = ""
        self.special_tokens = {}
        self.vocab = self._build_vocab()

    def _build_vocab(self):
        vocab = {idx: bytes([idx]) for idx in range(256)}
        for (p0, p1), idx in self.merges.items():
            vocab[idx] = vocab[p0] + vocab[p1]
        for special, idx in self.special_tokens.items():
            vocab[idx] = special.encode("utf-8")
        return vocab

    def save(self, file_prefix):
        with open(file_prefix + ".model", "w", encoding="utf-8") as f:
            f.write("plain bpe\n" + self.pattern + "\n")
            f.write(f"{len(self.special_tokens)}\n")
            f.writelines(f"{special} {idx}\n" for special, idx in self.special_tokens.items())
            f.writelines(f"{idx1} {idx2}\n" for idx1, idx2 in self.merges)

    def load(self, model_file):
        assert model_file.endswith(".model")
        merges, special_tokens = {}, {}
        with open(model_file, encoding="utf-8") as f:
            assert f.readline().strip() == "plain bpe"
            self.pattern = f.readline().strip()
            for _ in range(int(f.readline().strip())):
                special, idx = f.readline().strip().split()
                special_tokens[special] = int(idx)
            for idx, line in enumerate(f, start=256):
                idx1, idx2 = map(int, line.split())
                merges[idx1, idx2] = idx
        self.merges = merges
        self.special_tokens = special_tokens
        self.vocab = self._build_vocab()


class BasicTokenizer(Tokenizer):
    def train(self, text, vocab_size, verbose=False):
        assert vocab_size >= 256
        ids = list(text.encode("utf-8"))
        merges = {}
        vocab = {idx: bytes([idx]) for idx in range(256)}
        for i in range(vocab_size - 256):
            stats = get_stats(ids)
            pair = max(stats, key=stats.get)
            idx = 256 + i
            ids = merge(ids, pair, idx)
            merges[pair] = idx
            vocab[idx] = vocab[pair[0]] + vocab[pair[1]]
        self.merges = merges
        self.vocab = vocab

    def decode(self, ids):
        return b"".join(self.vocab[idx] for idx in ids).decode("utf-8", errors="replace")

    def encode(self, text):
        return encode_bytes(text.encode("utf-8"), self.merges)


def encode_bytes(data, merges):
    ids = list(data)
    while len(ids) >= 2:
        stats = get_stats(ids)
        pair = min(stats, key=lambda p: merges.get(p, float("inf")))
        if pair not in merges:
            break
        ids = merge(ids, pair, merges[pair])
    return ids
