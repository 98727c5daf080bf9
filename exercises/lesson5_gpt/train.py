"""Training a GPT: batches, evaluation, the loop, checkpoints. Fill in each
`raise NotImplementedError`.

The configuration and the schedule are given. Check yourself with `zth grade lesson5`.

Source: the lectures "Let's build GPT" and "Let's reproduce GPT-2".
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike
from typing import BinaryIO

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class TrainConfig:
    """How to train. The learning rate warms up, then falls along a cosine (see `lr_at`)."""

    steps: int = 1000  # optimizer steps
    batch_size: int = 16  # rows in one batch
    block_size: int = 64  # tokens in one row
    accumulation: int = 1  # batches whose mean gradient makes one step
    learning_rate: float = 1e-3  # at its peak
    min_lr: float = 1e-4  # at the end
    warmup: int = 100  # steps
    clip: float = 1.0  # the largest allowed norm of the gradient
    mixed_precision: bool = False  # forward passes in bfloat16
    eval_every: int = 0  # steps between evaluations; 0: never
    eval_batches: int = 20
    seed: int = 0


def lr_at(step: int, config: TrainConfig) -> float:
    """The learning rate of a step (0 is the first): linear warm-up, then a cosine to `min_lr`."""
    if step < config.warmup:
        return config.learning_rate * (step + 1) / config.warmup
    done = (step - config.warmup) / max(1, config.steps - config.warmup)
    fall = 0.5 * (1 + math.cos(math.pi * min(1.0, done)))  # from 1 to 0
    return config.min_lr + fall * (config.learning_rate - config.min_lr)


def get_batch(
    tokens: Tensor, batch_size: int, block_size: int, generator: torch.Generator | None = None
) -> tuple[Tensor, Tensor]:
    """Random windows of a text (N,) as inputs and targets, each (batch_size, block_size).

    `targets[b, t]` is the token that follows `inputs[b, t]`. Every window of block_size + 1 tokens,
    the first and the last too, is as likely as any other. Raises ValueError where there is none.

    >>> x, y = get_batch(torch.arange(100), 4, 8)
    >>> bool((y == x + 1).all())
    True
    """
    raise NotImplementedError


@torch.no_grad()
def estimate_loss(
    model: nn.Module,
    tokens: Tensor,
    config: TrainConfig,
    generator: torch.Generator | None = None,
) -> float:
    """The mean loss over `config.eval_batches` random batches, in eval mode, as a float.

    `get_batch` draws them from `generator`, and `model(inputs, targets)` gives (logits, loss).
    Leaves the model in the mode in which it was.
    """
    raise NotImplementedError


def train(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    tokens: Tensor,
    config: TrainConfig,
    *,
    start: int = 0,
    stop: int | None = None,
    on_eval: Callable[[int, float], None] | None = None,
) -> list[float]:
    """Trains in place from step `start` up to, not including, `stop`; returns each step's loss.

    Without `stop` it goes on to `config.steps`. The schedule always spans `config.steps`, and every
    step seeds its own batches: a run in pieces, with the same model and optimizer, is the whole.

    `model(inputs, targets)` gives (logits, mean loss). A step's gradient is the mean of those of
    `accumulation` batches, clipped to the norm `clip`. Every `eval_every` steps, `on_eval` is told
    the number of steps done and an estimate of the loss. Raises ValueError, with the step, when the
    loss is no longer finite. Leaves the model in the mode in which it was.

    One step: training mode; the rate `lr_at(step, config)` into every group of the optimizer; old
    gradients away; for each of the `accumulation` batches, a forward pass (under torch.autocast in
    bfloat16 if `mixed_precision`) and backward; clip; optimizer.step(). Make the batches' generator
    anew for each step, from `config.seed` and the step.
    """
    raise NotImplementedError


def save_checkpoint(
    file: str | PathLike[str] | BinaryIO,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    step: int,
) -> None:
    """Writes all that a run needs to go on: the model's state, the optimizer's, and the step.

    `file` is a path, or a binary file that is open for writing and stays open. What is written is
    tensors, numbers, strings, lists and dicts: `torch.save` of a dict of these.
    """
    raise NotImplementedError


def load_checkpoint(
    file: str | PathLike[str] | BinaryIO, model: nn.Module, optimizer: torch.optim.Optimizer
) -> int:
    """Puts a checkpoint into a model and its optimizer, in place; returns the step.

    `train(…, start=step)` then goes on as if the run had never stopped. Raises an error where the
    checkpoint is that of another model. Read it by `torch.load` with weights_only=True: a pickle
    may name any function to be called when it is read, and this refuses all but tensors, numbers
    and containers.
    """
    raise NotImplementedError
