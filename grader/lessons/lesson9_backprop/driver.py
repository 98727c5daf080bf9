"""Runs beside the learner's gradients: calls one, and returns what it gave as plain data.

All of it in inference mode, where autograd writes nothing down that a gradient could come from.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zth.worker.answers import BadAnswer
from zth.worker.modules import Answered, answered, holding, namespace, pair
from zth.worker.tensors import array, reseed, tensor, unchanged

if TYPE_CHECKING:
    import torch

Array = NDArray[Any]
Named = dict[str, Array]


@dataclass(frozen=True)
class Config:
    """The size of a model, as `MLPConfig` has it."""

    vocab_size: int
    block_size: int
    context: int
    n_embd: int
    n_hidden: int


@dataclass(frozen=True)
class Whole:
    """The loss of a batch, and its gradient for each parameter."""

    loss: float
    grads: Named


@contextmanager
def _inference() -> Iterator[None]:
    """torch.inference_mode, which a learner may have put something else in place of."""
    import torch

    with torch._C._InferenceMode(True):
        yield


# --- single steps -------------------------------------------------------------------------------


def gradients(backward: Any, given: Named, names: list[str], strided: bool) -> Named:
    """What a function of these arguments, in order, gives: one gradient, or a tuple of several."""
    with _inference():
        told = {name: _laid(a, strided) for name, a in given.items()}
        with unchanged(**told):
            answer = backward(*told.values())
        several = (answer,) if len(names) == 1 else answer
        if not isinstance(several, tuple | list) or len(several) != len(names):
            raise BadAnswer(
                "{count} gradients are expected, as a tuple: {names}",
                count=len(names),
                names=", ".join(f"d{name}" for name in names),
            )
        return _arrays(dict(zip(names, several, strict=True)), "float64")


def steps(backward: Any, values: Named, given: Array, strided: bool) -> Named:
    """The gradients by name that a function gives for values on the way forward."""
    with _inference():
        told = {name: _laid(a, strided) for name, a in values.items()}
        last = _laid(given, strided)
        with unchanged(**told, what_is_given=last):
            answer = backward(SimpleNamespace(**told), last)
        return _arrays(_named(answer), "float64")


def _laid(a: Array, strided: bool) -> torch.Tensor:
    """A fresh tensor with these numbers; `strided`: in memory in the other order."""
    return tensor(a.transpose()).permute(tuple(reversed(range(a.ndim)))) if strided else tensor(a)


def _named(answer: Any) -> dict[str, Any]:
    if not isinstance(answer, dict) or not all(isinstance(name, str) for name in answer):
        raise BadAnswer(
            'the gradients must be a dict by name, such as {{"{name}": …}}; this is a {kind}',
            name="logits",
            kind=type(answer).__name__,
        )
    return answer


def _arrays(gradients: dict[str, Any], dtype: str) -> Named:
    return {name: array(g, f"d{name}", dtype).copy() for name, g in gradients.items()}


# --- the whole network --------------------------------------------------------------------------


def whole(loss_and_gradients: Any, p: Named, Xb: Array, Yb: Array, dtype: str) -> Whole:
    """The loss and the gradients of one batch, with parameters of this dtype."""
    with _inference():
        parameters = {name: tensor(a.astype(dtype)) for name, a in p.items()}
        tokens = {"Xb": tensor(Xb), "Yb": tensor(Yb)}
        with unchanged(**parameters, **tokens):
            loss, gradients = _whole(loss_and_gradients(parameters, *tokens.values()))
        return Whole(float(array(loss, "the loss", dtype)), _arrays(gradients, dtype))


def _whole(answer: Any) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise BadAnswer("loss_and_gradients must return (loss, gradients)")
    loss, gradients = answer
    if getattr(loss, "shape", None) != ():
        raise BadAnswer("the loss is a tensor of one number")
    return loss, _named(gradients)


def descend(
    loss_and_gradients: Any, p: Named, Xb: Array, Yb: Array, rates: list[float], moments: list[int]
) -> list[Named]:
    """Gradient descent on batches Xb (S, n, T), Yb (S, n): the parameters after so many steps.

    Each step moves by its rate; the moments are in order, and the last may be the end.
    """
    found: list[Named] = []
    with _inference():
        parameters = {name: tensor(a) for name, a in p.items()}
        batches = zip(tensor(Xb).long(), tensor(Yb).long(), rates, strict=True)
        for step, (x, y, rate) in enumerate(batches, start=1):
            _, gradients = _whole(loss_and_gradients(dict(parameters), x, y))
            _move(parameters, gradients, rate)
            if step in moments:
                found.append({name: array(t, name).copy() for name, t in parameters.items()})
    return found


def _move(
    parameters: dict[str, torch.Tensor], gradients: dict[str, torch.Tensor], rate: float
) -> None:
    for name, parameter in parameters.items():
        gradient = gradients.get(name)
        if getattr(gradient, "shape", None) != parameter.shape:
            raise BadAnswer("there is no gradient of {name} of its shape", name=name)
        parameter -= rate * gradient  # type: ignore[operator]  # a tensor, since it has its shape


# --- the model that trains by it ----------------------------------------------------------------


def model(
    cls: Any, config: Config, weights: Named, idx: Array, targets: Array, weight: float
) -> Answered:
    """A model with these weights in training mode; the gradients are of `weight` times its loss."""
    import torch

    reseed()
    made = holding(cls(namespace(config)), weights).train()

    class Weighted(torch.nn.Module):
        def forward(self, *given: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
            logits, loss = pair(made(*given))
            return logits, None if loss is None else weight * loss

    weighted = Weighted()
    for name, parameter in made.named_parameters():
        weighted.register_parameter(name, parameter)
    return answered(weighted, idx, targets)


def evaluated(
    cls: Any, config: Config, weights: Named, idx: Array, targets: Array, passes: int
) -> Array:
    """The logits of each row on its own in eval mode, after so many passes over all in training."""
    import torch

    reseed()
    made = holding(cls(namespace(config)), weights).train()
    rows = tensor(idx).long()
    for _ in range(passes):
        made(rows, tensor(targets).long())
    made.eval()
    with torch.no_grad():
        return np.concatenate([array(pair(made(row[None]))[0], "logits") for row in rows])
