"""The parts of a GPT, and the loop of a bigram model, in NumPy and float64."""

from __future__ import annotations

import math

import numpy as np

from grader.derivatives import Array, Named
from grader.lessons.lesson3_attention.oracle import gpt2
from grader.lessons.lesson5_gpt.driver import BETAS, DECAY, MOMENTUM, RATE, Moment
from grader.losses import cross_entropy
from grader.norms import layer_norm

_erf = np.vectorize(math.erf, otypes=[np.float64])


def gelu(x: Array, exact: bool) -> Array:
    """x Φ(x): with the error function, or GPT-2's approximation by tanh. Complex x: see `along`."""
    if exact:
        slope = 2 / math.sqrt(math.pi) * np.exp(-x.real * x.real / 2) / math.sqrt(2)
        erf = _erf(x.real / math.sqrt(2)) + (1j * x.imag * slope if np.iscomplexobj(x) else 0)
        return np.asarray(0.5 * x * (1 + erf))
    return np.asarray(0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))))


def linear(named: Named, name: str, x: Array) -> Array:
    """x Wᵀ + b, where there is a b."""
    y: Array = x @ named[f"{name}.weight"].T + named.get(f"{name}.bias", 0.0)
    return y


def mlp(named: Named, x: Array, exact: bool, prefix: str = "") -> Array:
    """Up, GELU, down."""
    return linear(named, f"{prefix}c_proj", gelu(linear(named, f"{prefix}c_fc", x), exact))


def block(named: Named, x: Array, n_head: int, exact: bool, prefix: str = "") -> Array:
    """Attention, then the MLP, each on a normalised input and added to x."""

    def norm(name: str, x: Array) -> Array:
        name = f"{prefix}{name}"
        return layer_norm(x, named[f"{name}.weight"], named.get(f"{name}.bias", 0.0))

    attention = {
        name.removeprefix(f"{prefix}attn."): a
        for name, a in named.items()
        if name.startswith(f"{prefix}attn.")
    }
    x = x + gpt2({"x": norm("ln_1", x), **attention}, n_head)
    return x + mlp(named, norm("ln_2", x), exact, f"{prefix}mlp.")


def gpt(named: Named, idx: Array, n_layer: int, n_head: int, exact: bool) -> Array:
    """Logits (B, T, V) of a GPT whose head is its token embedding."""
    wte = named["transformer.wte.weight"]
    x = wte[idx] + named["transformer.wpe.weight"][: idx.shape[1]]
    for i in range(n_layer):
        x = block(named, x, n_head, exact, f"transformer.h.{i}.")
    last = "transformer.ln_f"
    x = layer_norm(x, named[f"{last}.weight"], named.get(f"{last}.bias", 0.0))
    y: Array = x @ wte.T
    return y


def bigram_gradient(table: Array, x: Array, y: Array) -> tuple[float, Array]:
    """The mean loss of a table of logits (V + 1, V) on pairs of tokens, and its gradient.

    The logits after token x are row x plus the last row.
    """
    rows = table[x.ravel()] + table[-1]
    raised = np.exp(rows - rows.max(axis=-1, keepdims=True))
    p = raised / raised.sum(axis=-1, keepdims=True)
    loss = float(cross_entropy(rows, y.ravel()))
    p[np.arange(len(p)), y.ravel()] -= 1
    gradient = np.zeros(table.shape)
    np.add.at(gradient, x.ravel(), p / len(p))
    gradient[-1] = p.mean(axis=0)
    return loss, gradient


def published(named: Named) -> Named:
    """Weights under the names and in the layout in which GPT-2's are published."""
    conv1d = ("c_attn.weight", "c_fc.weight", "c_proj.weight")  # (in, out)
    return {
        name.removeprefix("transformer."): w.T.copy() if name.endswith(conv1d) else w
        for name, w in named.items()
    }


def descend(moment: Moment, future: list[Array]) -> Array:
    """The table of a run that goes on from a moment by these gradients, in order."""
    table, first, second = moment.table.copy(), np.zeros(1), np.zeros(1)
    past = len(moment.past)
    for t, g in enumerate([*moment.past, *future], start=1):
        if moment.optimizer == "sgd":
            first = step = MOMENTUM * first + g
        else:
            first = BETAS[0] * first + (1 - BETAS[0]) * g
            second = BETAS[1] * second + (1 - BETAS[1]) * g**2
            corrected = first / (1 - BETAS[0] ** t)
            step = corrected / (np.sqrt(second / (1 - BETAS[1] ** t)) + 1e-8) + DECAY * table
        if t > past:
            table = table - RATE * step
    return table
