"""Checkpoints: saves and loads them, in memory."""

from __future__ import annotations

import contextlib
import io
import pickle
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from zth.worker.answers import BadAnswer, exception_of
from zth.worker.tensors import array, tensor

from .training import BETAS, DECAY, MOMENTUM, RATE

Array = NDArray[Any]


@dataclass(frozen=True)
class Moment:
    """A run between two steps: its optimizer ("sgd", "adamw") has seen `past`, a list of gradients.

    The model has a table (V, V) with two names, and a buffer `count`.
    """

    table: Array
    count: int
    optimizer: str
    past: list[Array]


@dataclass(frozen=True)
class Kept:
    """A checkpoint; the table after the run went on; the mode that the model was left in."""

    file: bytes
    table: Array
    training_after: bool


@dataclass(frozen=True)
class Restored:
    """The step that came back, the table after the run went on, and the buffer."""

    step: int
    table: Array
    count: int


def keep(function: Any, moment: Moment, step: int, future: list[Array], training: bool) -> Kept:
    """save_checkpoint, into memory; the run then goes on by these gradients."""
    model, optimizer = _underway(moment)
    model.train(training)
    file = io.BytesIO()
    function(file, model, optimizer, step)
    if file.closed:
        raise BadAnswer("save_checkpoint closed the file: who opens it closes it")
    after = model.training
    _descend(model, optimizer, future)
    return Kept(file.getvalue(), array(model.table, "table"), after)


def restore(function: Any, file: bytes, other: Moment, future: list[Array]) -> Restored:
    """load_checkpoint, into a run that was elsewhere; it then goes on by these gradients."""
    model, optimizer = _underway(other)
    step = function(io.BytesIO(file), model, optimizer)
    if type(step) is not int:
        kind = type(step).__name__
        raise BadAnswer("load_checkpoint returned a {kind}, expected the step", kind=kind)
    _descend(model, optimizer, future)
    return Restored(step, array(model.table, "table"), int(model.count))


def misfit(function: Any, file: bytes, other: Moment, extra: bool) -> str:
    """load_checkpoint into a model with another table or, `extra`, one more parameter: the error.

    Its name; empty where there was none.
    """
    model, optimizer = _underway(other, extra)
    return exception_of(lambda: function(io.BytesIO(file), model, optimizer))


_ran: list[str] = []


def _run_by_a_file() -> dict[str, Any]:
    _ran.append("")
    return {}


class _Hostile:
    def __reduce__(self) -> Any:
        return _run_by_a_file, ()


def trap(function: Any, moment: Moment, zipped: bool) -> bool:
    """Whether load_checkpoint makes a call that a file holds, as torch or pickle writes it."""
    import torch

    model, optimizer = _underway(moment)
    file = io.BytesIO()
    if zipped:
        torch.save({"model": model.state_dict(), "step": _Hostile()}, file)
    else:
        pickle.dump(_Hostile(), file)
    _ran.clear()
    with contextlib.suppress(Exception):
        function(io.BytesIO(file.getvalue()), model, optimizer)
    return bool(_ran)


def _underway(moment: Moment, extra: bool = False) -> tuple[Any, Any]:
    """A model and an optimizer that has seen the moment's past."""
    import torch
    from torch import nn

    table = tensor(moment.table)
    model = nn.Module()
    model.table = model.head = nn.Parameter(torch.zeros_like(table))
    model.register_buffer("count", torch.tensor(moment.count))
    if extra:
        model.extra = nn.Parameter(torch.zeros(1))
    if moment.optimizer == "sgd":
        optimizer: Any = torch.optim.SGD(model.parameters(), lr=RATE, momentum=MOMENTUM)
    else:
        optimizer = torch.optim.AdamW(model.parameters(), RATE, BETAS, weight_decay=DECAY)
    _descend(model, optimizer, moment.past)
    with torch.no_grad():
        model.table.copy_(table)
    return model, optimizer


def _descend(model: Any, optimizer: Any, gradients: list[Array]) -> None:
    for gradient in gradients:
        model.table.grad = tensor(gradient)
        optimizer.step()
    model.table.grad = None
