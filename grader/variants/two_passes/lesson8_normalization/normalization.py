"""Mean and variance in one call, var_mean; the running ones when the forward pass is over."""

import torch
from torch import nn


class BatchNorm1d(nn.Module):
    def __init__(self, dim, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight = nn.Parameter(torch.ones(dim))
        self.bias = nn.Parameter(torch.zeros(dim))
        self.register_buffer("running_mean", torch.zeros(dim))
        self.register_buffer("running_var", torch.ones(dim))

    def forward(self, x):
        if not self.training:
            return self.normalised(x, self.running_mean, self.running_var)
        rows = x.flatten(0, -2) if x.ndim > 1 else x[None]
        if rows.shape[0] == 1:
            raise ValueError("mean and variance of one row")
        var, mean = torch.var_mean(rows, dim=0, correction=0)
        y = self.normalised(x, mean, var)
        with torch.no_grad():
            new = {"running_mean": mean, "running_var": rows.var(dim=0)}
            for name, value in new.items():
                old = getattr(self, name)
                old.copy_(torch.lerp(old, value, self.momentum))
        return y

    def normalised(self, x, mean, var):
        return torch.addcmul(self.bias, (x - mean) / torch.sqrt(self.eps + var), self.weight)


class LayerNorm(nn.Module):
    def __init__(self, ndim, bias=True, eps=1e-5):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(ndim))
        self.bias = nn.Parameter(torch.zeros(ndim)) if bias else None

    def forward(self, x):
        var, mean = torch.var_mean(x, dim=-1, correction=0, keepdim=True)
        y = (x - mean).div(torch.sqrt(self.eps + var)).mul(self.weight)
        return y.add(self.bias) if self.bias is not None else y


class RMSNorm(nn.Module):
    def __init__(self, ndim, bias=False, eps=1e-5):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(ndim))

    def forward(self, x):
        size = torch.linalg.vector_norm(x, dim=-1, keepdim=True) / x.shape[-1] ** 0.5
        return x / torch.hypot(size, torch.tensor(self.eps, dtype=x.dtype).sqrt()) * self.weight
