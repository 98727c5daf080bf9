"""Row numbers from random numbers in float32, as a learner might draw them."""

import torch


def split_words(words, generator=None):
    order = torch.rand(len(words), generator=generator).argsort()
    mixed = [words[i] for i in order]
    dev, test = (int(share * len(words)) for share in (0.8, 0.9))
    return mixed[:dev], mixed[dev:test], mixed[test:]


def build_dataset(words, stoi, context):
    windows = []
    for word in words:
        tokens = [0] * context + [stoi[c] for c in word] + [0]
        windows += [tokens[i : i + context + 1] for i in range(len(word) + 1)]
    whole = torch.tensor(windows, dtype=torch.int64).reshape(-1, context + 1)
    return whole[:, :context], whole[:, context]


def minibatch(X, Y, batch_size, generator=None):
    rows = torch.multinomial(torch.ones(len(X)), batch_size, True, generator=generator)
    return X[rows], Y[rows]
