"""Random numbers that a seed decides, and code that makes the same ones: for cases and snippets."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from grader.derivatives import Array, Named

SEEDS = 1000  # the largest: cases are as short as their seeds
SEED = st.integers(0, SEEDS)


def normal(*seed: int) -> np.random.Generator:
    """A generator of random numbers that these integers decide."""
    return np.random.default_rng([*seed])


def weights(names: dict[str, tuple[int, ...]], seed: int) -> Named:
    """Normal numbers with two decimals; gains near 1."""
    found = {}
    for i, (name, shape) in enumerate(sorted(names.items())):
        gain = len(shape) == 1 and name.endswith("weight")
        found[name] = (normal(seed, i).normal(size=shape) + gain).round(2)
    return found


def filled(module: str, seed: int, *, tied: bool = False) -> list[str]:
    """Code that gives a module the numbers that `weights` makes for its parameters.

    `tied`: it has a head, whose matrix is wte.
    """
    return [
        f"named = dict({module}.named_parameters(remove_duplicate=False))",
        *(["del named['lm_head.weight']  # it is wte"] if tied else []),
        "for i, (name, p) in enumerate(sorted(named.items())):",
        f"    numbers = np.random.default_rng([{seed}, i]).normal(size=p.shape)",
        "    gain = p.dim() == 1 and name.endswith('weight')",
        "    p.data.copy_(torch.from_numpy((numbers + gain).round(2)))",
    ]


def tensor(a: Array, dtype: str = "float64") -> str:
    """Code that makes a tensor of these numbers; of integers without a dtype."""
    numbers = np.asarray(a)
    return f"torch.tensor({numbers.tolist()}" + (
        ")" if numbers.dtype.kind == "i" else f", dtype=torch.{dtype})"
    )


def played(module: str, x: Array, up: Array | None) -> list[str]:
    """Code that prints what a module makes of x and, given what flows back, the gradients."""
    if up is None:
        return [f"x = {tensor(x)}", f"print({module}(x))"]
    return [
        f"x = {tensor(x)}.requires_grad_()",
        f"y = {module}(x)",
        f"(y * {tensor(up)}).sum().backward()",
        f"print(y, x.grad, *((n, p.grad) for n, p in {module}.named_parameters()), sep='\\n')",
    ]


def answered(targets: Array, shown: str) -> list[str]:
    """Code that prints what a language model, `model`, answers to `idx`.

    `shown` says what: its "logits", with the "loss" for these targets, or the loss's "gradients".
    """
    if shown == "logits":
        return ["print(model(idx)[0])"]
    answer = f"logits, loss = model(idx, {tensor(targets)})"
    if shown == "loss":
        return [answer, "print(logits, loss)"]
    named = "((n, p.grad) for n, p in model.named_parameters())"
    return [answer, "loss.backward()", f"print(loss, *{named}, sep='\\n')"]
