"""LayerScale and residual connections."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from zth.worker.answers import BadAnswer, exception_of
from zth.worker.modules import Played, backward, module, played
from zth.worker.tensors import array, tensor, unchanged

Array = NDArray[Any]

Load = Callable[[str], Any]


# --- LayerScale and residual --------------------------------------------------------------------


def scale(cls: Any, gamma: Array, x: Array, up: Array) -> Played:
    """A LayerScale with these factors."""
    return played(cls(len(gamma)), {"gamma": gamma}, x, up)


def new_scale(cls: Any, dim: int, init: float | None) -> Array:
    """The factors of a new one; without init, of its own."""
    made = cls(dim) if init is None else cls(dim, init)
    return array(made.gamma, "gamma")


@dataclass(frozen=True)
class Added:
    """What a Residual gave, and the gradients of x and of its parts; how often each was called."""

    y: Array
    grads: dict[str, Array]
    calls: dict[str, int]


def residual(cls: Any, weights: dict[str, Array], x: Array, up: Array) -> Added:
    """A Residual whose part is tanh(x·Wᵀ), whose norm is x³·w and whose scale is w·x.

    Each has its weight in `weights`; a norm or scale without one is not handed in.
    """
    parts = {name: _part(name, weight) for name, weight in weights.items()}
    part, rest = parts["part"], {n: p for n, p in parts.items() if n != "part"}
    made = module(cls(part, **rest))
    _own(made, parts)
    given = tensor(x, True)
    with unchanged(x=given):
        y = made(given)
    got = backward(y, up, {"x": given, **{name: p.weight for name, p in parts.items()}})
    return Added(got.y, got.grads, {name: len(p.seen) for name, p in parts.items()})


def _own(made: Any, parts: dict[str, Any]) -> None:
    """BadAnswer unless the module has the parts as its own."""
    own = list(made.modules())
    for name, part in parts.items():
        if not any(module is part for module in own):
            raise BadAnswer(
                "{name} is no module of the Residual: it would not be trained, nor saved",
                name=name,
            )


def _part(name: str, weight: Array) -> Any:
    import torch
    from torch import nn

    class Part(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(tensor(weight))
            self.seen: list[int] = []

        def forward(self, x: Any) -> Any:
            self.seen.append(1)
            if name == "part":
                return torch.tanh(x @ self.weight.T)
            return x**3 * self.weight if name == "norm" else self.weight * x

    return Part()


def residual_error(cls: Any, shape: list[int], answer: list[int]) -> str:
    """The name of the exception where the part answers with this shape."""
    import torch
    from torch import nn

    class Part(nn.Module):
        def forward(self, x: Any) -> Any:  # noqa: ARG002
            return torch.zeros(answer)

    made = cls(Part())
    return exception_of(lambda: made(torch.ones(shape)))
