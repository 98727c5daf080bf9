"""Boards of speeds: the entry's time as a multiple of the reference's, for right answers alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.classroom.boards import driver
from grader.classroom.boards.corpora import prose
from grader.classroom.boards.driver import Sizes
from grader.classroom.boards.lanes import Lane
from grader.classroom.boards.measured import Measured
from grader.classroom.boards.race import Contest, paces, ratio
from grader.derivatives import Named
from grader.kit import close, fail
from grader.lessons.lesson2_tokenizer import REGEX, oracle, scale
from grader.lessons.lesson2_tokenizer import driver as lesson2
from grader.lessons.lesson2_tokenizer.cases import GPT4
from grader.lessons.lesson2_tokenizer.driver import Course
from grader.lessons.lesson3_attention import ATTENTION
from grader.lessons.lesson3_attention.oracle import gpt2
from grader.lessons.lesson5_gpt.driver import Config
from grader.lessons.lesson5_gpt.milestones import LARGER, setup_of
from grader.lessons.lesson5_gpt.strategies.model import gpt_names
from grader.scoring import Budget, Text
from zth import measure
from zth.language import tr
from zth.training import encode
from zth.worker import fit
from zth.worker.loop import Setup

Array = NDArray[Any]

LIMIT = 60.0  # seconds that a call in a turn may take
BLOCKS = 3


def _said(blocks: int, limit: float) -> str:
    return tr(
        "{turns} turns of at most {limit:g} s",
        turns=2 * blocks,
        limit=limit,
    )


def _raced(
    contest: Contest[Any], mine: Lane, theirs: Lane, seed: int, tokens: int, *, rate: bool = False
) -> Measured:
    """The ratio of the times; with `rate`, that of the speeds. `tokens` are of one turn."""
    found = paces(contest, mine, theirs, seed)
    times = ratio(found)
    return Measured(
        value=1 / times if rate else times,
        reference=1.0,
        tokens=2 * len(found) * tokens,
        seconds=sum(pace.mine for pace in found),
    )


# --- byte pair encoding -------------------------------------------------------------------------


@dataclass(frozen=True)
class BpeSpeed:
    """RegexTokenizer learns merges from a text, and encodes and decodes it and another one."""

    size: int = 1 << 17
    merges: int = 1_000
    blocks: int = BLOCKS
    limit: float = LIMIT

    def words(self) -> str:
        return tr(
            "{merges:,} merges of a text of {size:,} characters, which is then encoded and decoded "
            "with another {more:,}; {turns}",
            merges=self.merges,
            size=self.size,
            more=self.size // 4,
            turns=_said(self.blocks, self.limit),
        )

    def run(self, mine: Lane, theirs: Lane, seed: int, reference: float | None) -> Measured:
        del reference  # its time is always taken beside the entry's
        tokens = self.size + self.size // 4
        return _raced(self, mine, theirs, seed, tokens)

    def texts(self, seed: int, round: int) -> tuple[str, str]:
        """A text to learn from, and another one with the same words."""
        draw = np.random.default_rng([seed, 20, round])
        whole = prose(self.size + self.size // 4, draw)
        return whole[: self.size], whole[self.size :]

    def play(self, lane: Lane, seed: int, round: int) -> tuple[lesson2.Played, float]:
        texts = self.texts(seed, round)
        with lane.worker(lesson2, self.limit) as worker:
            worker.load()
            course = Course(texts[0], 256 + self.merges)
            return worker.timed(lesson2.play, course, list(texts), part=REGEX.id), worker.seconds

    def judge(self, seed: int, round: int, mine: lesson2.Played, theirs: lesson2.Played) -> None:
        del theirs
        first, second = self.texts(seed, round)
        if why := oracle.unsound(mine.merges):
            fail(why)
        if len(mine.merges) != self.merges:
            fail(oracle.count_message(len(mine.merges), self.merges))
        _, ids = scale.measured(oracle.split(first, GPT4), mine.merges, at=())
        if mine.ids != [ids, oracle.encode(second, GPT4, mine.merges)]:
            fail(tr("encode(text) does not give the tokens that the merges make of it"))
        if mine.back != [first, second]:
            fail(tr("decode(encode(text)) is not the text"))


# --- attention ----------------------------------------------------------------------------------

# In float32, whose unit roundoff is 6e-8, right ones are off by 2e-6 of the largest number, and
# their gradients by as much; in bfloat16 by 1e-2.
NEAR = 1e-4


SIZES = Sizes(B=4, T=512, C=256, n_head=8)


@dataclass(frozen=True)
class AttentionSpeed:
    """CausalSelfAttention, forward and backward in float32, with weights that are given."""

    sizes: Sizes = SIZES
    blocks: int = BLOCKS
    limit: float = LIMIT

    def words(self) -> str:
        s = self.sizes
        return tr(
            "forward and backward in float32, {B} rows of {T} positions with {C} channels and "
            "{heads} heads; {turns}",
            B=s.B,
            T=s.T,
            C=s.C,
            heads=s.n_head,
            turns=_said(self.blocks, self.limit),
        )

    def run(self, mine: Lane, theirs: Lane, seed: int, reference: float | None) -> Measured:
        del reference
        return _raced(self, mine, theirs, seed, self.sizes.B * self.sizes.T)

    def inputs(self, seed: int, round: int) -> tuple[Named, Array, Array]:
        """Weights, x and the gradient of the loss with respect to y."""
        s, draw = self.sizes, np.random.default_rng([seed, 21, round])
        weights = {
            "c_attn.weight": draw.normal(size=(3 * s.C, s.C)) * s.C**-0.5,
            "c_proj.weight": draw.normal(size=(s.C, s.C)) * s.C**-0.5,
        }
        x, up = draw.normal(size=(2, s.B, s.T, s.C)).astype(np.float32)
        return {name: a.astype(np.float32) for name, a in weights.items()}, x, up

    def play(self, lane: Lane, seed: int, round: int) -> tuple[driver.Played, float]:
        weights, x, up = self.inputs(seed, round)
        with lane.worker(driver, self.limit) as worker:
            worker.load()
            got = worker.timed(driver.attend, self.sizes, weights, x, up, part=ATTENTION.id)
            return got, worker.seconds

    def judge(self, seed: int, round: int, mine: driver.Played, theirs: driver.Played) -> None:
        """The output by the lesson's oracle; the gradients by those of the reference."""
        weights, x, _ = self.inputs(seed, round)
        named = {name: a.astype(np.float64) for name, a in {"x": x, **weights}.items()}
        _near(mine.y, gpt2(named, self.sizes.n_head), "y")
        for name, right in theirs.grads.items():
            if name not in mine.grads:
                fail(tr("there is no gradient of {name}", name=name))
            _near(mine.grads[name], right, f"{name}.grad")


