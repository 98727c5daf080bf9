"""Words as data: three splits that never meet, examples of them, mini-batches of examples.

Source: the lecture "Building makemore Part 2: MLP".
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor


def split_words(
    words: Sequence[str], generator: torch.Generator | None = None
) -> tuple[list[str], list[str], list[str]]:
    """Words in random order, cut into three: 80 % to train on, 10 % to choose by, 10 % to test.

    Every word goes into exactly one of train, dev and test; the first has int(0.8 n) of n words,
    the first two together int(0.9 n). The order comes from the generator; `words` stays as it is.

    >>> train, dev, test = split_words([f"word{i}" for i in range(20)])
    >>> len(train), len(dev), len(test)
    (16, 2, 2)
    """
    order = torch.randperm(len(words), generator=generator).tolist()
    shuffled = [words[i] for i in order]
    first, second = int(0.8 * len(words)), int(0.9 * len(words))
    return shuffled[:first], shuffled[first:second], shuffled[second:]


def build_dataset(
    words: Sequence[str], stoi: Mapping[str, int], context: int
) -> tuple[Tensor, Tensor]:
    """Every letter of every word, and its end, as an example: what came before, and what comes.

    Returns X (N, context), the last `context` tokens before each, and Y (N,), the token itself,
    both int64. A word begins after nothing but token 0, and ends with token 0 (the newline, the
    lecture's "."). Examples are in the order of the text. `stoi` maps letters to tokens.

    >>> X, Y = build_dataset(["ab"], {"\\n": 0, "a": 1, "b": 2}, context=3)
    >>> X.tolist(), Y.tolist()
    ([[0, 0, 0], [0, 0, 1], [0, 1, 2]], [1, 2, 0])
    """
    X, Y = [], []
    for word in words:
        before = [0] * context
        for token in [*(stoi[letter] for letter in word), 0]:
            X.append(before)
            Y.append(token)
            before = [*before[1:], token]  # the oldest leaves, the newest comes
    inputs = torch.tensor(X, dtype=torch.long).view(len(X), context)  # (N, context), N = 0 too
    return inputs, torch.tensor(Y, dtype=torch.long)  # (N,)


def minibatch(
    X: Tensor, Y: Tensor, batch_size: int, generator: torch.Generator | None = None
) -> tuple[Tensor, Tensor]:
    """Random examples: rows of X with their rows of Y, each drawn from all, so one may come twice.

    Returns tensors of `batch_size` rows. The generator says which.

    >>> x, y = minibatch(torch.arange(100), torch.arange(100) + 1, 32)
    >>> x.shape, bool((y == x + 1).all())
    (torch.Size([32]), True)
    """
    rows = torch.randint(len(X), (batch_size,), generator=generator)
    return X[rows], Y[rows]
