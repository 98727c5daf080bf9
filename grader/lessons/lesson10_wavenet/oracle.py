"""A hierarchy over one window, and a causal convolution, in NumPy and float64."""

from __future__ import annotations

import numpy as np

from grader.derivatives import Array, Named


def flatten(x: Array, n: int) -> Array:
    """n neighbours side by side: (B, T, C) -> (B, T / n, n C), or (B, n C) where T is n."""
    y = np.concatenate([x[:, k::n] for k in range(n)], axis=2)
    return y[:, 0] if y.shape[1] == 1 else y


def convolve(x: Array, weight: Array, bias: Array | float, dilation: int) -> Array:
    """y[t] = Σ weight[:, :, K − 1 − j] x[t − j · dilation] + bias, with zeros before the start."""
    K, out = weight.shape[2], weight.shape[0]
    y = np.zeros((*x.shape[:2], out), np.result_type(x, weight, np.asarray(bias))) + bias
    for t in range(x.shape[1]):
        for j in range(K):
            if t >= j * dilation:
                y[:, t] += x[:, t - j * dilation] @ weight[:, :, K - 1 - j].T
    return y


def hierarchy(named: Named, windows: Array, n: int) -> Array:
    """Logits (B, V) of a tree that joins n positions on each level, for windows (B, nᴸ)."""
    x = named["wte.weight"][windows]
    level = 0
    while f"linears.{level}.weight" in named:
        grouped = np.concatenate([x[:, k::n] for k in range(n)], axis=2)
        y = grouped @ named[f"linears.{level}.weight"].T + named.get(f"linears.{level}.bias", 0.0)
        x = np.tanh(y * named.get(f"norms.{level}.gain", 1.0))
        level += 1
    logits: Array = x[:, 0] @ named["lm_head.weight"].T + named["lm_head.bias"]
    return logits


def wavenet(named: Named, idx: Array, n: int) -> Array:
    """Logits (B, T, V): those of the hierarchy on the window that ends at each position."""
    tree = {_of_the_tree(name): _side_by_side(name, a) for name, a in named.items()}
    context = n ** sum(name.startswith("linears.") and a.ndim == 2 for name, a in tree.items())
    before = np.zeros((len(idx), context - 1), idx.dtype)
    row = np.concatenate([before, idx], axis=1)
    each = [hierarchy(tree, row[:, t : t + context], n) for t in range(idx.shape[1])]
    return np.stack(each, axis=1)


def _of_the_tree(name: str) -> str:
    """The hierarchy's name for a parameter of WaveNet's."""
    return name.replace("convs.", "linears.").replace(".taps", ".weight")


def _side_by_side(name: str, a: Array) -> Array:
    """A convolution's weight (out, in, n) as the matrix (out, n · in) of a linear layer."""
    if not name.startswith("convs.") or a.ndim < 3:
        return a
    return np.concatenate([a[:, :, k] for k in range(a.shape[2])], axis=1)


def reached(kernel_sizes: list[int], dilations: list[int]) -> int:
    """How many positions an output depends on, by going back through the layers, one by one."""
    seen = {0}
    for K, dilation in zip(kernel_sizes, dilations, strict=True):
        seen = {t + j * dilation for t in seen for j in range(K)}
    return max(seen) + 1
