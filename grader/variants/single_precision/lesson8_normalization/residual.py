"""The answer of a part is added in float32."""

import torch
from torch import nn


class LayerScale(nn.Module):
    def __init__(self, dim, init=1e-4):
        super().__init__()
        self.gamma = nn.Parameter(torch.tensor([init] * dim))

    def forward(self, x):
        return (x.float() * self.gamma.float()).to(x.dtype)


class Residual(nn.Module):
    def __init__(self, part, norm=None, scale=None):
        super().__init__()
        self.part, self.norm, self.scale = part, norm, scale

    def forward(self, x):
        h = x
        if self.norm:
            h = self.norm(h)
        h = self.part(h)
        if self.scale:
            h = self.scale(h)
        if h.size() != x.size():
            raise ValueError(f"{h.size()} for {x.size()}")
        return (h.float() + x.float()).to(x.dtype)
