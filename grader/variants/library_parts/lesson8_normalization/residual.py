"""Sequential does the order, and Identity stands for what is left out."""

import torch
from torch import nn


class LayerScale(nn.Module):
    def __init__(self, dim, init=1e-4):
        super().__init__()
        self.gamma = nn.Parameter(torch.empty(dim))
        nn.init.constant_(self.gamma, init)

    def forward(self, x):
        return torch.mul(x, self.gamma)


class Residual(nn.Module):
    def __init__(self, part, norm=None, scale=None):
        super().__init__()
        steps = [norm or nn.Identity(), part, scale or nn.Identity()]
        self.branch = nn.Sequential(*steps)

    def forward(self, x):
        y = self.branch(x)
        if y.shape == x.shape:
            return torch.add(x, y)
        raise ValueError(f"{y.shape} is not {x.shape}")
