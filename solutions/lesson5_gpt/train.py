"""Training a GPT: batches, evaluation, the loop, checkpoints.

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
    windows = len(tokens) - block_size
    if windows < 1:
        raise ValueError(f"{len(tokens)} tokens hold no window of {block_size} + 1")
    starts = torch.randint(windows, (batch_size, 1), generator=generator)  # (B, 1)
    rows = tokens[starts + torch.arange(block_size + 1)]  # (B, T + 1)
    return rows[:, :-1], rows[:, 1:]


@torch.no_grad()
def estimate_loss(
    model: nn.Module,
    tokens: Tensor,
    config: TrainConfig,
    generator: torch.Generator | None = None,
) -> float:
    """The mean loss over `config.eval_batches` random batches, in eval mode.

    `get_batch` draws them from `generator`. Leaves the model in the mode in which it was.
    """
    was_training = model.training
    model.eval()
    losses = []
    for _ in range(config.eval_batches):
        x, y = get_batch(tokens, config.batch_size, config.block_size, generator)
        losses.append(model(x, y)[1].item())
    model.train(was_training)
    return sum(losses) / len(losses)


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
    """
    before, history = model.training, []
    for step in range(start, config.steps if stop is None else stop):
        model.train()
        for group in optimizer.param_groups:
            group["lr"] = lr_at(step, config)
        generator = torch.Generator().manual_seed(config.seed * 1_000_003 + step)
        optimizer.zero_grad(set_to_none=True)
        history.append(_gradient(model, tokens, config, generator))
        if not math.isfinite(history[-1]):
            raise ValueError(f"the loss is {history[-1]} at step {step}")
        nn.utils.clip_grad_norm_(model.parameters(), config.clip)
        optimizer.step()
        if config.eval_every and (step + 1) % config.eval_every == 0 and on_eval is not None:
            on_eval(step + 1, estimate_loss(model, tokens, config, generator))
    model.train(before)
    return history


def _gradient(
    model: nn.Module, tokens: Tensor, config: TrainConfig, generator: torch.Generator
) -> float:
    """Leaves the mean gradient of `accumulation` batches in the parameters; returns their loss."""
    total = 0.0
    for _ in range(config.accumulation):
        x, y = get_batch(tokens, config.batch_size, config.block_size, generator)
        with torch.autocast(tokens.device.type, torch.bfloat16, enabled=config.mixed_precision):
            loss = model(x, y)[1]
        (loss / config.accumulation).backward()
        total += loss.item() / config.accumulation
    return total


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
    states = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step}
    torch.save(states, file)


def load_checkpoint(
    file: str | PathLike[str] | BinaryIO, model: nn.Module, optimizer: torch.optim.Optimizer
) -> int:
    """Puts a checkpoint into a model and its optimizer, in place; returns the step.

    `train(…, start=step)` then goes on as if the run had never stopped. Raises an error where the
    checkpoint is that of another model. Read it by `torch.load` with weights_only=True: a pickle
    may name any function to be called when it is read, and this refuses all but tensors, numbers
    and containers.
    """
    states = torch.load(file, map_location="cpu", weights_only=True)
    model.load_state_dict(states["model"])
    optimizer.load_state_dict(states["optimizer"])
    return int(states["step"])
