"""As the lecture writes it: randn, times a size."""

import math

import torch


def kaiming_normal_(weight, *, nonlinearity="relu", generator=None):
    try:
        gain = {"linear": 1, "tanh": 5 / 3, "relu": 2**0.5}[nonlinearity]
    except KeyError:
        raise ValueError(f"unknown nonlinearity {nonlinearity}") from None
    if len(weight.shape) < 2:
        raise ValueError("a weight needs an input and an output")
    fan_in = math.prod(weight.shape[1:])
    numbers = torch.randn(weight.shape, generator=generator) * gain / fan_in**0.5
    weight.data.copy_(numbers)
    return weight


def gpt2_init_(model, n_layer, generator=None):
    for name, p in model.named_parameters():
        owner = model.get_submodule(name.rpartition(".")[0])
        if not isinstance(owner, torch.nn.Linear | torch.nn.Embedding):
            continue
        if name.endswith("bias"):
            p.data.fill_(0.0)
        else:
            std = 0.02 * (2 * n_layer) ** -0.5 if name.endswith(".c_proj.weight") else 0.02
            p.data.copy_(torch.randn(p.shape, generator=generator) * std)
