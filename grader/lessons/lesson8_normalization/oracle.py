"""Batch normalisation, residuals and diagnostics in NumPy and float64."""

from __future__ import annotations

import math

import numpy as np

from grader.derivatives import Array, Named
from grader.lessons.lesson8_normalization.driver import Network
from grader.norms import layer_norm

MOMENTUM = 0.1  # where nothing else is said
GAINS = {"linear": 1.0, "tanh": 5 / 3, "relu": math.sqrt(2)}


def batch_norm(named: Named, eps: float) -> Array:
    """Each channel of x (…, C) over all other dimensions, times the gain, plus the bias."""
    x = named["x"]
    rows = x.reshape(-1, x.shape[-1])
    y = layer_norm(rows, named["weight"], named["bias"], eps, axis=0)
    return y.reshape(x.shape)


def batch_norm_after(named: Named, running: Named, eps: float) -> Array:
    """The same by running statistics, which x does not move."""
    centred = named["x"] - running["running_mean"]
    y: Array = centred / np.sqrt(running["running_var"] + eps) * named["weight"] + named["bias"]
    return y


def followed(running: Named, x: Array, momentum: float) -> Named:
    """The running statistics after a batch in training."""
    rows = x.reshape(-1, x.shape[-1])
    seen = {"running_mean": rows.mean(axis=0), "running_var": rows.var(axis=0, ddof=1)}
    return {name: (1 - momentum) * old + momentum * seen[name] for name, old in running.items()}


def residual(named: Named) -> Array:
    """x + scale · tanh(norm(x) · partᵀ), where norm(x) is x³ · norm, and what is not there is not.

    These are the parts that the driver hands in.
    """
    x = named["x"]
    read = x**3 * named["norm"] if "norm" in named else x
    answer = np.tanh(read @ named["part"].T)
    return np.asarray(x + (named["scale"] * answer if "scale" in named else answer))


def chain(network: Network, times: float) -> tuple[dict[str, Array], dict[str, Array]]:
    """The outputs of all layers that run, and the gradients of the loss there, by name.

    By hand, backwards: the loss is the mean square of the last output.
    """
    outputs: dict[str, Array] = {}
    x, blocks = network.x * times, range(len(network.weights))
    for i in blocks:
        if i != network.idle:
            outputs[f"h.{i}.0"] = x @ network.weights[i].T
            outputs[f"h.{i}.1"] = x = np.tanh(outputs[f"h.{i}.0"])
    gradients, up = {}, 2 * x / x.size
    for i in reversed(blocks):
        if i == network.stops:
            up = np.zeros_like(up)
        if i == network.idle:
            continue
        gradients[f"h.{i}.1"] = up
        gradients[f"h.{i}.0"] = up * (1 - outputs[f"h.{i}.1"] ** 2)
        up = gradients[f"h.{i}.0"] @ network.weights[i]
    return outputs, gradients
