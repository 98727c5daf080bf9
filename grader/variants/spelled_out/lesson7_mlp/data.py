"""One index, one loop at a time; the shuffle is Fisher and Yates's."""

import torch


def _below(n, generator):
    return torch.randint(n, (1,), generator=generator).item()


def split_words(words, generator=None):
    left, train, dev, test = list(words), [], [], []
    n = len(left)
    for i in range(n):
        word = left.pop(_below(len(left), generator))
        if i < int(0.8 * n):
            train.append(word)
        elif i < int(0.9 * n):
            dev.append(word)
        else:
            test.append(word)
    return train, dev, test


def build_dataset(words, stoi, context):
    n = sum(len(word) + 1 for word in words)
    X = torch.zeros(n, context, dtype=torch.int64)
    Y = torch.zeros(n, dtype=torch.int64)
    row = 0
    for word in words:
        for i in range(len(word) + 1):
            for j in range(context):
                place = i - context + j
                if place >= 0:
                    X[row, j] = stoi[word[place]]
            if i < len(word):
                Y[row] = stoi[word[i]]
            row += 1
    return X, Y


def minibatch(X, Y, batch_size, generator=None):
    rows = [_below(len(X), generator) for _ in range(batch_size)]
    return torch.stack([X[i] for i in rows]), torch.stack([Y[i] for i in rows])
