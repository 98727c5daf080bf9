"""torch's own, as far as it has them."""

import math
from functools import partial

from torch import nn


def kaiming_normal_(weight, *, nonlinearity="relu", generator=None):
    if nonlinearity not in ("linear", "tanh", "relu"):
        raise ValueError(nonlinearity)
    return nn.init.kaiming_normal_(weight, nonlinearity=nonlinearity, generator=generator)


def gpt2_init_(model, n_layer, generator=None):
    model.apply(partial(_start, std=0.02, generator=generator))
    for name, weight in model.named_parameters():
        if name.endswith("c_proj.weight"):
            nn.init.normal_(weight, std=0.02 / math.sqrt(2 * n_layer), generator=generator)


def _start(module, std, generator):
    if isinstance(module, nn.Linear | nn.Embedding):
        nn.init.normal_(module.weight, std=std, generator=generator)
    if isinstance(module, nn.Linear) and module.bias is not None:
        nn.init.zeros_(module.bias)
