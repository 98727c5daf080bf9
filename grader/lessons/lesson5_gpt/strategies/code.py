"""Random numbers that a seed decides, and code that makes the same ones."""

from __future__ import annotations

import numpy as np

from grader.derivatives import Array, Named
from grader.lessons.lesson5_gpt.driver import Config

SEEDS = 1000  # the largest: cases are as short as their seeds


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


def configured(c: Config) -> str:
    """Code that makes a GPTConfig."""
    return (
        f"GPTConfig(block_size={c.block_size}, vocab_size={c.vocab_size}, n_layer={c.n_layer}, "
        f"n_head={c.n_head}, n_embd={c.n_embd}, bias={c.bias})"
    )
