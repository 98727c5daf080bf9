"""Rates and choices in NumPy; the model's own weights are put back after a sweep."""

import numpy as np
import torch

from .data import minibatch


def train(model, X, Y, *, lr, steps, batch_size=32, generator=None):
    rates = np.where(np.arange(steps) < steps / 2, lr, lr / 10)
    losses = []
    for rate in rates.tolist():
        x, y = minibatch(X, Y, batch_size, generator)
        model.train()
        _, loss = model(x, y)
        _move(model, loss, rate)
        losses.append(float(loss.detach()))
    return losses


def _move(model, loss, rate):
    parameters = list(model.parameters())
    grads = torch.autograd.grad(loss, parameters, allow_unused=True)
    with torch.no_grad():
        for p, g in zip(parameters, grads, strict=True):
            if g is not None:
                p.sub_(g, alpha=rate)


def sweep(model, X, Y, *, low=1e-3, high=1.0, steps=1000, batch_size=32, generator=None):
    before = {name: t.clone() for name, t in model.state_dict().items()}
    mode, losses = model.training, []
    rates = np.geomspace(low, high, steps).tolist()
    for rate in rates:
        _, loss = model.train()(*minibatch(X, Y, batch_size, generator))
        if not torch.isfinite(loss):
            break
        losses.append(loss.item())
        _move(model, loss, rate)
    model.load_state_dict(before)
    model.train(mode)
    return rates[: len(losses)], losses


def choose_rate(rates, losses, smoothing=0.95):
    if not len(rates):
        raise ValueError("there is no rate to choose from")
    n = len(losses)
    age = np.subtract.outer(np.arange(n), np.arange(n))
    weights = np.where(age >= 0, float(smoothing) ** np.maximum(age, 0), 0.0)
    smooth = weights @ np.asarray(losses) / weights.sum(axis=1)
    return float(rates[int(smooth.argmin())]) / 3


def split_loss(model, X, Y, batch_size=1000):
    mode = model.training
    model.eval()
    means, sizes = [], []
    with torch.no_grad():
        for rows in np.array_split(np.arange(len(X)), -(-len(X) // batch_size)):
            _, loss = model(X[rows], Y[rows])
            means.append(loss.item())
            sizes.append(len(rows))
    model.train(mode)
    return float(np.average(means, weights=sizes))
