"""Sums by einsum; mean and size in the weights, so that a norm is one product and one sum."""

import torch
from torch import nn


class BatchNorm1d(nn.Module):
    def __init__(self, dim, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.bias = nn.Parameter(torch.zeros(dim))
        self.weight = nn.Parameter(torch.ones(dim))
        self.register_buffer("running_var", torch.ones(dim))
        self.register_buffer("running_mean", torch.zeros(dim))
        self.register_buffer("seen", torch.tensor(0))

    def forward(self, x):
        if not self.training:
            factor = self.weight / (self.running_var + self.eps).sqrt()
            return x * factor + (self.bias - self.running_mean * factor)
        n = x[..., 0].numel()
        if n <= 1:
            raise ValueError(f"{n} row")
        mean = torch.einsum("...c->c", x) / n
        centred = x - mean
        squares = torch.einsum("...c,...c->c", centred, centred)
        with torch.no_grad():
            self.seen += 1
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(squares / (n - 1), self.momentum)
        factor = self.weight / (squares / n + self.eps).sqrt()
        return torch.einsum("...c,c->...c", centred, factor) + self.bias


class LayerNorm(nn.Module):
    def __init__(self, ndim, bias=True, eps=1e-5):
        super().__init__()
        self.eps, self.ndim = eps, ndim
        self.weight = nn.Parameter(torch.ones(ndim))
        self.bias = nn.Parameter(torch.zeros(ndim)) if bias else None

    def forward(self, x):
        x = x - torch.einsum("...c->...", x)[..., None] / self.ndim
        var = torch.einsum("...c,...c->...", x, x) / self.ndim
        y = torch.einsum("...c,...,c->...c", x, (var + self.eps).rsqrt(), self.weight)
        return y if self.bias is None else y + self.bias


class RMSNorm(nn.Module):
    def __init__(self, ndim, bias=False, eps=1e-5):
        super().__init__()
        self.eps, self.ndim = eps, ndim
        self.weight = nn.Parameter(torch.ones(ndim))

    def forward(self, x):
        squares = torch.einsum("...c,...c->...", x, x)
        return torch.einsum(
            "...c,...,c->...c", x, (squares / self.ndim + self.eps).rsqrt(), self.weight
        )
