"""torch.histogram, std_mean, and gradients by a hook on each tensor."""

from types import SimpleNamespace

import torch


def describe(x, bins=50, limit=0.97):
    x = x.detach()
    std, mean = torch.std_mean(x)
    density, edges = torch.histogram(x, bins=bins, density=True)
    saturation = torch.count_nonzero(x.abs() > limit) / x.numel()
    return SimpleNamespace(
        mean=float(mean),
        std=float(std),
        saturation=float(saturation),
        density=density,
        edges=edges,
    )


def observe(model, kind, loss):
    seen = {}
    handles = []
    for name, module in model.named_modules():
        if isinstance(module, kind):

            def hook(module, args, output, name=name):
                seen[name] = output

            handles.append(module.register_forward_hook(hook))
    try:
        result = loss()
    finally:
        for handle in handles:
            handle.remove()
    names, outputs = list(seen), list(seen.values())
    grads = torch.autograd.grad(result, outputs, allow_unused=True)
    grads = [torch.zeros_like(o) if g is None else g for o, g in zip(outputs, grads, strict=True)]
    return dict(zip(names, zip(outputs, grads, strict=True), strict=True))


def update_ratio(before, after):
    with torch.no_grad():
        return (torch.std(after - before) / torch.std(before)).log10().item()
