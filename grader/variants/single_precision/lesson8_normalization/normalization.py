"""Statistics in float32, whatever the input is, as mixed-precision code has them."""

import torch
from torch import nn


class BatchNorm1d(nn.Module):
    def __init__(self, dim, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight, self.bias = nn.Parameter(torch.ones(dim)), nn.Parameter(torch.zeros(dim))
        self.register_buffer("running_mean", torch.zeros(dim))
        self.register_buffer("running_var", torch.ones(dim))

    def forward(self, x):
        rows = x.float().view(-1, x.shape[-1])
        if not self.training:
            mean, var = self.running_mean.float(), self.running_var.float()
        elif len(rows) == 1:
            raise ValueError("a single row")
        else:
            mean = rows.sum(0) / len(rows)
            var = ((rows - mean) ** 2).sum(0) / len(rows)
            self._follow(mean.detach(), var.detach(), len(rows))
        y = (rows - mean) / (var + self.eps) ** 0.5
        return (y.type_as(x) * self.weight + self.bias).view(x.shape)

    def _follow(self, mean, var, n):
        self.running_mean += self.momentum * (mean - self.running_mean)
        self.running_var += self.momentum * (n * var / (n - 1) - self.running_var)


class LayerNorm(nn.Module):
    def __init__(self, ndim, bias=True, eps=1e-5):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(ndim))
        self.register_parameter("bias", nn.Parameter(torch.zeros(ndim)) if bias else None)

    def forward(self, x):
        low = x.float()
        low = low - low.mean(-1, True)
        y = (low * torch.rsqrt((low * low).mean(-1, True) + self.eps)).to(x.dtype) * self.weight
        return y if self.bias is None else self.bias + y


class RMSNorm(nn.Module):
    def __init__(self, ndim, bias=False, eps=1e-5):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(ndim))

    def forward(self, x):
        low = x.float()
        return (low * torch.rsqrt((low * low).mean(-1, True) + self.eps)).type_as(x) * self.weight
