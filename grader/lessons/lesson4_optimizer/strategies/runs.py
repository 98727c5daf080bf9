"""Runs of an optimizer, and code that shows one."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from grader.lessons.lesson4_optimizer.driver import Episode, Group, Settings, Step

Array = NDArray[Any]

NAMES = {"base": "Optimizer", "sgd": "SGD", "optimizer": "AdamW", "muon": "Muon"}
SHAPES: list[tuple[int, ...]] = [(1,), (2, 2), (), (2, 1, 3), (3,), (3, 2)]
MATRICES: list[tuple[int, ...]] = [(1, 1), (2, 2), (2, 3), (3, 2), (1, 3), (4, 1), (5, 3)]
# What each setting may be. The first is the simplest.
SETTINGS: dict[str, dict[str, list[Any]]] = {
    "base": {"lr": [0.1, 0.5, 0.03]},
    "sgd": {
        "lr": [0.1, 0.5, 0.03],
        "momentum": [0.0, 0.9, 0.5],
        "weight_decay": [0.0, 0.1, 0.5],
        "nesterov": [False, True],
    },
    "optimizer": {
        "lr": [0.1, 0.5, 0.03],
        "betas": [[0.9, 0.999], [0.8, 0.95], [0.5, 0.9], [0.0, 0.5]],
        "eps": [1e-8, 1e-6, 0.1],
        "weight_decay": [0.0, 0.1, 0.5],
    },
    "muon": {
        "lr": [0.1, 0.5, 0.03],
        "weight_decay": [0.0, 0.1, 0.5],
        "momentum": [0.95, 0.8, 0.5],
        "nesterov": [True, False],
    },
}
ABSENT = (), (), (0,), (1,), (2, 4), (0, 3)  # parameters without a gradient at one step


@dataclass(frozen=True)
class Run:
    """An episode by its shape; its numbers come from `seed`, and gradients are near `size`."""

    kind: str
    settings: Settings
    groups: list[Group]
    shapes: list[tuple[int, ...]]
    present: list[list[bool]]
    changed: list[dict[str, Settings]]
    seed: int
    size: float = 1.0
    dtype: str = "float64"
    strided: bool = False
    reused: bool = False

    @cached_property
    def episode(self) -> Episode:
        draw = np.random.default_rng(self.seed)
        params = [np.asarray(_normal(s, draw), self.dtype) for s in self.shapes]
        steps = [
            Step(self._gradients(row, draw), changed)
            for row, changed in zip(self.present, self.changed, strict=True)
        ]
        return Episode(
            self.kind, self.settings, self.groups, params, steps, self.strided, self.reused
        )

    def _gradients(self, present: list[bool], draw: np.random.Generator) -> list[Array | None]:
        """One step's. What is missing is drawn all the same: the others stay what they are."""
        make = conditioned if self.kind == "muon" else _normal
        drawn = [np.asarray(self.size * make(s, draw), self.dtype) for s in self.shapes]
        return [g if there else None for g, there in zip(drawn, present, strict=True)]

    def snippet(self) -> str:
        return "\n".join(_code(self.episode))


def _normal(shape: tuple[int, ...], draw: np.random.Generator) -> Array:
    return np.asarray(draw.normal(size=shape).round(1))


def conditioned(shape: tuple[int, ...], draw: np.random.Generator, condition: float = 4.0) -> Array:
    """A matrix whose singular values lie between 1 and `condition`."""
    U, S, Vt = np.linalg.svd(draw.normal(size=shape), full_matrices=False)
    spread: Array = (U * np.geomspace(condition, 1.0, len(S))) @ Vt
    return spread.round(3)


def tensor_code(a: Array, rest: str = "") -> str:
    """Code that makes a tensor of this array."""
    short = np.vectorize(lambda x: float(str(x)), otypes=[float])(a) if a.size else a
    numbers = re.sub(r"\b(inf|nan)\b", r"float('\1')", str(short.tolist()))
    return f"torch.tensor({numbers}, dtype=torch.{a.dtype}{rest})"


def class_code(kind: str) -> list[str]:
    """The imports, and the class `Chosen` that a snippet uses."""
    file = "muon" if kind == "muon" else "optimizer"
    found = ["import torch", f"from lesson4_optimizer.{file} import {NAMES[kind]}"]
    if kind == "base":
        found += [
            "class Counting(Optimizer):",
            "    def update(self, p, group, state):",
            '        state["count"] = state.get("count", 0) + 1',
            '        p.sub_(group["lr"] * state["count"] * p.grad)',
        ]
    return found


def made_code(episode: Episode, generator: bool = False) -> list[str]:
    """Code that makes the parameters p0, p1, … and the optimizer, of lists or of generators."""
    kind = episode.kind
    rows = [f"p{i} = {_parameter_code(a, episode.strided)}" for i, a in enumerate(episode.params)]
    given = _items([_group_code(g, generator) for g in episode.groups], generator)
    if len(episode.groups) == 1 and not episode.groups[0].settings:
        given = _items([f"p{i}" for i in episode.groups[0].params], generator)
    if kind == "base":
        return [*rows, f"optimizer = Counting({given}, {episode.settings})"]
    options = "".join(f", {k}={_value(v)}" for k, v in episode.settings.items())
    return [*rows, f"optimizer = {NAMES[kind]}({given}{options})"]


