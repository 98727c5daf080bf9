"""The network of the lesson in NumPy and float64, forward only.

To each tensor on the way something may be added: `moved` holds it by the tensor's name. What the
loss does then, by the complex step, is that tensor's gradient.
"""

from __future__ import annotations

import numpy as np

from grader.derivatives import Array, Named

EPS = 1e-5
# Names in the order in which gradients are found, from the loss back.
LOSS_STEPS = (
    "logprobs",
    "probs",
    "counts_sum_inv",
    "counts_sum",
    "counts",
    "norm_logits",
    "logit_maxes",
    "logits",
)
NORM_STEPS = (
    "bnbias",
    "bngain",
    "bnraw",
    "bnvar_inv",
    "bnvar",
    "bndiff2",
    "bndiff",
    "bnmeani",
    "hprebn",
)
PARAMETERS = ("b2", "W2", "bnbias", "bngain", "b1", "W1", "C")


class Steps(dict[str, Array]):
    """Values on the way forward, by name; each as it is noted, plus what `moved` adds to it."""

    def __init__(self, moved: Named) -> None:
        super().__init__()
        self.moved = moved

    def note(self, name: str, value: Array) -> Array:
        self[name] = value = np.asarray(value + self.moved.get(name, 0.0))
        return value


def cross_entropy(moved: Named, logits: Array, Yb: Array) -> Steps:
    """All on the way from logits (n, V) and targets (n,) to "loss"."""
    v, rows = Steps(moved), np.arange(len(Yb))
    logits = v.note("logits", logits)
    top = np.take_along_axis(logits, logits.real.argmax(axis=1)[:, None], axis=1)
    norm_logits = v.note("norm_logits", logits - v.note("logit_maxes", top))
    counts = v.note("counts", np.exp(norm_logits))
    inverse = v.note("counts_sum_inv", 1 / v.note("counts_sum", counts.sum(1, keepdims=True)))
    logprobs = v.note("logprobs", np.log(v.note("probs", counts * inverse)))
    v.note("loss", -logprobs[rows, Yb].mean())
    return v


def batchnorm(moved: Named, hprebn: Array, bngain: Array, bnbias: Array) -> Steps:
    """All on the way from hprebn (n, H) to "hpreact" (n, H)."""
    v, n = Steps(moved), len(hprebn)
    hprebn = v.note("hprebn", hprebn)
    bngain, bnbias = v.note("bngain", bngain), v.note("bnbias", bnbias)
    bndiff = v.note("bndiff", hprebn - v.note("bnmeani", hprebn.mean(axis=0, keepdims=True)))
    squares = v.note("bndiff2", bndiff * bndiff)
    bnvar = v.note("bnvar", squares.sum(axis=0, keepdims=True) / (n - 1))
    bnraw = v.note("bnraw", bndiff * v.note("bnvar_inv", 1 / np.sqrt(bnvar + EPS)))
    v.note("hpreact", bngain * bnraw + bnbias)
    return v


def mlp(moved: Named, p: Named, Xb: Array) -> Steps:
    """All on the way from tokens (n, T) to "logits" (n, V); `moved` are the parameters'."""
    v = Steps({})
    at = {name: a + moved.get(name, 0.0) for name, a in p.items()}
    hprebn = at["C"][Xb].reshape(len(Xb), -1) @ at["W1"] + at["b1"]
    v |= batchnorm({}, hprebn, at["bngain"], at["bnbias"])
    v.note("logits", np.tanh(v["hpreact"]) @ at["W2"] + at["b2"])
    return v


def evaluated(p: Named, Xb: Array, mean: Array, variance: Array) -> Array:
    """Logits (n, V) where hprebn is normalised by this mean and variance (1, H)."""
    hprebn = p["C"][Xb].reshape(len(Xb), -1) @ p["W1"] + p["b1"]
    raw = (hprebn - mean) / np.sqrt(variance + EPS)
    y: Array = np.tanh(p["bngain"] * raw + p["bnbias"]) @ p["W2"] + p["b2"]
    return y


def windows(idx: Array, context: int) -> Array:
    """Rows of tokens (B, T) -> what each position sees, (B · T, context): token 0 comes before."""
    padded = np.pad(idx, ((0, 0), (context - 1, 0)))
    seen = np.lib.stride_tricks.sliding_window_view(padded, context, axis=1)
    return seen.reshape(-1, context)
