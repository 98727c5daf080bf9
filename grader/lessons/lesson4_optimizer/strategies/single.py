"""Cases around a run, and those of single functions, with code that shows one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from grader.lessons.lesson4_optimizer.strategies.runs import (
    MATRICES,
    Run,
    class_code,
    conditioned,
    made_code,
    tensor_code,
)
from zth.language import tr

Array = NDArray[Any]


@dataclass(frozen=True)
class Grouping:
    """A new optimizer; `generator`: it is given generators in place of lists."""

    run: Run
    generator: bool

    def snippet(self) -> str:
        made = made_code(self.run.episode, self.generator)
        return "\n".join([*class_code(self.run.kind), *made, "print(optimizer.param_groups)"])


@dataclass(frozen=True)
class Cut:
    """A run that is saved before step number `share` · steps, and restored."""

    run: Run
    share: float

    @property
    def step(self) -> int:
        return round(self.share * len(self.run.present))

    def snippet(self) -> str:
        rows = self.run.snippet().splitlines()
        steps = [i for i, row in enumerate(rows) if row == "optimizer.step()"]
        at = len(rows) if self.step >= len(steps) else _before(rows, steps[self.step])
        return "\n".join(
            [
                *rows[:at],
                "saved = optimizer.state_dict()",
                "print(saved)",
                f"optimizer = {self._fresh()}",
                "optimizer.load_state_dict(saved)",
                *rows[at:],
            ]
        )

    def _fresh(self) -> str:
        """Code that makes an optimizer with the same groups, and other settings."""
        row = made_code(self.run.episode)[-1].removeprefix("optimizer = ")
        name = row.partition("(")[0]
        groups = ", ".join(
            '{"params": [' + ", ".join(f"p{i}" for i in g.params) + "]}" for g in self.run.groups
        )
        rest = '{"lr": 123.0}' if self.run.kind == "base" else "lr=123.0"
        return f"{name}([{groups}], {rest})"


def _before(rows: list[str], step: int) -> int:
    """The first row of what belongs to the step in this row: changes, and gradients."""
    while rows[step - 1].startswith(("p", "optimizer.param_groups")) and not (
        rows[step - 1].startswith("print") or "requires_grad" in rows[step - 1]
    ):
        step -= 1
    return step


@dataclass(frozen=True)
class Closing:
    """A run whose gradients a closure computes; `off`: with gradients disabled around step."""

    run: Run
    off: bool

    @cached_property
    def targets(self) -> list[Array]:
        draw = np.random.default_rng([self.run.seed, 1])
        return [np.asarray(draw.normal(size=s).round(1)) for s in self.run.shapes]

    def snippet(self) -> str:
        made = made_code(self.run.episode)
        terms = [f"((p{i} - {tensor_code(a)}) ** 2).sum()" for i, a in enumerate(self.targets)]
        last = len(terms) - 1
        return "\n".join(
            [
                *class_code(self.run.kind),
                *made,
                "def closure():",
                "    optimizer.zero_grad()",
                f"    loss = {' + '.join(terms)} + (p{last} ** 2).sum()",
                "    loss.backward()",
                "    return loss",
                f"for _ in range({len(self.run.present)}):",
                f"    with torch.set_grad_enabled({not self.off}):",
                "        print(optimizer.step(closure))",
                f"    print({', '.join(f'p{i}.tolist()' for i in range(last + 1))})",
            ]
        )


@dataclass(frozen=True)
class Zeroing:
    """Gradients, some of them missing, that zero_grad takes away."""

    run: Run
    mode: str
    gap: int

    @property
    def missing(self) -> list[bool]:
        return [i % 3 == self.gap for i in range(len(self.run.shapes))]

    def snippet(self) -> str:
        call = {"default": "", "none": "set_to_none=True", "zeros": "set_to_none=False"}[self.mode]
        grads = [
            f"p{i}.grad = {None if none else f'p{i}.detach() + 1'}"
            for i, none in enumerate(self.missing)
        ]
        shown = ", ".join(f"p{i}.grad" for i in range(len(self.run.shapes)))
        made = made_code(self.run.episode)
        rows = [*class_code(self.run.kind), *made, *grads]
        return "\n".join([*rows, f"optimizer.zero_grad({call})", f"print({shown})"])


@dataclass(frozen=True)
class Refusal:
    """An optimizer that cannot be."""

    kind: str
    what: str

    @property
    def told(self) -> str:
        """`what`, as a message has it."""
        return {
            "a single tensor": tr("a single tensor"),
            "no parameter": tr("no parameter"),
            "one parameter in two groups": tr("one parameter in two groups"),
            "the state of other groups": tr("the state of other groups"),
            "a vector": tr("a vector"),
        }[self.what]

    def snippet(self) -> str:
        p = "p = torch.zeros(2, requires_grad=True)"
        row = {
            "a single tensor": "Counting(p, {'lr': 0.1})",
            "no parameter": "Counting([], {'lr': 0.1})",
            "one parameter in two groups": (
                "Counting([{'params': [p]}, {'params': [p]}], {'lr': 0.1})"
            ),
            "the state of other groups": (
                "Counting([p], {'lr': 0.1}).load_state_dict("
                "Counting([p, torch.zeros(1)], {'lr': 0.1}).state_dict())"
            ),
            "a vector": "Muon([p], lr=0.1)",
        }[self.what]
        error = "TypeError" if self.what == "a single tensor" else "ValueError"
        return "\n".join([*class_code(self.kind), p, f"{row}  # must raise {error}"])


def refusals(kind: str, *whats: str) -> st.SearchStrategy[Refusal]:
    return st.builds(Refusal, st.just(kind), st.sampled_from(whats))


@dataclass(frozen=True)
class Matrix:
    """A matrix with singular values from 1 to `condition`, times `size`."""

    shape: tuple[int, ...]
    condition: float
    size: float
    seed: int

    @cached_property
    def matrix(self) -> Array:
        draw = np.random.default_rng(self.seed)
        return self.size * conditioned(self.shape, draw, self.condition)

    def snippet(self) -> str:
        return "\n".join(
            [
                "import torch",
                "from lesson4_optimizer.muon import orthogonalize",
                f"y = orthogonalize({tensor_code(self.matrix)})",
                "print(y)",
                "print(torch.linalg.svdvals(y))",
            ]
        )


def matrices(
    shapes: list[tuple[int, ...]] = MATRICES,
    conditions: tuple[float, ...] = (1.0, 4.0, 30.0),
    sizes: tuple[float, ...] = (1.0,),
) -> st.SearchStrategy[Matrix]:
    return st.builds(
        Matrix,
        st.sampled_from(shapes),
        st.sampled_from(conditions),
        st.sampled_from(sizes),
        st.integers(0, 1000),
    )


@dataclass(frozen=True)
class Norm:
    """Gradients with this common norm, some of them missing, and the norm that is allowed."""

    shapes: list[tuple[int, ...] | None]
    norm: float
    allowed: float
    generator: bool
    seed: int
    dtype: str = "float64"
    bad: float | None = None

    @cached_property
    def grads(self) -> list[Array | None]:
        draw = np.random.default_rng(self.seed)
        drawn = [None if s is None else np.asarray(draw.normal(size=s)) for s in self.shapes]
        there = [g for g in drawn if g is not None]
        if not there:
            return drawn
        factor = self.norm / sum(float((g**2).sum()) for g in there) ** 0.5
        found = [None if g is None else np.asarray(g * factor, self.dtype) for g in drawn]
        if self.bad is not None:
            next(g for g in found if g is not None).flat[0] = self.bad
        return found

    def snippet(self) -> str:
        rows = ["import torch", "from lesson4_optimizer.schedule import clip_grad_norm_"]
        for i, g in enumerate(self.grads):
            shape = () if g is None else g.shape
            rows.append(f"p{i} = torch.zeros({shape}, dtype=torch.{self.dtype})")
            rows.append(f"p{i}.grad = {None if g is None else tensor_code(g)}")
        given = f"[{', '.join(f'p{i}' for i in range(len(self.grads)))}]"
        if self.generator:
            given = f"iter({given})"
        rows.append(f"print(clip_grad_norm_({given}, {self.allowed}))")
        rows += [f"print(p{i}.grad)" for i in range(len(self.grads))]
        return "\n".join(rows)


def norms(
    norm: tuple[float, ...] = (1.0, 0.5, 30.0),
    ratio: tuple[float, ...] = (0.5, 0.1, 0.9),
    *,
    missing: bool = False,
    few: int = 1,
) -> st.SearchStrategy[Norm]:
    """Gradients whose norm, times one of these ratios, is what is allowed."""
    shape: st.SearchStrategy[Any] = st.sampled_from([(1,), (), (3,), (2, 2)])
    if missing:
        shape = st.one_of(shape, st.none())
    make: Callable[..., Norm] = lambda shapes, n, r, generator, seed: Norm(  # noqa: E731
        shapes, n, n * r, generator, seed
    )
    return st.builds(
        make,
        st.lists(shape, min_size=few, max_size=4),
        st.sampled_from(norm),
        st.sampled_from(ratio),
        st.booleans(),
        st.integers(0, 1000),
    )


@dataclass(frozen=True)
class Schedule:
    """A schedule, and the steps at which to ask for it. `floor` None: its own default."""

    steps: int
    warmup: int
    peak: float
    floor: float | None
    at: list[int]

    def snippet(self) -> str:
        rest = "" if self.floor is None else f", {self.floor}"
        return "\n".join(
            [
                "from lesson4_optimizer.schedule import cosine_schedule",
                f"for step in {self.at}:",
                f"    print(cosine_schedule(step, {self.steps}, {self.warmup}, {self.peak}{rest}))",
            ]
        )


@st.composite
def schedules(
    draw: st.DrawFn,
    /,
    where: str,
    warmup: tuple[int, int] = (1, 6),
    fall: tuple[int, int] = (1, 8),
) -> Schedule:
    """Short schedules, asked at every step of the "rise", the "fall", "after" both, or "all"."""
    rising, falling = draw(st.integers(*warmup)), draw(st.integers(*fall))
    steps = rising + falling
    steps += not steps
    spans = {
        "rise": range(rising),
        "fall": range(rising, steps),
        "after": range(steps, steps + 4),
        "all": range(steps + 2),
    }
    peak = draw(st.sampled_from([1.0, 0.1, 3e-4]))
    share = draw(st.sampled_from([0.0, 0.1, 0.5, None]))
    floor = None if share is None else share * peak
    return Schedule(steps, rising, peak, floor, list(spans[where]))
