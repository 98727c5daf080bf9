"""No helper of the library's; every rate is the one before times a factor."""

from copy import deepcopy

import torch

from .data import minibatch


def gradient_step(model, x, y, rate):
    for p in model.parameters():
        if p.grad is not None:
            p.grad.zero_()
    _, loss = model(x, y)
    loss.backward()
    for p in model.parameters():
        if p.grad is not None:
            p.data = p.data - rate * p.grad
    return loss.item()


def train(model, X, Y, *, lr, steps, batch_size=32, generator=None):
    model.train()
    losses = []
    for step in range(steps):
        rate = lr
        if step >= steps / 2:
            rate = lr / 10
        x, y = minibatch(X, Y, batch_size, generator)
        losses.append(gradient_step(model, x, y, rate))
    return losses


def sweep(model, X, Y, *, low=1e-3, high=1.0, steps=1000, batch_size=32, generator=None):
    copied = deepcopy(model)
    factor = (high / low) ** (1 / (steps - 1))
    rate, rates, losses = low, [], []
    for _ in range(steps):
        x, y = minibatch(X, Y, batch_size, generator)
        loss = gradient_step(copied, x, y, rate)
        if loss != loss or loss in (float("inf"), float("-inf")):
            break
        rates.append(rate)
        losses.append(loss)
        rate = rate * factor
    return rates, losses


def choose_rate(rates, losses, smoothing=0.95):
    if len(rates) < 1:
        raise ValueError("nothing to choose from")
    total, weight = 0.0, 0.0
    lowest, chosen = float("inf"), None
    for rate, loss in zip(rates, losses, strict=True):
        total, weight = smoothing * total + loss, smoothing * weight + 1
        if total / weight < lowest:
            lowest, chosen = total / weight, rate
    return chosen / 3


def split_loss(model, X, Y, batch_size=1000):
    was = model.training
    model.eval()
    loss, start = 0.0, 0
    while start < len(X):
        end = min(start + batch_size, len(X))
        with torch.no_grad():
            _, mean = model(X[start:end], Y[start:end])
        loss += mean.item() * (end - start) / len(X)
        start = end
    if was:
        model.train()
    return loss
