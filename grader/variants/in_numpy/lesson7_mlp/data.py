"""Examples by NumPy's sliding windows; chance by torch's generator, everything else by NumPy."""

import numpy as np
import torch


def split_words(words, generator=None):
    keys = torch.rand(len(words), generator=generator).numpy()
    shuffled = np.array(words, dtype=object)[np.argsort(keys)]
    cuts = [int(0.8 * len(words)), int(0.9 * len(words))]
    return tuple(part.tolist() for part in np.split(shuffled, cuts))


def build_dataset(words, stoi, context):
    X, Y = [np.zeros((0, context), np.int64)], [np.zeros(0, np.int64)]
    for word in words:
        tokens = np.array([0] * context + [stoi[c] for c in word] + [0])
        rows = np.lib.stride_tricks.sliding_window_view(tokens, context + 1)
        X.append(rows[:, :-1])
        Y.append(rows[:, -1])
    return torch.from_numpy(np.concatenate(X)), torch.from_numpy(np.concatenate(Y))


def minibatch(X, Y, batch_size, generator=None):
    u = torch.rand(batch_size, generator=generator, dtype=torch.float64).numpy()
    rows = torch.from_numpy((u * len(X)).astype(np.int64))
    return X.index_select(0, rows), Y.index_select(0, rows)
