"""Attention in NumPy, forward only, in float64 or complex (see `grader.derivatives`)."""

from __future__ import annotations

import numpy as np

from grader.derivatives import Array, Named


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
