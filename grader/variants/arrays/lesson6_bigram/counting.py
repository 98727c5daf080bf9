"""One-hot matrices: counting is a product; drawing by a search in the cumulative sums."""

import torch
from torch.nn import functional as F


def count_bigrams(tokens, vocab_size):
    rows = F.one_hot(tokens.long(), vocab_size)
    return rows[:-1].T @ rows[1:]


def probabilities(counts, smoothing=1.0):
    shares = (counts.double() + smoothing) / (counts.double() + smoothing).sum(1)[:, None]
    return shares.nan_to_num(nan=1 / counts.size(1))


def sample(probs, generator, longest=100):
    edges = probs.cumsum(dim=1)
    edges = edges / edges[:, -1:]
    name, token = [], 0
    for u in torch.rand(longest, generator=generator, dtype=torch.float64):
        token = min(torch.searchsorted(edges[token], u, right=True).item(), len(probs) - 1)
        if token == 0:
            break
        name.append(token)
    return name


def negative_log_likelihood(probs, tokens):
    shares = (
        F.one_hot(tokens[:-1], len(probs)).double().T @ F.one_hot(tokens[1:], len(probs)).double()
    )
    shares = shares / shares.sum()
    return -torch.xlogy(shares, probs).sum()
