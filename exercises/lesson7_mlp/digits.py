"""Handwritten digits: 8 x 8 pixels in, one of ten digits out.

Fill in each `raise NotImplementedError`, check yourself with
`zth grade lesson7 --component classifier`, and then see how well it reads:
`zth grade lesson7 --component digits --milestone all`.

The same network as before, without the embedding: a picture is a row of numbers already.

Source: the lecture "Building makemore Part 2: MLP", for how to train; the digits are those of
Alpaydin and Kaynak, "Optical Recognition of Handwritten Digits" (UCI, 1998).
"""

import copy
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .train import choose_rate, split_loss, sweep, train


@dataclass(frozen=True)
class ClassifierConfig:
    """The size of a classifier; the defaults fit the digits."""

    n_in: int = 64  # pixels
    n_hidden: int = 256
    n_classes: int = 10


class Classifier(nn.Module):
    """One hidden layer of tanh between the numbers of an example and a score for each class.

    - `hidden`   a linear layer n_in -> n_hidden, with a bias
    - `head`     a linear layer n_hidden -> n_classes, with a bias
    """

    def __init__(self, config: ClassifierConfig) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: Tensor, targets: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """Examples (N, n_in) -> logits (N, n_classes), and the mean loss where targets are given.

        `targets` (N,) are the classes, int64.
        """
        raise NotImplementedError


@torch.no_grad()
def predict(model: nn.Module, X: Tensor) -> Tensor:
    """The likeliest class of each example, (N,) int64, in eval mode and without gradients.

    Leaves the model in the mode in which it was.
    """
    raise NotImplementedError


def train_digits(
    model: nn.Module, images: Tensor, labels: Tensor, generator: torch.Generator | None = None
) -> None:
    """Trains a classifier in place, so that it reads digits that it has never seen.

    `images` (N, 64) are rows of pixels between 0 (paper) and 1 (ink), `labels` (N,) the digits. How
    is up to you, within ten seconds for 1,400 images; all chance comes from the generator. Measure
    nothing on what the model has trained on: take a part away first, and choose by that.
    """
    raise NotImplementedError
