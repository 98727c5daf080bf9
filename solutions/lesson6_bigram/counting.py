r"""A language model by counting: which character follows which.

Names are one text, with a newline after each and one before the first: the newline, token 0, is
where a name starts and where it ends, as the "." of the lecture.

    >>> tokens = encode("\nemma\nava\n")
    >>> counts = count_bigrams(tokens, 27)
    >>> counts[0, 5].item(), counts[1, 0].item()  # one name starts with e, two end with a
    (1, 2)
    >>> probs = probabilities(counts, smoothing=0.0)
    >>> decode(sample(probs, torch.Generator().manual_seed(8)))
    'emava'

Source: the lecture "The spelled-out intro to language modeling: building makemore".
"""

from collections.abc import Sequence

import torch
from torch import Tensor

# In the comments: N tokens in a text, V = vocab_size.

CHARS = "\nabcdefghijklmnopqrstuvwxyz"  # the number of a character is its place


def encode(text: str) -> Tensor:
    """The tokens (N,) of a text; characters that are none of CHARS raise a ValueError."""
    return torch.tensor([CHARS.index(c) for c in text])


def decode(tokens: Sequence[int]) -> str:
    """The text of some tokens."""
    return "".join(CHARS[i] for i in tokens)


def count_bigrams(tokens: Tensor, vocab_size: int) -> Tensor:
    """How often each token follows each other one: (N,) -> (V, V), int64.

    Row a, column b counts the places of the text where b comes right after a. A text of one token,
    or of none, has no such place.

    >>> count_bigrams(torch.tensor([0, 1, 1, 1, 2]), 3)
    tensor([[0, 1, 0],
            [0, 2, 1],
            [0, 0, 0]])
    """
    pairs = tokens[:-1] * vocab_size + tokens[1:]  # each pair as one number, (N - 1,)
    return torch.bincount(pairs, minlength=vocab_size**2).view(vocab_size, vocab_size)


def probabilities(counts: Tensor, smoothing: float = 1.0) -> Tensor:
    """P[a, b] = p(b | a), from counts (V, V): every row is a distribution, and sums to 1.

    `smoothing` is added to every count first, so that what was never seen is rare, not impossible.
    It need not be a whole number. The counts stay as they are.

    >>> probabilities(torch.tensor([[0, 3], [1, 0]]), smoothing=1.0)
    tensor([[0.2000, 0.8000],
            [0.6667, 0.3333]])
    """
    smoothed = counts + smoothing  # (V, V)
    totals = smoothed.sum(dim=1, keepdim=True)  # (V, 1): one for each row
    # A row without any count, and no smoothing: nothing is known, all are equally likely.
    return torch.where(totals > 0, smoothed / totals, 1 / counts.shape[1])


def sample(probs: Tensor, generator: torch.Generator, longest: int = 100) -> list[int]:
    """Writes one name: the tokens that come after 0, up to the next 0, both left out.

    The first token is drawn from row 0 of `probs` (V, V), each further one from the row of the
    token before it, all with `generator`. After `longest` tokens it stops in any case.

    >>> turns = torch.tensor([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    >>> sample(turns, torch.Generator())
    [1, 2]
    """
    name: list[int] = []
    token = 0
    while len(name) < longest:
        token = int(torch.multinomial(probs[token], 1, generator=generator))
        if token == 0:
            break
        name.append(token)
    return name


def negative_log_likelihood(probs: Tensor, tokens: Tensor) -> Tensor:
    """The mean of −ln P[a, b] over all neighbours a, b of a text (N,), N > 1: one number, in nats.

    Where P says that a pair cannot be, and it is there, the mean is infinite.

    >>> half = torch.full((2, 2), 0.5)
    >>> negative_log_likelihood(half, torch.tensor([0, 1, 1, 0]))
    tensor(0.6931)
    """
    return -probs[tokens[:-1], tokens[1:]].log().mean()
