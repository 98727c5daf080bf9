"""Trials: short training runs of a run's model, with its own parts or the reference's in it.

Each is played in a worker of its own, as `zth train` does it, on the CPU and in one thread, so that
two that differ in nothing end with the same numbers. The loss is measured from outside, at the last
position of each window alone: a model that looks ahead finds nothing there to look at.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
import numpy as np

from zth import measure
from zth.blame import Parts, Trial
from zth.host import CallFailed, Limits, Nursery, Raised, Session, TimedOut
from zth.host.view import visible
from zth.language import tr
from zth.records import Part, Recipe, Tier
from zth.runs import Config
from zth.training import Array, Corpus, digests, setup
from zth.worker import fit

WINDOWS, GLANCE = 512, 128  # of the validation split, spread evenly: at the end, and before it
LOOKS = 5  # losses along the way, the last at the end
PATIENCE = 60.0  # seconds that one call may take; the reference takes about one
LIMITS = Limits(memory=0, cpu=1_000_000, frame=1 << 30, gpu=True)

Key = tuple[str, int]
Keep = Callable[[Key, Trial], None]


class Notebook:
    """The trials that are known, in a file of lines; safe to add to from several threads."""

    def __init__(self, file: Path) -> None:
        self._file, self._lock = file, threading.Lock()

    def read(self) -> dict[Key, Trial]:
        """The trials so far; a line that was cut off, or is of another version, is left out."""
        found = {}
        lines = self._file.read_bytes().splitlines() if self._file.is_file() else []
        for line in lines:
            with contextlib.suppress(msgspec.MsgspecError):
                key, seed, trial = msgspec.json.decode(line, type=tuple[str, int, Trial])
                found[key, seed] = trial
        return found

    def add(self, key: Key, trial: Trial) -> None:
        with self._lock, self._file.open("ab") as file:
            file.write(msgspec.json.encode((*key, trial)) + b"\n")


def short(recipe: Recipe) -> Recipe:
    """The recipe with the model in the size of its short runs."""
    return replace(recipe, config={**recipe.config, **recipe.short})


@dataclass
class Trials:
    """Plays trials of a run, some side by side, and remembers each.

    `config` is that of the run, with the steps of a trial; `reference` are the parts that may take
    the places of its own, by slot. `kept` are trials of earlier, by `key` and seed; each new one is
    told to `keep`, from another thread.
    """

    config: Config
    reference: Mapping[str, Part]
    corpus: Corpus
    seeds: Sequence[int]
    tier: Tier | str = "auto"
    lanes: int = 0  # trials at a time; 0: one a processor
    kept: dict[Key, Trial] = field(default_factory=dict)
    keep: Keep = lambda _key, _trial: None

    @property
    def suspects(self) -> list[str]:
        """The slots whose parts may be swapped."""
        return list(self.reference)

    def __enter__(self) -> Self:
        shown = visible(Path(fit.__file__), [*self._parts(self.config), *self.reference.values()])
        self._stack = ExitStack()
        self._idle: queue.SimpleQueue[Nursery] = queue.SimpleQueue()
        lanes = min(self.lanes or _processors(), len(self.seeds))
        for _ in range(lanes):
            nursery = Nursery(["torch", "torch._dynamo"], self.tier, shown)
            self._idle.put(self._stack.enter_context(nursery))
        self._threads = ThreadPoolExecutor(lanes)
        self._open = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._open = False  # what ends now, ends because of us
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._stack.close()

    def play(self, own: Parts, count: int) -> list[Trial]:
        """Trials of the first `count` seeds, of the model in which the parts `own` are the run's.

        After a seed with which the model fails, no further one is played.
        """
        configs = [self.model(own, seed) for seed in self.seeds[:count]]
        first = self._played(configs[0])
        if first.failure:
            return [first]
        found = [first, *self._threads.map(self._played, configs[1:])]
        failed = next((i for i, trial in enumerate(found) if trial.failure), len(found))
        return found[: failed + 1]

    def model(self, own: Parts, seed: int) -> Config:
        """The configuration of a trial: what of the run's is not in `own`, is the reference's."""
        mine = {self.config.model.component: self.config.model, **self.config.slots}
        parts = {id: p if id in own else self.reference.get(id, p) for id, p in mine.items()}
        theirs, usual = self.reference.keys() - own, self.config.recipe.usual
        return replace(
            self.config,
            seed=seed,
            trees={id: usual(id) if id in theirs else x for id, x in self.config.trees.items()},
            model=parts.pop(self.config.model.component),
            slots=parts,
            # a rate that was asked for goes with the optimizer that it was asked for
            learning_rate=0.0 if "optimizer" in theirs else self.config.learning_rate,
        )

    def _played(self, config: Config) -> Trial:
        key = (digest(config), config.seed)
        if key not in self.kept:
            nursery = self._idle.get()
            try:
                trial = self._trial(nursery, config)
            finally:
                self._idle.put(nursery)
            if not self._open:
                return trial
            self.kept[key] = trial
            self.keep(key, trial)
        return self.kept[key]

    def _trial(self, nursery: Nursery, config: Config) -> Trial:
        curve: list[tuple[int, float]] = []
        parts = self._parts(config)
        with nursery.session(driver=Path(fit.__file__), parts=parts, limits=LIMITS) as session:
            try:
                order = setup(config, "cpu")
                session.call(fit.build, order, self.corpus.train, limit=PATIENCE)
                for stop in _stops(config.steps):
                    _advance(session, curve[-1][0] if curve else 0, stop)
                    most = WINDOWS if stop == config.steps else GLANCE
                    curve.append((stop, self._loss(session, order.T, most)))
            except CallFailed as error:
                return Trial(tuple(curve), _why(error), _frames(error))
            except measure.Unmeasurable as error:
                return Trial(tuple(curve), str(error))
        return Trial(tuple(curve))

    def _loss(self, session: Session, length: int, most: int) -> float:
        """The mean of −log p of the token that follows each of so many windows, in nats."""
        inputs, targets = measure.windows(self.corpus.val, length)
        chosen = np.linspace(0, len(inputs) - 1, min(most, len(inputs))).astype(int)
        found = [
            self._last(session, inputs[some], targets[some])
            for some in np.array_split(chosen, max(1, len(chosen) // 128))
        ]
        return float(np.concatenate(found).mean())

    def _last(self, session: Session, inputs: Array, targets: Array) -> Array:
        size = len(self.corpus.vocabulary)
        scores = session.call(fit.logits, inputs, limit=PATIENCE)
        if scores.shape != (*targets.shape, size):
            return measure.losses(scores, targets, size)  # says what is wrong
        return measure.losses(scores[:, -1:], targets[:, -1:], size)

    @staticmethod
    def _parts(config: Config) -> list[Part]:
        return [config.model, *config.slots.values()]


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):  # Linux: those that this process may use
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _stops(steps: int) -> list[int]:
    """The steps at which a trial is looked at."""
    return sorted({max(1, round(steps * i / LOOKS)) for i in range(1, LOOKS + 1)})


def _advance(session: Session, start: int, stop: int) -> None:
    """Takes the steps in calls so small that only what hangs outlives one."""
    while start < stop:
        count = min(10, stop - start)
        session.call(fit.advance, count, limit=PATIENCE)
        start += count


def _why(error: CallFailed) -> str:
    if isinstance(error, TimedOut):
        return tr("a few steps took over {limit:g} s, or hang", limit=PATIENCE)
    if isinstance(error, Raised) and error.bad_answer:
        return error.text
    return str(error)


def _frames(error: CallFailed) -> tuple[str, ...]:
    found = error.frames if isinstance(error, Raised) else ()
    return tuple(f"{frame.file}:{frame.line}" for frame in found)


def digest(config: Config) -> str:
    """What tells one trial from another, but for its seed: sizes, steps, and the code of parts.

    Where the code lies does not count.
    """
    parts = {config.model.component: config.model, **config.slots}
    code = digests(parts)
    what = (
        config.recipe,
        config.steps,
        config.learning_rate,
        hashlib.sha256(config.vocabulary.encode()).hexdigest(),
        config.versions,
        {slot: (part.file, part.name, code[slot]) for slot, part in sorted(parts.items())},
    )
    return hashlib.sha256(msgspec.json.encode(what)).hexdigest()[:16]
