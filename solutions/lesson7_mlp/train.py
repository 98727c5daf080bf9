"""Training by mini-batches, at a rate that a sweep has found; and the loss of a whole split.

Every model here is called as `model(x, y)` and gives (logits, mean loss). Adam and its kin are
lesson 4's; here a step is p ← p - lr · p.grad and no more.

Sources: the lecture "Building makemore Part 2: MLP"; Smith 2017, "Cyclical Learning Rates for
Training Neural Networks" (the sweep).
"""

import copy
import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from .data import minibatch


def train(
    model: nn.Module,
    X: Tensor,
    Y: Tensor,
    *,
    lr: float,
    steps: int,
    batch_size: int = 32,
    generator: torch.Generator | None = None,
) -> list[float]:
    """Gradient descent in place, one mini-batch a step; returns the loss of each step.

    Every step draws a `minibatch` by the generator, in training mode. The first half of the steps,
    step < steps / 2, is taken at the rate `lr`, the rest at a tenth of it. A step's loss is that of
    its batch before the weights move.
    """
    model.train()
    losses = []
    for step in range(steps):
        rate = lr if step < steps / 2 else lr / 10
        x, y = minibatch(X, Y, batch_size, generator)
        losses.append(descend(model, x, y, rate))
    return losses


def descend(model: nn.Module, x: Tensor, y: Tensor, lr: float) -> float:
    """One step of gradient descent on a batch, in place; returns the loss before it."""
    loss = model(x, y)[1]
    model.zero_grad(set_to_none=True)
    loss.backward()
    with torch.no_grad():
        for p in model.parameters():
            if p.grad is not None:
                p -= lr * p.grad
    return loss.item()


def sweep(
    model: nn.Module,
    X: Tensor,
    Y: Tensor,
    *,
    low: float = 1e-3,
    high: float = 1.0,
    steps: int = 1000,
    batch_size: int = 32,
    generator: torch.Generator | None = None,
) -> tuple[list[float], list[float]]:
    """One step of gradient descent at each of `steps` rates; returns the rates and the losses.

    The rates rise from `low` to `high`, each by the same factor over the one before. A loss is that
    of its mini-batch before the step at its rate. Stops before the first loss that is not finite:
    both lists are of one length. The model stays as it is: what trains is a copy of it.
    """
    trial = copy.deepcopy(model).train()
    rates, losses = [], []
    for rate in torch.logspace(math.log10(low), math.log10(high), steps, dtype=torch.float64):
        x, y = minibatch(X, Y, batch_size, generator)
        loss = descend(trial, x, y, rate.item())
        if not math.isfinite(loss):
            break
        rates.append(rate.item())
        losses.append(loss)
    return rates, losses


def choose_rate(rates: Sequence[float], losses: Sequence[float], smoothing: float = 0.95) -> float:
    """A rate to train with, read off a sweep: a third of the one where the loss is lowest.

    Single batches jump about, so the losses are smoothed first, by a running mean that is corrected
    for its start at 0. With s = smoothing, and i counted from 1:

        m ← s · m + (1 - s) · loss          smooth loss at i  =  m / (1 - sⁱ)

    The loss at i was found before the step at rates[i]. Raises ValueError where there is nothing to
    choose from.
    """
    if not rates:
        raise ValueError("the sweep has no rates: its first loss was not finite")
    mean, smooth = 0.0, []
    for i, loss in enumerate(losses, start=1):
        mean = smoothing * mean + (1 - smoothing) * loss
        smooth.append(mean / (1 - smoothing**i))
    return rates[smooth.index(min(smooth))] / 3


@torch.no_grad()
def split_loss(model: nn.Module, X: Tensor, Y: Tensor, batch_size: int = 1000) -> float:
    """The mean loss over all examples of a split, in eval mode and without gradients.

    Takes `batch_size` examples at a time, the last time what is left: each example counts the same.
    Leaves the model in the mode in which it was.
    """
    was_training = model.training
    model.eval()
    total = 0.0
    for x, y in zip(X.split(batch_size), Y.split(batch_size), strict=True):
        total += model(x, y)[1].item() * len(x)
    model.train(was_training)
    return total / len(X)
