"""Batches, the estimate of the loss, and the loop: plays them, and notes what they did."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zth.worker.answers import BadAnswer, exception_of
from zth.worker.tensors import array, tensor, unchanged

Array = NDArray[Any]


@dataclass(frozen=True)
class Seen:
    """What a training loop did to a model: one entry for each forward pass, in order."""

    inputs: list[Array]
    targets: list[Array]
    training: list[bool]
    grads_on: list[bool]
    low_precision: list[bool]


@dataclass(frozen=True)
class Estimated:
    """What estimate_loss returned, what the model saw, and the mode that it was left in."""

    loss: float
    seen: Seen
    training_after: bool
    table: Array


@dataclass(frozen=True)
class Trained:
    """The losses that train returned, what the model saw, its table and mode at the end.

    `evaluations` are what on_eval was told; `error` is the text of a ValueError.
    """

    losses: list[float]
    seen: Seen
    table: Array
    training_after: bool
    evaluations: list[tuple[int, float]]
    error: str = ""


@dataclass(frozen=True)
class Loop:
    """What a training loop is told, as `TrainConfig` has it."""

    steps: int
    batch_size: int
    block_size: int
    accumulation: int = 1
    learning_rate: float = 0.5
    min_lr: float = 0.05
    warmup: int = 2
    clip: float = 1.0
    mixed_precision: bool = False
    eval_every: int = 0
    eval_batches: int = 3
    seed: int = 0


@dataclass(frozen=True)
class Run:
    """Calls of train, as (start, stop) each, and what they meet.

    The optimizer's momentum, the model's mode before, whether there is an on_eval, and the number
    of the forward pass (−1: none) whose loss is `bad_loss`.
    """

    pieces: list[tuple[int, int | None]] = field(default_factory=lambda: [(0, None)])
    momentum: float = 0.0
    training: bool = True
    listens: bool = True
    bad_pass: int = -1
    bad_loss: float = math.nan


# --- the loop -----------------------------------------------------------------------------------


def batch(
    function: Any, tokens: Array, batch_size: int, block_size: int, seed: int
) -> tuple[Array, Array]:
    """get_batch with a generator of this seed."""
    return batches(function, tokens, batch_size, block_size, seed, 1)[0]


def batches(
    function: Any, tokens: Array, batch_size: int, block_size: int, seed: int, count: int
) -> list[tuple[Array, Array]]:
    """Batches that get_batch draws one after another with a generator of this seed."""
    import torch

    given = tensor(tokens).long()
    generator = torch.Generator().manual_seed(seed)
    with unchanged(tokens=given):
        return [_batch(function(given, batch_size, block_size, generator)) for _ in range(count)]


def _batch(answer: Any) -> tuple[Array, Array]:
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise BadAnswer("get_batch must return (inputs, targets)")
    return array(answer[0], "inputs", "int64"), array(answer[1], "targets", "int64")


def batch_error(function: Any, tokens: Array, block_size: int) -> str:
    """The name of the exception for a text that holds no window."""
    return exception_of(lambda: function(tensor(tokens).long(), 1, block_size))


def estimate(function: Any, table: Array, tokens: Array, loop: Loop, training: bool) -> Estimated:
    """estimate_loss of a bigram model that takes notes; `training` is the mode it starts in."""
    import torch

    model, notes = _bigram(table, Run())
    model.train(training)
    generator = torch.Generator().manual_seed(loop.seed)
    loss = function(model, tensor(tokens).long(), SimpleNamespace(**asdict(loop)), generator)
    if isinstance(loss, torch.Tensor):
        loss = loss.item()
    if not isinstance(loss, float):
        kind = type(loss).__name__
        raise BadAnswer("estimate_loss returned a {kind}, expected a float", kind=kind)
    return Estimated(loss, _seen(notes), model.training, _table(model))


def training(function: Any, table: Array, tokens: Array, loop: Loop, run: Run) -> Trained:
    """train, by gradient descent with momentum, of a bigram model that takes notes."""
    import torch

    model, notes = _bigram(table, run)
    model.train(run.training)
    groups = [{"params": [p]} for p in model.parameters()]
    optimizer = torch.optim.SGD(groups, lr=123.0, momentum=run.momentum)
    told: list[tuple[int, float]] = []
    error, losses, kind = "", [], type(model)
    for start, stop in run.pieces:
        options: dict[str, Any] = {"start": start} | ({} if stop is None else {"stop": stop})
        if run.listens:
            options["on_eval"] = lambda step, loss: told.append((int(step), float(loss)))
        given = model, optimizer, tensor(tokens).long(), SimpleNamespace(**asdict(loop))
        try:
            losses += _losses(function(*given, **options))
        except ValueError as caught:
            if run.bad_pass < 0:
                raise
            error = str(caught)
    if type(model) is not kind:
        raise BadAnswer(
            "train made the model a {kind}: it is to train it, only", kind=type(model).__name__
        )
    return Trained(losses, _seen(notes), _table(model), model.training, told, error)


def _losses(returned: Any) -> list[float]:
    if not isinstance(returned, list):
        kind = type(returned).__name__
        raise BadAnswer("train returned a {kind}, expected a list of losses", kind=kind)
    for loss in returned:
        if not isinstance(loss, float):
            kind = type(loss).__name__
            raise BadAnswer(
                "train returned a {kind} in its list, expected floats: loss.item()", kind=kind
            )
    return returned


def _bigram(table: Array, run: Run) -> tuple[Any, list[tuple[Any, ...]]]:
    """A model whose logits are a row of the table (V + 1, V) plus its last row; and its notes."""
    import torch
    from torch import nn

    notes: list[tuple[Any, ...]] = []
    V = table.shape[1]

    class Bigram(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = nn.Parameter(tensor(table[:V]))
            self.bias = nn.Parameter(tensor(table[V]))

        def forward(self, idx: Any, targets: Any) -> Any:
            low = torch.is_autocast_enabled("cpu")
            low = low and torch.get_autocast_dtype("cpu") == torch.bfloat16
            data = array(idx, "inputs"), array(targets, "targets")
            notes.append((*data, self.training, torch.is_grad_enabled(), low))
            logits = self.table[idx] + self.bias
            loss = nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
            return logits, loss * run.bad_loss if len(notes) - 1 == run.bad_pass else loss

    return Bigram(), notes


def _table(model: Any) -> Array:
    return np.vstack([array(model.table, "table"), array(model.bias, "bias")])


def _seen(notes: list[tuple[Any, ...]]) -> Seen:
    columns = [list(c) for c in zip(*notes, strict=True)] or [[] for _ in range(5)]
    return Seen(*columns)


# --- checkpoints --------------------------------------------------------------------------------


RATE, MOMENTUM, BETAS, DECAY = 0.1, 0.9, (0.9, 0.99), 0.01
