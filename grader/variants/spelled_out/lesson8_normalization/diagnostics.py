"""Number by number, in Python."""

import math
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Statistics:
    mean: float
    std: float
    saturation: float
    density: torch.Tensor
    edges: torch.Tensor


def describe(x, bins=50, limit=0.97):
    numbers = x.flatten().tolist()
    n = len(numbers)
    mean = sum(numbers) / n
    std = math.sqrt(sum((a - mean) ** 2 for a in numbers) / (n - 1))
    saturated = sum(1 for a in numbers if a > limit or a < -limit)
    low, high = min(numbers), max(numbers)
    if low == high:
        low, high = low - 0.5, high + 0.5
    edges = [low + (high - low) * i / bins for i in range(bins)] + [high]
    counts = [0] * bins
    for a in numbers:
        i = 0
        while i + 1 < bins and a >= edges[i + 1]:
            i += 1
        counts[i] += 1
    density = [count / n / ((high - low) / bins) for count in counts]
    return Statistics(mean, std, saturated / n, torch.tensor(density), torch.tensor(edges))


class Recorder:
    def __init__(self, name, outputs):
        self.name, self.outputs = name, outputs

    def __call__(self, module, inputs, output):
        self.outputs[self.name] = output


def observe(model, kind, loss):
    outputs = {}
    handles = []
    for name, module in model.named_modules():
        if isinstance(module, kind):
            handles.append(module.register_forward_hook(Recorder(name, outputs)))
    error = None
    try:
        value = loss()
    except BaseException as caught:
        error = caught
    for handle in handles:
        handle.remove()
    if error is not None:
        raise error
    result = {}
    for name in outputs:
        result[name] = [outputs[name].detach(), None]
    grads = torch.autograd.grad(value, [*outputs.values()], allow_unused=True)
    for name, grad in zip(outputs, grads, strict=True):
        result[name][1] = torch.zeros(outputs[name].shape) if grad is None else grad
    return result


def update_ratio(before, after):
    moved = (after - before).detach().flatten().tolist()
    ratio = _deviation(moved) / _deviation(before.detach().flatten().tolist())
    return math.log10(ratio) if ratio > 0 else -math.inf


def _deviation(numbers):
    mean = sum(numbers) / len(numbers)
    return math.sqrt(sum((a - mean) ** 2 for a in numbers) / (len(numbers) - 1))
