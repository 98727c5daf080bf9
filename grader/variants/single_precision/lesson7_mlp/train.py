"""Losses and rates in float32."""

import copy

import torch

from .data import minibatch


def _take(model, batch, rate):
    loss = model(*batch)[1].float()
    model.zero_grad()
    loss.backward()
    with torch.no_grad():
        for p in model.parameters():
            if p.grad is not None:
                p.add_(p.grad, alpha=-float(rate))
    return loss.detach()


def train(model, X, Y, *, lr, steps, batch_size=32, generator=None):
    model.train()
    rates = torch.full((steps,), lr)
    rates[(steps + 1) // 2 :] /= 10
    losses = [_take(model, minibatch(X, Y, batch_size, generator), rate) for rate in rates]
    return torch.stack(losses).tolist() if losses else []


def sweep(model, X, Y, *, low=1e-3, high=1.0, steps=1000, batch_size=32, generator=None):
    rates = torch.logspace(*torch.tensor([low, high]).log10().tolist(), steps)
    trial, losses = copy.deepcopy(model), []
    for rate in rates:
        loss = _take(trial, minibatch(X, Y, batch_size, generator), rate)
        if not loss.isfinite():
            break
        losses.append(loss.item())
    return rates[: len(losses)].tolist(), losses


def choose_rate(rates, losses, smoothing=0.95):
    if not rates:
        raise ValueError("no rates")
    smooth = []
    for i in range(len(losses)):
        seen = losses[i::-1]
        weights = [smoothing**age for age in range(len(seen))]
        pairs = zip(weights, seen, strict=True)
        smooth.append(sum(w * x for w, x in pairs) / sum(weights))
    return min(zip(smooth, rates, strict=True))[1] / 3


@torch.no_grad()
def split_loss(model, X, Y, batch_size=1000):
    training = model.training
    model.eval()
    batches = zip(X.split(batch_size), Y.split(batch_size), strict=True)
    parts = [model(x, y)[1] * len(x) for x, y in batches]
    model.train(training)
    return (torch.stack(parts).float().sum() / len(X)).item()
