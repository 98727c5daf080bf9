"""Comprehensions and library functions in place of loops."""

import itertools

import torch


def split_words(words, generator=None):
    n = len(words)
    order = iter(torch.randperm(n, generator=generator).tolist())
    sizes = int(0.8 * n), int(0.9 * n) - int(0.8 * n), n
    return tuple([words[i] for i in itertools.islice(order, size)] for size in sizes)


def build_dataset(words, stoi, context):
    text = "".join("\n" * context + word for word in words) + "\n"
    tokens = torch.tensor([stoi[c] for c in text], dtype=torch.long)
    ends = list(itertools.accumulate(len(word) + context for word in words))
    starts = [0, *ends[:-1]] if ends else []
    rows = [
        torch.arange(start, start + len(word) + 1)
        for start, word in zip(starts, words, strict=True)
    ]
    rows = torch.cat(rows) if rows else torch.zeros(0, dtype=torch.long)
    places = rows[:, None] + torch.arange(context + 1)
    whole = tokens[places] if len(places) else places
    return whole[:, :-1], whole[:, -1]


def minibatch(X, Y, batch_size, generator=None):
    rows = torch.empty(batch_size, dtype=torch.long).random_(len(X), generator=generator)
    return tuple(t[rows] for t in (X, Y))
