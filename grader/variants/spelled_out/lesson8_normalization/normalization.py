"""Channel by channel, token by token."""

import torch
from torch import nn


class BatchNorm1d(nn.Module):
    def __init__(self, dim, eps=1e-5, momentum=0.1):
        super().__init__()
        self.dim, self.eps, self.momentum = dim, eps, momentum
        self.weight = nn.Parameter(torch.ones(dim))
        self.bias = nn.Parameter(torch.zeros(dim))
        self.register_buffer("running_mean", torch.zeros(dim))
        self.register_buffer("running_var", torch.ones(dim))

    def forward(self, x):
        channels = []
        for c in range(self.dim):
            channel = x[..., c]
            n = channel.numel()
            if self.training:
                if n < 2:
                    raise ValueError("more rows are needed")
                mean = channel.sum() / n
                squares = ((channel - mean) ** 2).sum()
                var = squares / n
                self.follow(c, mean.item(), squares.item() / (n - 1))
            else:
                mean, var = self.running_mean[c], self.running_var[c]
            y = (channel - mean) / torch.sqrt(var + self.eps)
            channels.append(self.weight[c] * y + self.bias[c])
        return torch.stack(channels, dim=-1)

    def follow(self, c, mean, var):
        keep = 1 - self.momentum
        self.running_mean[c] = keep * self.running_mean[c].item() + self.momentum * mean
        self.running_var[c] = keep * self.running_var[c].item() + self.momentum * var


class LayerNorm(nn.Module):
    def __init__(self, ndim, bias=True, eps=1e-5):
        super().__init__()
        self.ndim, self.eps = ndim, eps
        self.weight = nn.Parameter(torch.ones(ndim))
        self.bias = None
        if bias:
            self.bias = nn.Parameter(torch.zeros(ndim))

    def forward(self, x):
        rows = []
        for row in x.reshape(-1, self.ndim):
            deviations = row - row.sum() / self.ndim
            size = torch.sqrt((deviations**2).sum() / self.ndim + self.eps)
            y = deviations / size * self.weight
            rows.append(y if self.bias is None else y + self.bias)
        return torch.stack(rows).reshape(x.shape)


class RMSNorm(nn.Module):
    def __init__(self, ndim, bias=False, eps=1e-5):
        super().__init__()
        self.ndim, self.eps = ndim, eps
        self.weight = nn.Parameter(torch.ones(ndim))

    def forward(self, x):
        rows = x.reshape(-1, self.ndim)
        sizes = [torch.sqrt(row @ row / self.ndim + self.eps) for row in rows]
        normed = [row / size * self.weight for row, size in zip(rows, sizes, strict=True)]
        return torch.stack(normed).reshape(x.shape)
