"""Boards of losses: how near a model comes to what is possible, and how well it learns a text."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.classroom.boards import corpora
from grader.classroom.boards.lanes import Lane, ours
from grader.classroom.boards.measured import Measured
from grader.classroom.boards.training import GLANCE, Scored, mean_nats, scored
from grader.kit import NotMeasured, Remote, fail
from grader.lessons.lesson5_gpt.milestones import CLASSIC, FLOOR_BUDGET, LARGER, setup_of
from grader.scoring import SLACK, TREE, Budget, chosen, excess
from grader.sources import Copy, Markov, Source
from zth.language import tr
from zth.worker import fit
from zth.worker.loop import Setup

Array = NDArray[Any]
Curve = tuple[tuple[int, float], ...]


def _words(budget: Budget, trainings: int = 1) -> str:
    """A budget, as a student reads it."""
    return tr(
        "{steps:,} steps of {batch} windows of {length} tokens: {tokens:,} tokens, within "
        "{seconds:,g} s",
        steps=budget.steps,
        batch=budget.batch,
        length=budget.T,
        tokens=trainings * budget.tokens,
        seconds=trainings * SLACK * budget.seconds,
    )


# --- sources whose entropy is known -------------------------------------------------------------


@dataclass(frozen=True)
class Floor:
    """The mean excess, in nats per token, over two sources that are known exactly."""

    budget: Budget = FLOOR_BUDGET

    def words(self) -> str:
        budget = _words(self.budget, trainings=2)
        return tr("two trainings, {budget}", budget=budget)

    def run(self, mine: Lane, theirs: Lane, seed: int, reference: float | None) -> Measured:
        if reference is None:
            with ours():
                reference = self._reached(theirs, seed).value
        return replace(self._reached(mine, seed), reference=reference)

    def _reached(self, lane: Lane, seed: int) -> Measured:
        sources: list[Source] = [Markov(8, seed), Copy(16)]
        with lane.remote() as remote:
            each = [self._near(remote, source, seed) for source in sources]
        return Measured(
            value=float(np.mean([found.value for found in each])),
            tokens=sum(found.tokens for found in each),
            seconds=sum(found.seconds for found in each),
            curve=_mean([found.curve for found in each]),
        )

    def _near(self, remote: Remote, source: Source, seed: int) -> Measured:
        budget = self.budget
        setup = setup_of(source.vocab_size, budget, seed)
        held_out = source.windows(512, budget.T + 1, np.random.default_rng([seed, 3]))
        glanced = source.windows(GLANCE, budget.T + 1, np.random.default_rng([seed, 4]))
        found = scored(remote, setup, source, budget, seed, held_out[:, :-1], glanced[:, :-1])
        value = excess(chosen(found.log_p, held_out[:, 1:]), source.nats(held_out)).mean
        known = source.nats(glanced)
        along = [(step, _above(log_p, glanced, known)) for step, log_p in found.along]
        return Measured(
            value=value,
            tokens=found.step * budget.batch * budget.T,
            seconds=found.seconds,
            curve=_ending(along, found, value),
        )


def _above(log_p: Array, windows: Array, known: Array) -> float:
    """How far above the source the mean loss on some windows is."""
    return float(np.nanmean(chosen(log_p, windows[:, 1:]) - known))


def _mean(curves: list[Curve]) -> Curve:
    """The mean of curves, at the steps that all of them have."""
    steps = set.intersection(*(set(dict(curve)) for curve in curves))
    return tuple(
        (step, math.fsum(dict(c)[step] for c in curves) / len(curves)) for step in sorted(steps)
    )


def _ending(along: list[tuple[int, float]], found: Scored, value: float) -> Curve:
    """A curve whose last point is what was measured on all held-out windows."""
    return (*((step, nats) for step, nats in along if step < found.step), (found.step, value))


# --- a public text ------------------------------------------------------------------------------


@dataclass(frozen=True)
class PublicText:
    """The loss on the parts of a text that are held out, in nats per token.

    A tree could carry the text: it may hold TREE bytes, which makes it hard, not impossible.
    """

    size: Mapping[str, int | float | bool]
    budget: Budget
    device: str = "cpu"
    learning_rate: float = 4e-3
    warmup: int = 100
    text: Callable[[], str] = corpora.shakespeare

    def words(self) -> str:
        return _words(self.budget)

    def run(self, mine: Lane, theirs: Lane, seed: int, reference: float | None) -> Measured:
        split = corpora.Split(self.text(), seed)
        with mine.remote() as remote:
            _small_enough(remote)
        with theirs.remote() as remote, remote.fit(gpu=self.device != "cpu") as session, ours():
            if self.device not in session.call(fit.devices, limit=60):
                raise NotMeasured(tr("it needs a CUDA GPU, and PyTorch sees none here"))
        if reference is None:
            with ours():
                reference = self._reached(theirs, split, seed).value
        return replace(self._reached(mine, split, seed), reference=reference)

    def _reached(self, lane: Lane, split: corpora.Split, seed: int) -> Measured:
        budget = self.budget
        inputs, targets = split.held_out(budget.T)
        glance = np.random.default_rng([seed, 4]).permutation(len(inputs))[:GLANCE]
        with lane.remote() as remote:
            found = scored(
                remote, self._setup(split, seed), split.train, budget, seed, inputs, inputs[glance]
            )
        value = mean_nats(found.log_p, targets)
        along = [(step, mean_nats(log_p, targets[glance])) for step, log_p in found.along]
        return Measured(
            value=value,
            tokens=found.step * budget.batch * budget.T,
            seconds=found.seconds,
            curve=_ending(along, found, value),
        )

    def _setup(self, split: corpora.Split, seed: int) -> Setup:
        return replace(
            setup_of(len(split.vocabulary), self.budget, seed, self.size),
            device=self.device,
            learning_rate=self.learning_rate,
            warmup=min(self.warmup, self.budget.steps // 4),
        )


def _small_enough(remote: Remote) -> None:
    if (size := remote.size()) > TREE:
        fail(
            tr(
                "the lesson's folder holds {size:,} bytes; where a public text is the measure "
                "it may hold {most:,}, so that it cannot carry the text: move data elsewhere",
                size=size,
                most=TREE,
            )
        )


ON_CPU = PublicText(LARGER, Budget(steps=1500, batch=16, T=64, seconds=150))
ON_GPU = PublicText(
    CLASSIC, Budget(steps=2000, batch=64, T=256, seconds=600), device="cuda", learning_rate=1e-3
)
