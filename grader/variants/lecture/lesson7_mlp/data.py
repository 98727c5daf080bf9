"""As the lecture's notebook has it, with the course's generator."""

import torch


def split_words(words, generator=None):
    words = [words[i] for i in torch.randperm(len(words), generator=generator)]
    n1 = int(0.8 * len(words))
    n2 = int(0.9 * len(words))
    return words[:n1], words[n1:n2], words[n2:]


def build_dataset(words, stoi, block_size):
    X, Y = [], []
    for w in words:
        context = [0] * block_size
        for ch in w + "\n":
            ix = stoi[ch]
            X.append(context)
            Y.append(ix)
            context = [*context[1:], ix]
    X = torch.tensor(X, dtype=torch.int64).reshape(-1, block_size)
    Y = torch.tensor(Y, dtype=torch.int64)
    return X, Y


def minibatch(X, Y, batch_size, generator=None):
    ix = torch.randint(0, X.shape[0], (batch_size,), generator=generator)
    return X[ix], Y[ix]
