"""torch.optim and its schedules."""

import copy
import math

import torch
from torch.optim.lr_scheduler import LambdaLR

from .data import minibatch


def train(model, X, Y, *, lr, steps, batch_size=32, generator=None):
    optimizer = torch.optim.SGD(model.parameters(), lr)
    schedule = LambdaLR(optimizer, lambda step: 1.0 if step < steps / 2 else 0.1)
    losses = []
    model.train()
    for _ in range(steps):
        optimizer.zero_grad()
        loss = model(*minibatch(X, Y, batch_size, generator))[1]
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    return losses


def sweep(model, X, Y, *, low=1e-3, high=1.0, steps=1000, batch_size=32, generator=None):
    trial = copy.deepcopy(model)
    optimizer = torch.optim.SGD(trial.parameters(), low)
    grows = math.log(high / low) / max(1, steps - 1)
    schedule = LambdaLR(optimizer, lambda step: math.exp(grows * step))
    rates, losses = [], []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = trial(*minibatch(X, Y, batch_size, generator))[1]
        if not torch.isfinite(loss).item():
            break
        rates += schedule.get_last_lr()
        losses.append(loss.item())
        loss.backward()
        optimizer.step()
        schedule.step()
    return [float(rate) for rate in rates], losses


def choose_rate(rates, losses, smoothing=0.95):
    if not rates:
        raise ValueError("no rates")
    mean, smooth = torch.zeros((), dtype=torch.float64), []
    for i, loss in enumerate(losses):
        mean = torch.lerp(torch.tensor(loss, dtype=torch.float64), mean, smoothing)
        smooth.append(mean / (1 - smoothing ** (i + 1)))
    return rates[torch.stack(smooth).argmin()] / 3


@torch.inference_mode()
def split_loss(model, X, Y, batch_size=1000):
    mode = model.training
    model.eval()
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(X, Y), batch_size)
    total = sum(model(x, y)[1].item() * len(y) for x, y in loader)
    model.train(mode)
    return total / len(Y)
