"""Weights are values: each step makes new ones, by torch.func."""

import itertools
import math

import torch
from torch.func import functional_call

from .data import minibatch


def _stepped(model, weights, batch, rate):
    leaves = {name: w.detach().requires_grad_() for name, w in weights.items()}
    loss = functional_call(model, leaves, batch)[1]
    grads = torch.autograd.grad(loss, list(leaves.values()), allow_unused=True)
    moved = {
        name: w.detach() if g is None else w.detach() - rate * g
        for (name, w), g in zip(leaves.items(), grads, strict=True)
    }
    return loss.item(), moved


def train(model, X, Y, *, lr, steps, batch_size=32, generator=None):
    model.train()
    weights, losses = dict(model.named_parameters()), []
    for step in range(steps):
        rate = lr if step < steps / 2 else lr / 10
        batch = minibatch(X, Y, batch_size, generator)
        loss, weights = _stepped(model, weights, batch, rate)
        losses.append(loss)
    with torch.no_grad():
        for name, p in model.named_parameters():
            p.copy_(weights[name])
    return losses


def sweep(model, X, Y, *, low=1e-3, high=1.0, steps=1000, batch_size=32, generator=None):
    weights, found = dict(model.named_parameters()), []
    for i in range(steps):
        rate = math.exp(math.log(low) + i * (math.log(high) - math.log(low)) / (steps - 1))
        batch = minibatch(X, Y, batch_size, generator)
        loss, weights = _stepped(model, weights, batch, rate)
        if not math.isfinite(loss):
            break
        found.append((rate, loss))
    return [rate for rate, _ in found], [loss for _, loss in found]


def choose_rate(rates, losses, smoothing=0.95):
    if not rates:
        raise ValueError("an empty sweep")
    scaled = [(1 - smoothing) * loss for loss in losses]
    means = itertools.accumulate(scaled, lambda m, x: smoothing * m + x)
    smooth = [m / (1 - smoothing**i) for i, m in enumerate(means, 1)]
    return rates[min(range(len(rates)), key=smooth.__getitem__)] / 3


def split_loss(model, X, Y, batch_size=1000):
    mode = model.training
    try:
        with torch.no_grad():
            model.eval()
            parts = zip(X.split(batch_size), Y.split(batch_size), strict=True)
            return math.fsum(model(x, y)[1].item() * len(x) / len(X) for x, y in parts)
    finally:
        model.train(mode)
