"""The same model as a network of one linear layer, trained by gradient.

Fill in each `raise NotImplementedError`, and check yourself with `zth grade lesson6`.

    >>> model = Bigram(BigramConfig(vocab_size=27))
    >>> logits, loss = model(torch.zeros(1, 8, dtype=torch.long))
    >>> logits.shape, loss
    (torch.Size([1, 8, 27]), None)
    >>> losses = train(model, torch.tensor([0, 5, 13, 13, 1, 0]), steps=3)
    >>> round(losses[0], 4)  # at the start all 27 are equally likely: ln 27
    3.2958

Every model of the course is called like this one, so each trains with `zth train`; this one by
`zth train names-bigram --with bigram=student`.

Source: the lecture "The spelled-out intro to language modeling: building makemore".
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

# In the comments: B rows in a batch, T tokens in a row, V = vocab_size, N tokens in a text.


@dataclass(frozen=True)
class BigramConfig:
    """The size of a model."""

    vocab_size: int = 27
    block_size: int = 32  # tokens in a row; this model looks at one at a time


class Bigram(nn.Module):
    """A linear layer on one-hot vectors: row a of `W` holds the logits of what follows token a.

    `W`, an nn.Parameter (V, V), is the only one. It starts with zeros, where all tokens are equally
    likely. exp(W) plays the part of the counts.
    """

    def __init__(self, config: BigramConfig) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, idx: Tensor, targets: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """Tokens (B, T) -> logits (B, T, V), and the mean loss in nats where targets are given.

        `targets[b, t]` is the token that follows `idx[b, t]`. The loss is the mean of
        −ln softmax(logits)[target] over all B · T positions, and finite however large W is.
        """
        raise NotImplementedError


def train(
    model: nn.Module,
    tokens: Tensor,
    steps: int = 200,
    learning_rate: float = 50.0,
    penalty: float = 0.01,
) -> list[float]:
    """Gradient descent on a text (N,), all of it at every step; returns each step's loss.

    The loss of a step is that of `model(inputs, targets)` on all neighbours in the text, plus
    `penalty` times the mean of W², which draws all probabilities together as smoothing does. It is
    taken before the step changes W, in place: W − learning_rate · gradient. Gradients that the
    model may hold from before do not count.
    """
    raise NotImplementedError
