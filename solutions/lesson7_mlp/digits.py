"""Handwritten digits: 8 x 8 pixels in, one of ten digits out.

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

EPOCHS, COPIES, NOISE = 100, 40, 0.25  # of `train_digits`


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
        self.config = config
        self.hidden = nn.Linear(config.n_in, config.n_hidden)
        self.head = nn.Linear(config.n_hidden, config.n_classes)

    def forward(self, x: Tensor, targets: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """Examples (N, n_in) -> logits (N, n_classes), and the mean loss where targets are given.

        `targets` (N,) are the classes, int64.
        """
        logits = self.head(torch.tanh(self.hidden(x)))  # (N, n_classes)
        if targets is None:
            return logits, None
        return logits, F.cross_entropy(logits, targets)


@torch.no_grad()
def predict(model: nn.Module, X: Tensor) -> Tensor:
    """The likeliest class of each example, (N,) int64, in eval mode and without gradients.

    Leaves the model in the mode in which it was.
    """
    was_training = model.training
    model.eval()
    logits = model(X)[0]  # (N, n_classes)
    model.train(was_training)
    return logits.argmax(dim=1)


def train_digits(
    model: nn.Module, images: Tensor, labels: Tensor, generator: torch.Generator | None = None
) -> None:
    """Trains a classifier in place, so that it reads digits that it has never seen.

    `images` (N, 64) are rows of pixels between 0 (paper) and 1 (ink), `labels` (N,) the digits. How
    is up to you, within ten seconds for 1,400 images; all chance comes from the generator. Measure
    nothing on what the model has trained on: take a part away first, and choose by that.
    """
    X, Y, dev_X, dev_Y = _held_out(images, labels, generator)
    with torch.no_grad():  # pixels are small numbers: tanh would hardly bend at what they sum to
        model.hidden.weight *= 4
    rates, losses = sweep(model, X, Y, low=0.01, high=3.0, steps=100, generator=generator)
    lr, steps = choose_rate(rates, losses), EPOCHS * len(X) // 32
    noise = NOISE * torch.randn(COPIES, *X.shape, generator=generator)
    noisy, answers = (X + noise).flatten(0, 1), Y.repeat(COPIES)  # (COPIES · N, 64), (COPIES · N,)
    trials = [copy.deepcopy(model) for _ in range(2)]
    for trial, rate in zip(trials, (lr, 2 * lr), strict=True):
        train(trial, noisy, answers, lr=rate, steps=steps, generator=generator)
    best = min(trials, key=lambda trial: split_loss(trial, dev_X, dev_Y))
    model.load_state_dict(best.state_dict())


def _held_out(
    images: Tensor, labels: Tensor, generator: torch.Generator | None
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Nine tenths of the examples to train on, and the rest to choose by: X, Y, dev X, dev Y."""
    order = torch.randperm(len(images), generator=generator)
    train_rows, dev_rows = order.tensor_split([int(0.9 * len(images))])
    return images[train_rows], labels[train_rows], images[dev_rows], labels[dev_rows]
