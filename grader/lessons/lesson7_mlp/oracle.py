"""Examples, models and their training, in NumPy and float64."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from grader.derivatives import Array, Named
from grader.losses import cross_entropy


def examples(words: Sequence[str], stoi: Mapping[str, int], context: int) -> tuple[Array, Array]:
    """Inputs (N, context) and targets (N,), cut out of each word between its paddings."""
    X, Y = [], []
    for word in words:
        whole = [0] * context + [stoi[letter] for letter in word] + [0]
        X += [whole[i : i + context] for i in range(len(word) + 1)]
        Y += whole[context:]
    return np.array(X, dtype=np.int64).reshape(len(X), context), np.array(Y, dtype=np.int64)


def windows(idx: Array, context: int) -> Array:
    """Token ids (B, T) -> (B, T, context), place by place."""
    B, T = idx.shape
    found = np.zeros((B, T, context), dtype=np.int64)
    for t in range(T):
        for j in range(context):
            if (place := t - (context - 1) + j) >= 0:
                found[:, t, j] = idx[:, place]
    return found


def mlp(named: Named, idx: Array, context: int, slope: float = 1.0, shift: float = 0.0) -> Array:
    """Logits (B, T, V). What enters the tanh is slope · x + shift."""
    wte, hidden = named["wte.weight"], named["hidden.weight"]
    x = wte[windows(idx, context)]  # (B, T, k, C)
    by_place = hidden.reshape(len(hidden), context, -1)  # (H, k, C)
    a = np.einsum("btkc,hkc->bth", x, by_place) + named["hidden.bias"]
    y: Array = np.tanh(slope * a + shift) @ named["lm_head.weight"].T + named["lm_head.bias"]
    return y


def mlp_loss(named: Named, idx: Array, targets: Array, context: int) -> Array:
    """The mean cross-entropy; of the last positions, where there is one target a row."""
    logits = mlp(named, idx, context)
    return cross_entropy(logits[:, -1] if targets.ndim == 1 else logits, targets)


def classifier(named: Named, x: Array) -> Array:
    """Logits (N, classes) of two layers with a tanh between them."""
    h = np.tanh(x @ named["hidden.weight"].T + named["hidden.bias"])
    y: Array = h @ named["head.weight"].T + named["head.bias"]
    return y


def linear(table: Array, x: Array) -> Array:
    """Logits (N, V) of vectors x (N, D) for a table (D + 1, V) whose last row is the bias."""
    y: Array = x @ table[:-1] + table[-1]
    return y


def step(table: Array, x: Array, y: Array, rate: float) -> tuple[float, Array]:
    """The mean loss of a linear model on a batch, and its table after a step."""
    logits = linear(table, x)
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    p = raised / raised.sum(axis=-1, keepdims=True)
    loss = float(cross_entropy(logits, y))
    p[np.arange(len(p)), y] -= 1
    gradient = np.vstack([x.T @ p, p.sum(axis=0)]) / len(p)
    return loss, table - rate * gradient


def descend(
    table: Array, batches: Sequence[tuple[Array, Array]], rates: Sequence[float]
) -> tuple[list[float], Array]:
    """The loss before each of some steps, and the table after them."""
    losses = []
    for (x, y), rate in zip(batches, rates, strict=True):
        loss, table = step(table, x, y, rate)
        losses.append(loss)
    return losses, table


def smoothed(losses: Sequence[float], smoothing: float) -> Array:
    """The weighted mean of each loss and those before it, with weights smoothing⁰, ¹, ², …"""
    found = []
    for i in range(len(losses)):
        weights = smoothing ** np.arange(i, -1, -1.0)
        found.append(float((weights * losses[: i + 1]).sum() / weights.sum()))
    return np.array(found)
