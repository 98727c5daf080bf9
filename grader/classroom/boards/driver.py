"""Runs beside a learner's attention on the boards: forward and backward in float32, blocks.

Builds everything afresh in each call, and returns all that was asked for, so that it can be
compared: what is fast or small must be right.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zth.worker.answers import BadAnswer
from zth.worker.tensors import array, tensor

Array = NDArray[Any]

M_MMAP_THRESHOLD = -3  # of glibc's malloc.h


@dataclass(frozen=True)
class Sizes:
    """B rows of T positions with C numbers each, for so many heads."""

    B: int
    T: int
    C: int
    n_head: int


@dataclass(frozen=True)
class Played:
    """An output and, by name, the gradients of sum(output · upstream)."""

    y: Array
    grads: dict[str, Array]


def attend(cls: Any, sizes: Sizes, weights: dict[str, Array], x: Array, up: Array) -> Played:
    """CausalSelfAttention with these weights, forward and backward, all of it in float32."""
    made = cls(
        SimpleNamespace(
            n_embd=sizes.C, n_head=sizes.n_head, block_size=sizes.T, bias=False, dropout=0.0
        )
    )
    own = dict(made.named_parameters())
    for name, weight in weights.items():
        if name not in own or tuple(own[name].shape) != weight.shape:
            raise BadAnswer("there is no parameter {name} of this size", name=name)
        own[name].data.copy_(tensor(weight))
    given = tensor(x, True)
    y = made(given)
    (y * tensor(up)).sum().backward()
    leaves = {"x": given, **{name: own[name] for name in weights}}
    return Played(
        array(y, "y", "float32"),
        {
            name: np.zeros(tuple(t.shape)) if t.grad is None else array(t.grad, f"{name}.grad")
            for name, t in leaves.items()
        },
    )


def settle(load: Any) -> None:  # noqa: ARG001 (the driver's convention)
    """Has torch do what it does late, so that it is not taken for the learner's memory.

    And has glibc map each tensor of 64 KiB or more on its own, so that holes add no memory.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, 1 << 16)
    x = tensor(np.ones((1, 256, 256), np.float32))
    ((x @ x).exp().softmax(-1) @ x).amax(-1).sum()


def blocks(function: Any, seed: int, sizes: tuple[int, int], block_size: int) -> Array:
    """Attention in blocks, in float32, over T positions with d channels, drawn from the seed."""
    q, k, v = map(tensor, qkv(seed, *sizes))
    return array(function(q, k, v, block_size), "y", "float32")


def qkv(seed: int, T: int, d: int) -> Iterator[Array]:
    """Queries, keys and values (T, d), each made when it is asked for.

    Queries find some of the keys: no mean of all values comes near the result.
    """
    draw = np.random.default_rng(seed)
    for size in (2, 1, 1):
        yield size * draw.standard_normal((T, d), np.float32)
