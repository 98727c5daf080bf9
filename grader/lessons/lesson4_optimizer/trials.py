"""The two problems of the milestones, and how the oracle's optimizers do on them (NumPy)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.lessons.lesson4_optimizer import oracle
from grader.lessons.lesson4_optimizer.driver import Trial
from grader.sources import Markov

Array = NDArray[Any]


class Reference:
    """The oracle's optimizer, on its way through a trial."""

    def __init__(self, trial: Trial, params: list[Array]) -> None:
        self.rule, self.params = oracle.RULES[trial.kind], params
        self.settings = oracle.DEFAULTS[trial.kind] | trial.settings
        self.memories = [oracle.Memory() for _ in params]

    def step(self, grads: list[Array], rate: float) -> None:
        known = self.settings | {"lr": rate}
        rows = zip(self.params, grads, self.memories, strict=True)
        self.params = [self.rule(p, g, known, memory) for p, g, memory in rows]


@dataclass(frozen=True)
class Valley:
    """½ tr((W − target) H (W − target)ᵀ): H has curvatures from 1 down to 1 / condition.

    The start is 0, and every direction has the same share of the loss there: who only gets down the
    steep ones does not get far.
    """

    seed: int = 0
    rows: int = 4
    columns: int = 10
    condition: float = 1e3

    @cached_property
    def basis(self) -> Array:
        draw = np.random.default_rng([self.seed, 5])
        return np.linalg.qr(draw.normal(size=(self.columns, self.columns)))[0]

    @cached_property
    def curvatures(self) -> Array:
        return np.geomspace(1.0, 1.0 / self.condition, self.columns)

    @property
    def start(self) -> Array:
        return np.zeros((self.rows, self.columns))

    @cached_property
    def target(self) -> Array:
        draw = np.random.default_rng([self.seed, 6])
        shares = draw.normal(size=self.start.shape) / np.sqrt(self.curvatures)
        return np.asarray(shares @ self.basis.T)

    @cached_property
    def curvature(self) -> Array:
        return np.asarray((self.basis * self.curvatures) @ self.basis.T)

    def share(self, W: Array) -> Array:
        """The loss at W (…, rows, columns), as a share of that at the start."""
        away = (W - self.target) @ self.basis
        first = self.target @ self.basis
        loss = (away**2 * self.curvatures).sum(axis=(-2, -1))
        return np.asarray(loss / (first**2 * self.curvatures).sum())

    def reference(self, trial: Trial) -> Array:
        """The shares of the loss after each of the oracle's steps."""
        run, shares = Reference(trial, [self.start]), []
        for rate in trial.rates:
            run.step([(run.params[0] - self.target) @ self.curvature], rate)
            shares.append(self.share(run.params[0]))
        return np.array(shares)


@dataclass(frozen=True)
class Language:
    """A small language model on a source whose entropy is known: two tokens predict a third.

    logits = tanh((E[a], E[b]) · H) · head, for E (V, d), H (2d, h) and the head (h, V).
    """

    seed: int
    vocab_size: int = 8
    d: int = 8
    h: int = 32
    batch: int = 64

    @cached_property
    def source(self) -> Markov:
        return Markov(self.vocab_size, self.seed)

    @cached_property
    def weights(self) -> list[Array]:
        draw = np.random.default_rng([self.seed, 7])
        shapes = ((self.vocab_size, self.d), (2 * self.d, self.h), (self.h, self.vocab_size))
        return [draw.normal(size=s) * size for s, size in zip(shapes, (1.0, 0.2, 0.1), strict=True)]

    def batches(self, trial: Trial) -> Array:
        """Windows of three tokens for each step, (steps, batch, 3)."""
        draw, count = np.random.default_rng([self.seed, 8]), len(trial.rates)
        return self.source.windows(count * self.batch, 3, draw).reshape(count, self.batch, 3)

    @cached_property
    def held_out(self) -> Array:
        return self.source.windows(4000, 3, np.random.default_rng([self.seed, 9]))

    def forward(self, weights: list[Array], x: Array) -> tuple[Array, Array, Array]:
        """Inputs (B, 2d), hidden (B, h) and log-probabilities (B, V) for windows x (B, 3)."""
        E, H, head = weights
        given = E[x[:, :2]].reshape(len(x), -1)
        hidden = np.tanh(given @ H)
        logits = hidden @ head
        logits = logits - logits.max(axis=-1, keepdims=True)
        return given, hidden, logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))

    def gradients(self, weights: list[Array], x: Array) -> list[Array]:
        """Of the mean loss, by hand."""
        E, H, head = weights
        given, hidden, log_p = self.forward(weights, x)
        up = np.exp(log_p)
        up[np.arange(len(x)), x[:, 2]] -= 1.0
        up /= len(x)
        down = (up @ head.T) * (1 - hidden**2)
        inputs = (down @ H.T).reshape(len(x), 2, -1)
        rows = np.zeros_like(E)
        np.add.at(rows, x[:, :2], inputs)
        return [rows, given.T @ down, hidden.T @ up]

    def excess(self, weights: list[Array]) -> float:
        """How far the mean loss on held-out windows is above the source's own, in nats."""
        x = self.held_out
        log_p = self.forward(weights, x)[2]
        loss = -log_p[np.arange(len(x)), x[:, 2]]
        return float((loss - self.source.nats(x)[:, 1]).mean())

    def reference(self, trial: Trial, every: int) -> list[float]:
        """The oracle's excess, every so many steps."""
        run, excesses = Reference(trial, self.weights), []
        for t, (rate, x) in enumerate(zip(trial.rates, self.batches(trial), strict=True), start=1):
            run.step(self.gradients(run.params, x), rate)
            if t % every == 0:
                excesses.append(self.excess(run.params))
        return excesses
