"""With as little as possible of torch's help."""

import math

import torch


def kaiming_normal_(weight, *, nonlinearity="relu", generator=None):
    if nonlinearity == "linear":
        gain = 1.0
    elif nonlinearity == "tanh":
        gain = 5.0 / 3.0
    elif nonlinearity == "relu":
        gain = math.sqrt(2.0)
    else:
        raise ValueError("no such nonlinearity: " + nonlinearity)
    shape = list(weight.shape)
    if len(shape) == 0 or len(shape) == 1:
        raise ValueError("a weight has two dimensions or more")
    fan_in = 1
    for size in shape[1:]:
        fan_in = fan_in * size
    variance = gain * gain / fan_in
    means = torch.zeros(shape, dtype=weight.dtype)
    deviations = torch.full(shape, math.sqrt(variance), dtype=weight.dtype)
    with torch.no_grad():
        weight[:] = torch.normal(means, deviations, generator=generator)
    return weight


def gpt2_init_(model, n_layer, generator=None):
    residual = 2 * n_layer
    for name, module in model.named_modules():
        if type(module) not in (torch.nn.Linear, torch.nn.Embedding):
            continue
        variance = 0.02**2
        if name.split(".")[-1] == "c_proj":
            variance = variance / residual
        with torch.no_grad():
            numbers = torch.randn(*module.weight.shape, generator=generator)
            module.weight[:] = numbers * math.sqrt(variance)
            if type(module) is torch.nn.Linear and module.bias is not None:
                module.bias[:] = 0.0
