"""The host's side of training: has the worker advance, measures, and keeps the run's folder."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zth import measure, trees
from zth.host import Limits, Nursery, Session
from zth.host.view import visible
from zth.language import tr
from zth.records import Part, Tier, ZthError
from zth.render.curve import curve
from zth.runs import Config, Run
from zth.worker import fit
from zth.worker.loop import Setup

Array = NDArray[Any]
PATIENCE = 600.0  # seconds that one call may take
LIMITS = Limits(memory=0, cpu=1_000_000, file_size=1 << 30, frame=1 << 30, threads=0, gpu=True)
GLANCE = 256  # windows of the validation split looked at along the way; all at the end
SCORES = 4_000_000  # numbers that one answer of the worker may hold


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
                tr(
                    "a corpus of {count:,} characters is too short for {context} tokens",
                    count=len(text),
                    context=context,
                )
            )
        return cls(known, tokens[:cut], tokens[cut:])


def encode(text: str, vocabulary: str) -> Array:
    """Each character's place in the vocabulary. Raises ZthError for one that is not in it."""
    places = {character: i for i, character in enumerate(vocabulary)}
    strange = sorted(set(text) - set(places))
    if strange:
        raise ZthError(
            tr("the model does not know the character {character!r}", character=strange[0])
        )
    return np.array([places[c] for c in text], dtype=np.int32)


class PartFailed(ZthError):
    """What the parts gave cannot be gone on with, as seen from outside."""


@dataclass(frozen=True)
class Progress:
    """What a display is told after a few steps, and with `val` after each evaluation.

    `train` is the mean loss of the last 50 training steps; `seconds` count the steps alone.
    """

    step: int
    train: float
    tokens_per_second: float
    seconds: float
    seconds_left: float
    val: measure.Loss | None = None


Told = Callable[[Progress], None]


