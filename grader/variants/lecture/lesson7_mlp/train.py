"""As the lecture's notebook has it: .data, a list of losses, ten to a linspace."""

import copy
import math

import torch

from .data import minibatch


def _step(model, xb, yb, lr):
    _, loss = model(xb, yb)
    for p in model.parameters():
        p.grad = None
    loss.backward()
    for p in model.parameters():
        if p.grad is None:
            continue
        p.data += -lr * p.grad
    return loss.item()


def train(model, X, Y, *, lr, steps, batch_size=32, generator=None):
    model.train()
    lossi = []
    for i in range(steps):
        Xb, Yb = minibatch(X, Y, batch_size, generator)
        lossi.append(_step(model, Xb, Yb, lr if 2 * i < steps else 0.1 * lr))
    return lossi


def sweep(model, X, Y, *, low=1e-3, high=1.0, steps=1000, batch_size=32, generator=None):
    model = copy.deepcopy(model)
    lre = torch.linspace(math.log10(low), math.log10(high), steps)
    lrs = 10**lre
    lri, lossi = [], []
    for i in range(steps):
        Xb, Yb = minibatch(X, Y, batch_size, generator)
        loss = _step(model, Xb, Yb, lrs[i])
        if math.isnan(loss) or math.isinf(loss):
            return lri, lossi
        lri.append(float(lrs[i]))
        lossi.append(loss)
    return lri, lossi


def choose_rate(rates, losses, smoothing=0.95):
    if len(rates) == 0:
        raise ValueError("no rates")
    best, m = None, 0.0
    for i in range(len(losses)):
        m = m * smoothing + losses[i] * (1 - smoothing)
        s = m / (1 - smoothing ** (i + 1))
        if best is None or s < best[0]:
            best = (s, rates[i])
    return best[1] / 3


@torch.no_grad()
def split_loss(model, X, Y, batch_size=1000):
    mode = model.training
    model.eval()
    total = 0.0
    for i in range(0, X.shape[0], batch_size):
        xb, yb = X[i : i + batch_size], Y[i : i + batch_size]
        total += model(xb, yb)[1].item() * xb.shape[0]
    model.train(mode)
    return total / X.shape[0]
