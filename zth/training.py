"""The host's side of training: has the worker advance, measures, and keeps the run's folder."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zth import measure
from zth.assembly import Assembly
from zth.host import Limits, Nursery, Session
from zth.records import Recipe, ZthError
from zth.render.curve import curve
from zth.runs import Run
from zth.worker import fit

Array = NDArray[Any]
PATIENCE = 600.0  # seconds that one call may take
LIMITS = Limits(memory=0, cpu=1_000_000, file_size=1 << 30, frame=1 << 30, threads=0)
GLANCE = 256  # windows of the validation split looked at along the way; all at the end


@dataclass(frozen=True)
class Corpus:
    """A text as tokens, one a character, in two splits: the first 90 % train."""

    vocabulary: str
    train: Array
    val: Array

    @classmethod
    def of(cls, text: str, vocabulary: str = "", context: int = 1) -> Corpus:
        """The corpus of a text. Raises ZthError where a split has no room for a window."""
        known = vocabulary or "".join(sorted(set(text)))
        tokens = encode(text, known)
        cut = int(0.9 * len(tokens))
        if min(cut, len(tokens) - cut) <= context:
            raise ZthError(
                f"a corpus of {len(text):,} characters is too short for {context} tokens"
            )
        return cls(known, tokens[:cut], tokens[cut:])


def encode(text: str, vocabulary: str) -> Array:
    """Each character's place in the vocabulary. Raises ZthError for one that is not in it."""
    places = {character: i for i, character in enumerate(vocabulary)}
    strange = sorted(set(text) - set(places))
    if strange:
        raise ZthError(f"the model does not know the character {strange[0]!r}")
    return np.array([places[c] for c in text], dtype=np.int32)


@dataclass
class Progress:
    """What the display is told after each few steps."""

    step: int
    steps: int
    loss: float
    tokens_per_second: float
    seconds_left: float


@dataclass
class Trainer:
    """One run: a recipe, an assembly, a corpus, a folder, and a session that holds the model."""

    recipe: Recipe
    assembly: Assembly
    corpus: Corpus
    run: Run
    session: Session
    seed: int
    steps: int
    device: str = "auto"
    step: int = 0
    stopped: bool = False
    _rates: list[float] = field(default_factory=list)

    def build(self, checkpoint: Mapping[str, Array] | None = None) -> fit.Built:
        """Builds the model in the worker, from the checkpoint where one is given."""
        setup = fit.Setup(
            model=self.assembly.model.component,
            config_class=self.recipe.config_class,
            config={**self.recipe.config, "vocab_size": len(self.corpus.vocabulary)},
            slots=list(self.assembly.slots),
            seed=self.seed,
            device=self.device,
            steps=self.steps,
            batch=self.recipe.batch,
            learning_rate=self.recipe.learning_rate,
            warmup=min(self.recipe.warmup, self.steps // 4),
            weight_decay=self.recipe.weight_decay,
            betas=self.recipe.betas,
            clip=self.recipe.clip,
        )
        built = self.session.call(fit.build, setup, self.corpus.train, limit=PATIENCE)
        if checkpoint is not None:
            self.step = self.session.call(fit.restore, dict(checkpoint), limit=PATIENCE)
        return built

    def train(
        self, told: Callable[[Progress], None], evaluated: Callable[[int, measure.Loss], None]
    ) -> measure.Loss:
        """Advances to the last step, or until Ctrl-C; returns the last validation loss."""
        with _interruptible(self):
            while self.step < self.steps and not self.stopped:
                self._advance(told)
                if self.step % self.recipe.evaluate_every == 0 and self.step < self.steps:
                    evaluated(self.step, self._evaluate(GLANCE))
                    self._keep()
        loss = self._evaluate(GLANCE if self.stopped else None)
        evaluated(self.step, loss)
        self._keep()
        return loss

    def _advance(self, told: Callable[[Progress], None]) -> None:
        """A few steps: up to the next evaluation, and for about half a second."""
        every = self.recipe.evaluate_every
        room = min(self.steps - self.step, every - self.step % every)
        rate = self._rates[-1] if self._rates else 2.0
        count = max(1, min(room, int(rate / 2)))
        done = self.session.call(fit.advance, count, limit=PATIENCE)
        for i, loss in enumerate(done.losses, start=self.step + 1):
            self.run.log({"step": i, "train": loss})
        self.step += count
        self._rates = [*self._rates[-9:], count / max(done.seconds, 1e-9)]
        rate = sum(self._rates) / len(self._rates)
        tokens = rate * self.recipe.batch * int(self.recipe.config["block_size"])
        left = (self.steps - self.step) / rate
        told(Progress(self.step, self.steps, done.losses[-1], tokens, left))

    def _evaluate(self, most: int | None) -> measure.Loss:
        """The loss on the validation split, or on windows spread evenly over it."""
        length = int(self.recipe.config["block_size"])
        inputs, targets = measure.windows(self.corpus.val, length)
        if most is not None and len(inputs) > most:
            chosen = np.linspace(0, len(inputs) - 1, most).astype(int)
            inputs, targets = inputs[chosen], targets[chosen]
        rows = []
        for i in range(0, len(inputs), 64):
            scores = self.session.call(fit.logits, inputs[i : i + 64], limit=PATIENCE)
            rows.append(measure.losses(scores, targets[i : i + 64], len(self.corpus.vocabulary)))
        loss = measure.summary(np.concatenate(rows))
        self.run.log({"step": self.step, "val": loss.mean, "margin": loss.margin})
        return loss

    def _keep(self) -> None:
        """Writes the checkpoint and the curve."""
        self.run.save(self.session.call(fit.state, limit=PATIENCE))
        rows = self.run.metrics()
        train = [(r["step"], r["train"]) for r in rows if "train" in r]
        val = [(r["step"], r["val"]) for r in rows if "val" in r]
        parts = ", ".join(f"{slot} = {tree}" for slot, tree in self.assembly.names.items())
        self.run.write("curve.svg", curve(f"{self.recipe.name}: {parts}", train, val))

    def sample(
        self, prompt: str, count: int, *, temperature: float = 0.8, top_k: int = 0, seed: int = 0
    ) -> str:
        """Text that the model writes after the prompt."""
        given = encode(prompt, self.corpus.vocabulary).tolist()
        ids = self.session.call(fit.sample, given, count, temperature, top_k, seed, limit=PATIENCE)
        return "".join(self.corpus.vocabulary[i] for i in ids)


@contextmanager
def _interruptible(trainer: Trainer) -> Iterator[None]:
    """The first Ctrl-C asks the trainer to stop after the present steps; the second ends it."""

    def stop(signum: int, frame: object) -> None:  # noqa: ARG001
        if trainer.stopped:
            raise KeyboardInterrupt
        trainer.stopped = True

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def start_session(nursery: Nursery, assembly: Assembly) -> Session:
    """A worker with the assembly's parts and the training driver."""
    return nursery.session(driver=Path(fit.__file__), parts=assembly.parts, limits=LIMITS)