def _items(items: list[str], generator: bool) -> str:
    return f"iter([{', '.join(items)}])" if generator else f"[{', '.join(items)}]"


def _parameter_code(a: Array, strided: bool) -> str:
    if not strided:
        return tensor_code(a, ", requires_grad=True")
    if a.ndim > 1:
        dims = ", ".join(map(str, reversed(range(a.ndim))))
        return f"{tensor_code(a.transpose())}.permute({dims}).requires_grad_()"
    return f"torch.stack([{tensor_code(a)}] * 2, dim=-1)[..., 0].requires_grad_()"


def _value(setting: Any) -> Any:
    """A setting as it is written: betas are a tuple."""
    return tuple(setting) if isinstance(setting, list) else setting


def _group_code(group: Group, generator: bool) -> str:
    own = "".join(f', "{k}": {_value(v)}' for k, v in group.settings.items())
    return f'{{"params": {_items([f"p{i}" for i in group.params], generator)}{own}}}'


def _code(episode: Episode) -> Iterator[str]:
    yield from class_code(episode.kind)
    yield from made_code(episode)
    held: list[Array | None] = [None] * len(episode.params)
    for step in episode.steps:
        for number, settings in step.changed.items():
            yield f"optimizer.param_groups[{number}].update({settings})"
        for i, (g, old) in enumerate(zip(step.grads, held, strict=True)):
            if g is not None and old is not None and episode.reused:
                yield f"p{i}.grad.copy_({tensor_code(g)})"
            else:
                yield f"p{i}.grad = {None if g is None else tensor_code(g)}"
        held = step.grads
        yield "optimizer.step()"
        yield f"print({', '.join(f'p{i}.tolist()' for i in range(len(episode.params)))})"


@st.composite
def settings(draw: st.DrawFn, kind: str, fixed: Settings) -> Settings:
    """Settings of one group; those in `fixed` are as they are there."""
    found = {k: draw(st.sampled_from(v)) for k, v in SETTINGS[kind].items() if k not in fixed}
    found |= fixed
    if kind == "sgd" and not found["momentum"]:
        found["nesterov"] = False  # torch refuses the pair
    return found


@st.composite
def _own(draw: st.DrawFn, kind: str, fixed: Settings) -> Settings:
    """What a group says for itself: some of the settings."""
    return {k: v for k, v in draw(settings(kind, fixed)).items() if draw(st.booleans())}


@st.composite
def runs(
    draw: st.DrawFn,
    /,
    kind: str,
    *,
    groups: int = 1,
    steps: tuple[int, int] = (1, 5),
    missing: bool = False,
    changes: bool = False,
    late: bool = False,
    size: float = 1.0,
    shapes: list[tuple[int, ...]] | None = None,
    dtype: str = "float64",
    **fixed: Any,
) -> Run:
    """Runs of up to so many groups. The simplest has one parameter of one number.

    `missing`: at some steps, some parameters have no gradient; `late`: each has its first at a step
    of its own; `changes`: settings change on the way.
    """
    known = SHAPES if shapes is None else shapes
    if kind == "muon" and shapes is None:
        known = MATRICES
    shape, alike = st.sampled_from(known), draw(st.booleans())
    count = draw(st.integers(1, groups))
    sizes = [draw(st.integers(0 if i else 1, 2)) for i in range(count)]
    total = sum(sizes)
    first = itertools.accumulate(sizes, initial=0)
    made = [
        Group(list(range(a, a + n)), draw(_own(kind, fixed)) if groups > 1 else {})
        for a, n in zip(first, sizes, strict=False)
    ]
    T = draw(st.integers(*steps))
    starts = [draw(st.integers(0, T - 1)) if late else 0 for _ in range(total)]
    absent = [draw(st.sampled_from(ABSENT)) if missing else () for _ in range(T)]
    present = [[t >= s and i not in absent[t] for i, s in enumerate(starts)] for t in range(T)]
    rates: list[dict[str, Settings]] = [
        {str(i): {"lr": lr}} for i in range(count) for lr in (0.2, 0.02, 0.0)
    ]
    changed = [draw(st.sampled_from([{}, *rates])) if changes else {} for _ in range(T)]
    return Run(
        kind=kind,
        settings=draw(settings(kind, fixed)),
        groups=made,
        shapes=[draw(shape)] * total if alike else [draw(shape) for _ in range(total)],
        present=present,
        changed=changed,
        seed=draw(st.integers(0, 1000)),
        size=size,
        dtype=dtype,
        strided=draw(st.integers(0, 3)) > 0,
        reused=draw(st.booleans()),
    )
