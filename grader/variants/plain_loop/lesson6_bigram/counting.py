"""Plain Python on lists and floats; tensors only on the way in and out."""

import itertools
import math

import torch


def count_bigrams(tokens, vocab_size):
    table = [[0] * vocab_size for _ in range(vocab_size)]
    text = tokens.tolist()
    for i in range(1, len(text)):
        table[text[i - 1]][text[i]] += 1
    return torch.tensor(table, dtype=torch.int64)


def probabilities(counts, smoothing=1.0):
    rows = []
    for row in counts.tolist():
        total = sum(count + smoothing for count in row)
        if total == 0:
            rows.append([1 / len(row)] * len(row))
        else:
            rows.append([(count + smoothing) / total for count in row])
    return torch.tensor(rows, dtype=torch.float64)


def sample(probs, generator, longest=100):
    rows = probs.tolist()
    name, row = [], rows[0]
    for _ in range(longest):
        left = torch.rand((), generator=generator, dtype=torch.float64).item() * sum(row)
        token = max(i for i, p in enumerate(row) if p > 0)
        for i, p in enumerate(row):
            left -= p
            if left < 0:
                token = i
                break
        if token == 0:
            return name
        name.append(token)
        row = rows[token]
    return name


def negative_log_likelihood(probs, tokens):
    text, rows = tokens.tolist(), probs.tolist()
    found = [rows[a][b] for a, b in itertools.pairwise(text)]
    each = [-math.log(p) if p > 0 else math.inf for p in found]
    return torch.tensor(math.fsum(each) / len(each))
