"""The right steps, in NumPy float64, from the papers' formulas.

Momentum and Adam are written as sums over a parameter's own gradients, weighted by their age: a sum
Σ βᵃᵍᵉ g is momentum, and divided by Σ βᵃᵍᵉ it is the mean that Adam's bias correction gives.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.lessons.lesson4_optimizer.driver import Episode

Array = NDArray[Any]
Values = Mapping[str, Any]

DEFAULTS: dict[str, dict[str, Any]] = {
    "base": {"lr": 0.1},
    "sgd": {"lr": 1e-3, "momentum": 0.0, "weight_decay": 0.0, "nesterov": False},
    "optimizer": {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 1e-2},
    "muon": {"lr": 1e-3, "weight_decay": 0.1, "momentum": 0.95, "nesterov": True},
}
QUINTIC = (3.4445, -4.7750, 2.0315)


@dataclass
class Aged:
    """Σ βᵃᵍᵉ x over all x so far, the newest of age 0, and the sum of the weights."""

    total: Any = 0.0
    weight: float = 0.0

    def add(self, x: Array, beta: float) -> Aged:
        self.total = beta * self.total + x
        self.weight = beta * self.weight + 1.0
        return self

    @property
    def mean(self) -> Array:
        found: Array = self.total / self.weight
        return found


@dataclass
class Memory:
    """What is remembered of one parameter: its gradients, its squared gradients, its steps."""

    first: Aged = field(default_factory=Aged)
    second: Aged = field(default_factory=Aged)
    steps: int = 0


def counting(p: Array, g: Array, s: Values, memory: Memory) -> Array:
    """The driver's own subclass of the base class: a parameter's k-th step is k times as long."""
    memory.steps += 1
    return np.asarray(p - s["lr"] * memory.steps * g)


def sgd(p: Array, g: Array, s: Values, memory: Memory) -> Array:
    """Sutskever et al. 2013, in the form where the learning rate stays outside the momentum."""
    g = g + s["weight_decay"] * p
    b = memory.first.add(g, s["momentum"]).total
    return np.asarray(p - s["lr"] * (g + s["momentum"] * b if s["nesterov"] else b))


def adamw(p: Array, g: Array, s: Values, memory: Memory) -> Array:
    """Loshchilov and Hutter 2019, algorithm 2, with the decay multiplied by the learning rate."""
    beta1, beta2 = s["betas"]
    m_hat = memory.first.add(g, beta1).mean
    v_hat = memory.second.add(g**2, beta2).mean
    return np.asarray(p - s["lr"] * (m_hat / (np.sqrt(v_hat) + s["eps"]) + s["weight_decay"] * p))


def muon_momentum(g: Array, s: Values, memory: Memory) -> Array:
    """What Muon orthogonalizes, up to a positive factor, which plays no part."""
    total = memory.first.add(g, s["momentum"]).total
    found: Array = g + s["momentum"] * total if s["nesterov"] else total
    return found


def muon(p: Array, g: Array, s: Values, memory: Memory) -> Array:
    """Muon, with the quintic applied to the singular values themselves."""
    u = muon_momentum(g, s, memory)
    return np.asarray((1 - s["lr"] * s["weight_decay"]) * p - s["lr"] * scale(p) * quintic(u))


def scale(p: Array) -> float:
    """The factor of Muon's learning rate for a matrix of this shape."""
    return math.sqrt(max(1.0, p.shape[0] / p.shape[1]))


def quintic(matrix: Array, steps: int = 5) -> Array:
    """U f(S) Vᵀ: what Newton–Schulz computes, by a singular value decomposition."""
    U, S, Vt = np.linalg.svd(matrix, full_matrices=False)
    a, b, c = QUINTIC
    x = S / max(float(np.sqrt((S**2).sum())), 1e-300)
    for _ in range(steps):
        x = a * x + b * x**3 + c * x**5
    found: Array = (U * x) @ Vt
    return found


Rule = Callable[[Array, Array, Values, Memory], Array]
RULES: dict[str, Rule] = {"base": counting, "sgd": sgd, "optimizer": adamw, "muon": muon}


def settings(episode: Episode) -> list[list[dict[str, Any]]]:
    """By step and group, the settings that are in force."""
    known = [DEFAULTS[episode.kind] | episode.settings | group.settings for group in episode.groups]
    found = []
    for step in episode.steps:
        known = [s | step.changed.get(str(i), {}) for i, s in enumerate(known)]
        found.append(known)
    return found


def play(episode: Episode, rule: Rule | None = None) -> list[list[Array]]:
    """The parameters after each step."""
    rule = rule or RULES[episode.kind]
    params = [a.astype(np.float64) for a in episode.params]
    memories = [Memory() for _ in params]
    after = []
    for step, known in zip(episode.steps, settings(episode), strict=True):
        for group, s in zip(episode.groups, known, strict=True):
            for i in group.params:
                g = step.grads[i]
                if g is not None:
                    params[i] = rule(params[i], g.astype(np.float64), s, memories[i])
        after.append(list(params))
    return after


def closed(episode: Episode, targets: list[Array]) -> tuple[list[float], list[list[Array]]]:
    """The losses before each step and the parameters after it, for the loss of `driver.closed`."""
    rule, params = RULES[episode.kind], list(episode.params)
    memories, losses, after = [Memory() for _ in params], [], []
    for known in settings(episode):
        used = [
            (p - a, p if i == len(params) - 1 else 0 * p)
            for i, (p, a) in enumerate(zip(params, targets, strict=True))
        ]
        losses.append(sum(float((d**2).sum() + (e**2).sum()) for d, e in used))
        for group, s in zip(episode.groups, known, strict=True):
            for i in group.params:
                params[i] = rule(params[i], 2 * used[i][0] + 2 * used[i][1], s, memories[i])
        after.append(list(params))
    return losses, after


def total_norm(grads: list[Array | None]) -> float:
    """The root of the sum of all squares."""
    return math.sqrt(math.fsum(float(x) ** 2 for g in grads if g is not None for x in g.flat))


def cosine(step: int, steps: int, warmup: int, peak: float, floor: float) -> float:
    """The schedule. The cosine by sin² of half the angle, counted from the end."""
    if step < warmup:
        return peak * (step + 1) / warmup
    if step >= steps:
        return floor
    left = (steps - step) / (steps - warmup)
    return floor + (peak - floor) * math.sin(math.pi / 2 * left) ** 2
