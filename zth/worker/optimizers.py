"""The optimizer of a run: torch's AdamW, or a part's; stepped, steered and saved the same way.

A part has the interface of `torch.optim`: it is called with param groups and `lr=`, and has
`param_groups`, `step`, `zero_grad`, `state_dict` and `load_state_dict`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zth.worker.answers import BadAnswer
from zth.worker.tensors import array, tensor

if TYPE_CHECKING:
    import torch

Array = NDArray[Any]
Group = dict[str, Any]
METHODS = ("step", "zero_grad", "state_dict", "load_state_dict")


@dataclass(frozen=True)
class Rates:
    """Peak learning rates, weight decay of matrices, and AdamW's betas.

    `part` is the peak for a part; `own` is that of torch's AdamW.
    """

    part: float
    own: float
    weight_decay: float
    betas: tuple[float, float]


class Optimizer:
    """One or two optimizers that are stepped as one; it looks like one of `torch.optim`."""

    def __init__(self, members: list[Any], model: torch.nn.Module) -> None:
        self.members = members
        self.names = {id(p): name for name, p in model.named_parameters()}
        self.fresh = [dict(group) for group in self.param_groups]

    @property
    def param_groups(self) -> list[Group]:
        """All groups; the dicts themselves, which may be written to."""
        return [group for member in self.members for group in member.param_groups]

    def zero_grad(self, set_to_none: bool = True) -> None:
        for member in self.members:
            member.zero_grad(set_to_none=set_to_none)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Steps every member; a closure that computes the loss is called once, beforehand."""
        import torch

        with torch.enable_grad():
            loss = closure() if closure is not None else None
        for member in self.members:
            member.step()
        return loss

    def steer(self, factor: float) -> None:
        """Sets every learning rate to this fraction of its peak."""
        for group, fresh in zip(self.param_groups, self.fresh, strict=True):
            group["lr"] = fresh["lr"] * factor

    def state(self) -> dict[str, Array]:
        """What the members keep: "<key>.<parameter>" tensors, "<key>#.<parameter>" numbers.

        Of a group, the numbers that have changed since it was made, but for the rate.
        """
        found: dict[str, Array] = {}
        for member, names in self._members():
            for i, kept in member.state_dict()["state"].items():
                for key, value in kept.items():
                    found |= _saved(key, value, names[i])
        for i, (group, fresh) in enumerate(zip(self.param_groups, self.fresh, strict=True)):
            for key, value in group.items():
                if isinstance(value, int | float) and key != "lr" and value != fresh.get(key):
                    found[f"{key}#.group{i}"] = np.array(value)
        return found

    def restore(self, saved: Mapping[str, Array]) -> None:
        """Gives the members what `state` found in others like them."""
        for i, group in enumerate(self.param_groups):
            group |= _of(f"group{i}", saved)
        for member, names in self._members():
            whole = member.state_dict()
            whole["state"] = {i: s for i, n in enumerate(names) if (s := _of(n, saved))}
            member.load_state_dict(whole)

    def _members(self) -> Iterator[tuple[Any, list[str]]]:
        """Each member, with the names of its parameters in the order of its state."""
        for member in self.members:
            yield member, [self.names[id(p)] for g in member.param_groups for p in g["params"]]


def _saved(key: str, value: Any, name: str) -> dict[str, Array]:
    import torch

    if value is None:
        return {}
    if isinstance(value, torch.Tensor):
        return {f"{key}.{name}": array(value.cpu(), key)}
    if isinstance(value, int | float):
        return {f"{key}#.{name}": np.array(value)}
    raise BadAnswer(
        "the optimizer keeps {key}, a {kind}, for a parameter; a checkpoint holds "
        "tensors and numbers",
        key=key,
        kind=type(value).__name__,
    )


def _of(name: str, saved: Mapping[str, Array]) -> dict[str, Any]:
    """What was saved for one parameter."""
    found: dict[str, Any] = {}
    for place, value in saved.items():
        key, _, owner = place.partition(".")
        if owner == name:
            number = key.endswith("#")
            found[key.removesuffix("#")] = value.item() if number else tensor(value)
    return found


