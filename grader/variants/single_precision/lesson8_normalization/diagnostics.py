"""All numbers in float32; bars by rounding down."""

from typing import NamedTuple

import torch


class Statistics(NamedTuple):
    mean: float
    std: float
    saturation: float
    density: torch.Tensor
    edges: torch.Tensor


def describe(x, bins=50, limit=0.97):
    x = x.detach().reshape(-1).float()
    n, low, high = x.numel(), x.min(), x.max()
    if high == low:
        low, high = low - 0.5, high + 0.5
    width = (high - low) / bins
    bar = ((x - low) / width).floor().long().clamp(0, bins - 1)
    heights = torch.zeros(bins).index_add_(0, bar, torch.full((n,), 1.0)) / (n * width)
    mean = x.mean()
    std = ((x - mean).square().sum() / (n - 1)).sqrt()
    beyond = (x > limit).sum() + (x < -limit).sum()
    edges = low + width * torch.arange(bins + 1)
    return Statistics(mean.item(), std.item(), beyond.item() / n, heights, edges)


def observe(model, kind, loss):
    outputs = {}
    named = {module: name for name, module in model.named_modules()}

    def note(module, _, output):
        if isinstance(module, kind) and module in named:
            outputs[named[module]] = output

    handle = torch.nn.modules.module.register_module_forward_hook(note)
    try:
        value = loss()
    finally:
        handle.remove()
    found = {}
    for name, output in outputs.items():
        (gradient,) = torch.autograd.grad(value, output, retain_graph=True, allow_unused=True)
        found[name] = (output, output * 0 if gradient is None else gradient)
    return {name: (o.detach().float(), g.detach().float()) for name, (o, g) in found.items()}


def update_ratio(before, after):
    moved = (after.float() - before.float()).detach()
    return float(torch.log10(moved.std() / before.detach().float().std()))
