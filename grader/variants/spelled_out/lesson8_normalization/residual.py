"""Channel by channel, and each case for itself."""

import torch
from torch import nn


class LayerScale(nn.Module):
    def __init__(self, dim, init=1e-4):
        super().__init__()
        gamma = torch.zeros(dim)
        for c in range(dim):
            gamma[c] = init
        self.gamma = nn.Parameter(gamma)

    def forward(self, x):
        return torch.stack([x[..., c] * self.gamma[c] for c in range(x.shape[-1])], dim=-1)


class Residual(nn.Module):
    def __init__(self, part, norm=None, scale=None):
        super().__init__()
        self.f = part
        if norm is not None:
            self.n = norm
        if scale is not None:
            self.s = scale

    def forward(self, x):
        if hasattr(self, "n") and hasattr(self, "s"):
            answer = self.s(self.f(self.n(x)))
        elif hasattr(self, "n"):
            answer = self.f(self.n(x))
        elif hasattr(self, "s"):
            answer = self.s(self.f(x))
        else:
            answer = self.f(x)
        if tuple(answer.shape) != tuple(x.shape):
            raise ValueError("an answer must have the shape of x")
        return x.clone().add_(answer)
