"""What the libraries have: unique, normalize, nll_loss."""

import torch
from torch.nn import functional as F


def count_bigrams(tokens, vocab_size):
    pairs = torch.stack([tokens[:-1], tokens[1:]]) if len(tokens) > 1 else tokens.new_zeros(2, 0)
    found, times = pairs.unique(dim=1, return_counts=True)
    table = torch.zeros(vocab_size, vocab_size, dtype=torch.long)
    table[found[0], found[1]] = times
    return table


def probabilities(counts, smoothing=1.0):
    more = counts.double().add(smoothing)
    more = torch.where(more.sum(dim=1, keepdim=True) == 0, torch.ones_like(more), more)
    return F.normalize(more, p=1, dim=1)


def sample(probs, generator, longest=100):
    if longest == 0:
        return []
    name = [torch.multinomial(probs[0], 1, generator=generator).item()]
    while name[-1] and len(name) < longest:
        name.append(torch.multinomial(probs[name[-1]], 1, generator=generator).item())
    return name if name[-1] else name[:-1]


def negative_log_likelihood(probs, tokens):
    return F.nll_loss(probs.log()[tokens[:-1]], tokens[1:])