@dataclass
class Trainer:
    """One run: its configuration, its corpus, its folder, and the session that holds the model."""

    config: Config
    corpus: Corpus
    run: Run
    session: Session
    device: str = "auto"
    step: int = 0
    seconds: float = 0.0
    stopped: bool = False
    _shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    _recent: list[float] = field(default_factory=list)
    _rate: float = 0.0  # steps a second; 0 before the first

    @property
    def length(self) -> int:
        """Tokens in a row."""
        return int(self.config.recipe.config["block_size"])

    def build(self, checkpoint: Mapping[str, Array] | None = None) -> fit.Built:
        """Builds the model in the worker, from the checkpoint where one is given."""
        order = setup(self.config, self.device)
        built = self.session.call(fit.build, order, self.corpus.train, limit=PATIENCE)
        self._shapes = {f"model.{name}": tuple(shape) for name, shape in built.tensors.items()}
        if checkpoint is not None:
            self.step = self.session.call(fit.restore, dict(checkpoint), limit=PATIENCE)
        return built

    def start(self, told: Told) -> None:
        """Makes the run's folder, with the untrained model as its first checkpoint."""
        first = self._evaluate(GLANCE)
        self.run.create(self.config)
        self._log(first)
        told(self._progress(first))
        self._keep()

    def go_on(self) -> None:
        """Takes the metrics back to where the checkpoint is."""
        self.run.rewind(self.step)
        times = [row["seconds"] for row in self.run.metrics() if "seconds" in row]
        self.seconds = times[-1] if times else 0.0

    def train(self, told: Told) -> measure.Loss:
        """Advances to the last step, or until Ctrl-C; returns the last validation loss."""
        with _interruptible(self):
            while self.step < self.config.steps and not self.stopped:
                self._advance()
                told(self._progress())
                if self._due():
                    self._look(told, GLANCE)
        if self.stopped and self.step < self.config.steps:
            return self._look(told, GLANCE)
        self.stopped = False
        return self._look(told, None)

    def _due(self) -> bool:
        return self.step % self.config.recipe.evaluate_every == 0 and self.step < self.config.steps

    def _look(self, told: Told, most: int | None) -> measure.Loss:
        """Evaluates, logs, tells, and keeps a checkpoint."""
        loss = self._evaluate(most)
        self._log(loss)
        told(self._progress(loss))
        self._keep()
        return loss

    def _advance(self) -> None:
        """A few steps: up to the next evaluation, and for about half a second."""
        every = self.config.recipe.evaluate_every
        room = min(self.config.steps - self.step, every - self.step % every)
        count = max(1, min(room, int(self._rate / 2)))
        start = time.monotonic()
        losses = self.session.call(fit.advance, count, limit=PATIENCE)
        if len(losses) != count:
            raise PartFailed(
                tr("the worker took {took} steps, {due} were due", took=len(losses), due=count)
            )
        spent = time.monotonic() - start
        self.run.log(*({"step": self.step + i, "train": x} for i, x in enumerate(losses, start=1)))
        self.step += count
        self.seconds += spent
        self._recent = [*self._recent, *losses][-50:]
        self._rate = 0.8 * self._rate + 0.2 * count / spent if self._rate else count / spent

    def _progress(self, val: measure.Loss | None = None) -> Progress:
        return Progress(
            step=self.step,
            train=float(np.mean(self._recent)) if self._recent else float("nan"),
            tokens_per_second=self._rate * self.config.recipe.batch * self.length,
            seconds=self.seconds,
            seconds_left=(self.config.steps - self.step) / self._rate if self._rate else 0.0,
            val=val,
        )

    def _score(self, inputs: Array) -> Array:
        return self.session.call(fit.logits, inputs, limit=PATIENCE)

    def _evaluate(self, most: int | None) -> measure.Loss:
        """The loss on the validation split, or on windows spread evenly over it."""
        inputs, targets = measure.windows(self.corpus.val, self.length)
        if most is not None and len(inputs) > most:
            chosen = np.linspace(0, len(inputs) - 1, most).astype(int)
            inputs, targets = inputs[chosen], targets[chosen]
        vocab_size = len(self.corpus.vocabulary)
        size = max(1, min(64, SCORES // (self.length * vocab_size)))
        try:
            rows = [
                measure.losses(self._score(inputs[i : i + size]), targets[i : i + size], vocab_size)
                for i in range(0, len(inputs), size)
            ]
        except measure.Unmeasurable as error:
            raise PartFailed(
                tr(
                    "at step {step:,} there is nothing to measure: {error}",
                    step=self.step,
                    error=error,
                )
            ) from None
        return measure.summary(np.concatenate(rows))

    def leak(self, fresh: Session) -> float:
        """How far scores of the past move, in nats, when other rows and later tokens change.

        `fresh` is a worker that has seen none of this: it gets the checkpoint, and is asked again.
        """
        other = replace(self, session=fresh)
        other.build(self.run.checkpoint())
        inputs, _ = measure.windows(self.corpus.val, self.length)
        vocab_size = len(self.corpus.vocabulary)
        size = max(1, min(64, SCORES // (self.length * vocab_size)))
        worst = 0.0
        for start in range(0, min(len(inputs), measure.POSITIONS), size):
            rows = inputs[start : start + size]
            asked = measure.Questions.about(rows, len(rows), start)
            shape = (*rows.shape, vocab_size)
            first = measure.log_softmax(self._score(rows), shape)
            again = measure.log_softmax(other._score(asked.inputs), shape)
            worst = max(worst, float(asked.moved(first, again).max()))
        return worst

    def _log(self, loss: measure.Loss) -> None:
        seconds = round(self.seconds, 3)
        row = {"step": self.step, "val": loss.mean, "margin": loss.margin, "seconds": seconds}
        self.run.log(row)

    def _keep(self) -> None:
        """Writes the checkpoint and the curve."""
        state = self.session.call(fit.state, limit=PATIENCE)
        model = {name: a.shape for name, a in state.items() if name.startswith("model.")}
        if model != self._shapes or int(state.get("step", -1)) != self.step:
            raise PartFailed(
                tr("at step {step:,} the checkpoint is not one of the model built", step=self.step)
            )
        self.run.save(state)
        rows = self.run.metrics()
        train = [(r["step"], r["train"]) for r in rows if "train" in r]
        val = [(r["step"], r["val"]) for r in rows if "val" in r]
        self.run.write("curve.svg", curve(f"{self.config.recipe.name}: {self.parts}", train, val))

    @property
    def parts(self) -> str:
        """Which tree fills which slot, in words."""
        return ", ".join(f"{slot} = {tree}" for slot, tree in self.config.trees.items())

    def sample(
        self, prompt: str, count: int, *, temperature: float = 0.8, top_k: int = 0, seed: int = 0
    ) -> str:
        """Text that the model writes after the prompt; without one, after the end of a line."""
        known = self.corpus.vocabulary
        given = encode(prompt or ("\n" if "\n" in known else known[0]), known).tolist()
        ids = self.session.call(fit.sample, given, count, temperature, top_k, seed, limit=PATIENCE)
        if not all(0 <= i < len(known) for i in ids):
            raise ZthError(
                tr("the model drew a token that is none of the {count} known", count=len(known))
            )
        return "".join(known[i] for i in ids)


def setup(config: Config, device: str) -> Setup:
    """What the worker is told to build, and how to train it."""
    recipe, asked = config.recipe, config.learning_rate
    places = {component.id for component in recipe.loop}
    own = 0.0 if "optimizer" in config.slots else asked
    usual = config.trees.get("optimizer") == recipe.usual("optimizer")
    return Setup(
        model=config.model.component,
        config_class=recipe.config_class,
        config={**recipe.config, "vocab_size": len(config.vocabulary)},
        slots=[slot for slot in config.slots if slot not in places],
        seed=config.seed,
        device=device,
        steps=config.steps,
        batch=recipe.batch,
        learning_rate=own or recipe.learning_rate,
        warmup=min(recipe.warmup, config.steps // 4),
        weight_decay=recipe.weight_decay,
        betas=recipe.betas,
        clip=recipe.clip,
        rate=asked or (recipe.rate if usual else 0.0),
        floor=recipe.floor,
        mixed_precision=recipe.mixed_precision,
        in_turn=recipe.in_turn,
        loop=[slot for slot in config.slots if slot in places],
    )


@contextmanager
def _interruptible(trainer: Trainer) -> Iterator[None]:
    """The first Ctrl-C asks the trainer to stop after the present steps; the second ends it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(signum: int, frame: object) -> None:  # noqa: ARG001
        if trainer.stopped:
            raise KeyboardInterrupt
        trainer.stopped = True

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def digests(parts: Mapping[str, Part]) -> dict[str, str]:
    """What tells whether a part has changed: a digest of its folder, by slot."""
    return {id: trees.digest(p.root, [str(Path(p.file).parent)]) for id, p in parts.items()}


def start_nursery(config: Config, tier: Tier | str = "auto") -> Nursery:
    """A nursery that expects the run's session."""
    parts = [config.model, *config.slots.values()]
    shown = visible(Path(fit.__file__), parts)
    return Nursery(["torch", "torch._dynamo"], tier, shown, alone=True)


def start_session(nursery: Nursery, config: Config) -> Session:
    """A worker with the run's parts and the training driver."""
    parts = [config.model, *config.slots.values()]
    for part in parts:
        if reason := trees.missing(part):
            raise ZthError(
                tr("{part} is not where it was: {reason}", part=part.component, reason=reason)
            )
    return nursery.session(driver=Path(fit.__file__), parts=parts, limits=LIMITS)
