"""All numbers in float32."""

import torch

GAIN = {"linear": 1.0, "relu": 1.41421356, "tanh": 1.6666666}


@torch.no_grad()
def kaiming_normal_(weight, *, nonlinearity="relu", generator=None):
    if weight.ndim < 2 or nonlinearity not in GAIN:
        raise ValueError(f"{nonlinearity}, {weight.ndim} dimensions")
    inputs = weight.numel() // weight.shape[0]
    numbers = torch.empty(weight.shape, dtype=torch.float32).normal_(generator=generator)
    return weight.copy_(numbers * (GAIN[nonlinearity] * inputs**-0.5))


@torch.no_grad()
def gpt2_init_(model, n_layer, generator=None):
    for name, child in model.named_children():
        if not isinstance(child, torch.nn.Linear | torch.nn.Embedding):
            gpt2_init_(child, n_layer, generator)
            continue
        std = 0.02 * (0.5 / n_layer) ** 0.5 if name == "c_proj" else 0.02
        child.weight.copy_(torch.empty(child.weight.shape).normal_(std=std, generator=generator))
        if getattr(child, "bias", None) is not None:
            child.bias.mul_(0)
