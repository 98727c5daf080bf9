"""What torch.utils.data and nn.functional bring along."""

import torch
from torch.nn.functional import pad
from torch.utils.data import RandomSampler, TensorDataset, random_split


def split_words(words, generator=None):
    a, b = int(0.8 * len(words)), int(0.9 * len(words))
    given = {} if generator is None else {"generator": generator}
    parts = random_split(words, [a, b - a, len(words) - b], **given)
    return tuple(list(part) for part in parts)


def build_dataset(words, stoi, context):
    X, Y = [torch.zeros(0, context, dtype=torch.long)], [torch.zeros(0, dtype=torch.long)]
    for word in words:
        tokens = torch.tensor([stoi[c] for c in word] + [0])
        X.append(pad(tokens[:-1], (context, 0)).unfold(0, context, 1))
        Y.append(tokens)
    return torch.cat(X), torch.cat(Y)


def minibatch(X, Y, batch_size, generator=None):
    examples = TensorDataset(X, Y)
    rows = list(RandomSampler(X, replacement=True, num_samples=batch_size, generator=generator))
    return examples[rows]