def make(model: torch.nn.Module, part: Callable[..., Any] | None, rates: Rates) -> Optimizer:
    """The optimizer of a model; matrices decay, gains and biases do not.

    A part that refuses vectors with a ValueError, as Muon does, gets the matrices between the
    embeddings and the head, and AdamW the rest. BadAnswer says why a part is no optimizer.
    """
    parameters = [p for p in model.parameters() if p.requires_grad]
    if not parameters:
        raise BadAnswer("the model has no parameters to train")
    if part is None:
        return Optimizer([_adamw(parameters, rates)], model)
    try:
        return Optimizer([_built(part, parameters, rates)], model)
    except ValueError as error:
        inner = _inner_matrices(model)
        if not inner or len(inner) == len(parameters):
            raise BadAnswer("optimizer cannot be built: {error}", error=error) from None
    known = {id(p) for p in inner}
    rest = [p for p in parameters if id(p) not in known]
    return Optimizer([_built(part, inner, rates), _adamw(rest, rates)], model)


def _groups(parameters: list[torch.nn.Parameter], rates: Rates) -> list[Group]:
    groups = [
        {"params": [p for p in parameters if p.dim() >= 2], "weight_decay": rates.weight_decay},
        {"params": [p for p in parameters if p.dim() < 2], "weight_decay": 0.0},
    ]
    return [group for group in groups if group["params"]]


def _adamw(parameters: list[torch.nn.Parameter], rates: Rates) -> torch.optim.Optimizer:
    import torch

    return torch.optim.AdamW(_groups(parameters, rates), rates.own, rates.betas)


def _built(part: Callable[..., Any], parameters: list[torch.nn.Parameter], rates: Rates) -> Any:
    """The part's optimizer. Lets a ValueError of its own pass."""
    name = getattr(part, "__name__", type(part).__name__)
    if not callable(part):
        raise BadAnswer("optimizer is a {name}, expected a class", name=name)
    betas = {"betas": rates.betas} if "betas" in _keywords(part) else {}
    try:
        made = part(_groups(parameters, rates), lr=rates.part, **betas)
    except TypeError as error:
        if error.__traceback__ is None or error.__traceback__.tb_next is not None:
            raise
        raise BadAnswer("optimizer cannot be built: {error}", error=error) from None
    if missing := [m for m in METHODS if not callable(getattr(made, m, None))]:
        raise BadAnswer(
            "optimizer: {name} has no {method}, which the trainer needs",
            name=name,
            method=missing[0],
        )
    _check_groups(made, name, parameters)
    return made


def _check_groups(made: Any, name: str, parameters: list[torch.nn.Parameter]) -> None:
    groups = getattr(made, "param_groups", None)
    if not isinstance(groups, list) or not all(
        isinstance(g, dict) and isinstance(g.get("lr"), int | float) and "params" in g
        for g in groups
    ):
        raise BadAnswer(
            "optimizer: {name}.param_groups must be a list of dicts with 'params' and 'lr'",
            name=name,
        )
    if sorted(id(p) for g in groups for p in g["params"]) != sorted(map(id, parameters)):
        raise BadAnswer(
            "optimizer: {name}.param_groups does not hold the model's parameters", name=name
        )


def _keywords(part: Callable[..., Any]) -> frozenset[str]:
    try:
        return frozenset(inspect.signature(part).parameters)
    except (TypeError, ValueError):
        return frozenset()


def _inner_matrices(model: torch.nn.Module) -> list[torch.nn.Parameter]:
    """The matrices that map channels to channels: neither embeddings nor what is tied to them."""
    import torch

    outer = {
        id(p)
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Embedding) or name == "lm_head"
        for p in module.parameters()
    }
    return [p for p in model.parameters() if p.dim() == 2 and id(p) not in outer]
