"""Attention in NumPy, forward only, in float64; complex inputs give derivatives (complex step)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Named = dict[str, Array]

STEP = 1e-30


def attention(q: Array, k: Array, v: Array, causal: bool) -> Array:
    """softmax(q kᵀ / √d) v; with `causal`, query i sees keys 0 … i + Tk − Tq."""
    scores = q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])
    rows, columns = np.indices(scores.shape[-2:])
    seen = columns <= rows + (k.shape[-2] - q.shape[-2]) if causal else columns >= 0
    seen = np.broadcast_to(seen, scores.shape)
    top = np.where(seen, scores.real, -np.inf).max(axis=-1, keepdims=True)
    raised = np.where(seen, np.exp(np.where(seen, scores - top, 0)), 0)
    weights: Array = raised / raised.sum(axis=-1, keepdims=True)
    return weights @ v


def head(named: Named, prefix: str = "") -> Array:
    """One causal head on x (B, T, C), with the weights of the lecture's `Head`."""
    q, k, v = (named["x"] @ named[f"{prefix}{name}.weight"].T for name in ("query", "key", "value"))
    return attention(q, k, v, causal=True)


def multihead(named: Named) -> Array:
    """The heads in order, concatenated, then `proj`."""
    count = sum(name.endswith("query.weight") for name in named)
    heads = [head(named, f"heads.{i}.") for i in range(count)]
    return np.concatenate(heads, axis=-1) @ named["proj.weight"].T + named["proj.bias"]


def gpt2(named: Named, n_head: int) -> Array:
    """All heads from c_attn's rows: queries, keys, values, each head after head; then c_proj."""
    B, T, C = named["x"].shape
    rows = named["x"] @ named["c_attn.weight"].T + named.get("c_attn.bias", 0)
    heads = rows.reshape(B, T, 3, n_head, C // n_head).transpose(2, 0, 3, 1, 4)
    y = attention(heads[0], heads[1], heads[2], causal=True).transpose(0, 2, 1, 3).reshape(B, T, C)
    out: Array = y @ named["c_proj.weight"].T + named.get("c_proj.bias", 0)
    return out


def along(forward: Callable[[Named], Array], point: Named, up: Array, direction: Named) -> float:
    """The derivative of sum(forward · up) at a point along a direction, by the complex step."""
    moved = {name: a + 1j * STEP * direction[name] for name, a in point.items()}
    return float((forward(moved) * up).sum().imag / STEP)


def gradients(forward: Callable[[Named], Array], point: Named, up: Array) -> Named:
    """Every partial derivative, one basis direction after another: slow, for small cases."""
    zero = {name: np.zeros(a.shape) for name, a in point.items()}
    found = {name: np.zeros(a.shape) for name, a in point.items()}
    for name, a in point.items():
        for index in np.ndindex(a.shape):
            basis = zero[name].copy()
            basis[index] = 1.0
            found[name][index] = along(forward, point, up, {**zero, name: basis})
    return found