def _near(actual: Array, right: Array, what: str) -> None:
    close(actual, right, rtol=NEAR, atol=NEAR * float(np.abs(right).max()), what=what)


# --- training -----------------------------------------------------------------------------------

# Right models that start from the same weights and see the same batches stay together but for
# rounding (0.00001) and the form of GELU, or bfloat16 (0.001). With the gradient of 7 rows out of
# 8 they are 0.04 apart.
APART = 5e-3  # nats, the mean over all log-probabilities
ASKED = 64  # windows
RATE = 1e-3
SIZED = ("block_size", "vocab_size", "n_layer", "n_head", "n_embd")
STEPS = Budget(steps=10, batch=16, T=64, seconds=LIMIT)


@dataclass(frozen=True)
class TrainingSpeed:
    """GPT, trained from given weights for some steps, and then asked what it has learned."""

    budget: Budget = STEPS
    blocks: int = BLOCKS

    def words(self) -> str:
        return tr(
            "{steps} steps of {batch} windows of {length} tokens; {turns}",
            steps=self.budget.steps,
            batch=self.budget.batch,
            length=self.budget.T,
            turns=_said(self.blocks, self.budget.seconds),
        )

    def run(self, mine: Lane, theirs: Lane, seed: int, reference: float | None) -> Measured:
        del reference
        return _raced(self, mine, theirs, seed, self.budget.tokens, rate=True)

    def play(self, lane: Lane, seed: int, round: int) -> tuple[Array, float]:
        """What a model gives, once it is trained, for windows that it has not seen.

        To ask for it counts, too: what was put off in training must be done by then.
        """
        budget, draw = self.budget, np.random.default_rng([seed, 23, round])
        text = prose(1 << 16, draw)
        vocabulary = "".join(sorted(set(text)))
        source = Text(encode(text, vocabulary))
        windows = source.windows(budget.steps * budget.batch, budget.T + 1, draw)
        setup = setup_of(len(vocabulary), budget, seed, LARGER)
        setup = replace(setup, learning_rate=RATE)
        with lane.worker(fit, self.budget.seconds) as worker:
            worker.ask(fit.build, setup, np.zeros(0, np.int32))
            worker.ask(fit.restore, worker.ask(fit.state) | _weights(setup, draw))
            worker.timed(fit.learn, windows.reshape(budget.steps, budget.batch, budget.T + 1))
            scores = worker.timed(fit.logits, source.windows(ASKED, budget.T, draw))
        try:
            shape = (ASKED, budget.T, len(vocabulary))
            return measure.log_softmax(scores, shape), worker.seconds
        except measure.Unmeasurable as error:
            fail(str(error))

    def judge(self, seed: int, round: int, mine: Array, theirs: Array) -> None:
        del seed, round
        apart = float(np.abs(mine - theirs).mean())
        if not apart <= APART:
            fail(
                tr(
                    "after {steps} steps from the same weights and on the same batches, the model "
                    "is {apart:.2g} nats away from what training makes of it; {most:g} are allowed",
                    steps=self.budget.steps,
                    apart=apart,
                    most=APART,
                )
            )


def _weights(setup: Setup, draw: np.random.Generator) -> Named:
    """GPT-2's start for this model, as a state of `zth.worker.fit`; both names of what is tied."""
    given = {name: int(number) for name, number in setup.config.items() if name in SIZED}
    config = Config(**given, bias=bool(setup.config["bias"]))
    named: Named = {}
    for name, shape in gpt_names(config).items():
        depth = (2 * config.n_layer) ** 0.5 if name.endswith("c_proj.weight") else 1.0
        drawn = draw.normal(size=shape) * 0.02 / depth if len(shape) > 1 else np.ones(shape)
        named[f"model.{name}"] = drawn.astype(np.float32)
    return {**named, "model.lm_head.weight": named["model.transformer.wte.weight"]}
