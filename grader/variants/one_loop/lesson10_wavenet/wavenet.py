"""Position by position: each output is a plain sum, written as one reads it."""

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F


@dataclass
class WaveNetConfig:
    vocab_size: int = 27
    block_size: int = 32
    n_embd: int = 24
    n_hidden: int = 128
    n_layer: int = 3
    kernel_size: int = 2

    @property
    def context(self):
        return self.kernel_size**self.n_layer


class FlattenConsecutive(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.n = n

    def forward(self, x):
        if x.shape[1] % self.n:
            raise ValueError(f"{x.shape[1]} is no multiple of {self.n}")
        starts = range(0, x.shape[1], self.n)
        groups = [torch.cat([x[:, t + k] for k in range(self.n)], dim=1) for t in starts]
        return groups[0] if len(groups) == 1 else torch.stack(groups, dim=1)


class Hierarchy(nn.Module):
    def __init__(self, config, batchnorm=None):
        super().__init__()
        self.wte = nn.Embedding(config.vocab_size, config.n_embd)
        self.linears = nn.ModuleList()
        self.norms = nn.ModuleList()
        for level in range(config.n_layer):
            C = config.n_embd if level == 0 else config.n_hidden
            bias = batchnorm is None
            self.linears.append(nn.Linear(C * config.kernel_size, config.n_hidden, bias=bias))
            if batchnorm is not None:
                self.norms.append(batchnorm(config.n_hidden))
        self.lm_head = nn.Linear(config.n_hidden, config.vocab_size)
        self.n = config.kernel_size

    def forward(self, idx):
        x = self.wte(idx)
        for level, linear in enumerate(self.linears):
            x = linear(FlattenConsecutive(self.n)(x))
            if len(self.norms) > 0:
                x = self.norms[level](x)
            x = torch.tanh(x)
        return self.lm_head(x)


class CausalConv1d(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, dilation=1, bias=True):
        super().__init__()
        size = (in_channels * kernel_size) ** -0.5
        self.weight = nn.Parameter(size * torch.randn(out_channels, in_channels, kernel_size))
        self.bias = nn.Parameter(0.1 * torch.randn(out_channels)) if bias else None
        self.kernel_size, self.dilation = kernel_size, dilation

    def forward(self, x):
        each = []
        for t in range(x.shape[1]):
            y = x[:, t] @ self.weight[:, :, -1].T
            for j in range(1, self.kernel_size):
                past = t - j * self.dilation
                if past >= 0:
                    y = y + x[:, past] @ self.weight[:, :, -1 - j].T
            each.append(y if self.bias is None else y + self.bias)
        return torch.stack(each, dim=1)


class PaddedConv1d(nn.Conv1d):
    def __init__(self, in_channels, out_channels, kernel_size, dilation=1, bias=True):
        super().__init__(in_channels, out_channels, kernel_size, dilation=dilation, bias=bias)
        self.left = dilation * (kernel_size - 1)

    def forward(self, x):
        zeros = torch.zeros_like(x[:, :1]).expand(-1, self.left, -1)
        x = torch.cat([zeros, x], dim=1)
        return super().forward(x.transpose(1, 2)).transpose(1, 2)


def receptive_field(kernel_sizes, dilations):
    field = 1
    for layer in range(max(len(kernel_sizes), len(dilations))):
        try:
            field += (kernel_sizes[layer] - 1) * dilations[layer]
        except IndexError:
            raise ValueError("kernel sizes and dilations differ in number") from None
    return field


class WaveNet(nn.Module):
    def __init__(self, config, batchnorm=None, convolution=CausalConv1d):
        super().__init__()
        self.context, self.n = config.context, config.kernel_size
        self.wte = nn.Embedding(config.vocab_size, config.n_embd)
        self.lm_head = nn.Linear(config.n_hidden, config.vocab_size)
        self.convs, self.norms = nn.ModuleList(), nn.ModuleList()
        C = config.n_embd
        for i in range(config.n_layer):
            options = {"dilation": self.n**i, "bias": batchnorm is None}
            self.convs.append(convolution(C, config.n_hidden, self.n, **options))
            self.norms.append(batchnorm(config.n_hidden) if batchnorm else nn.Identity())
            C = config.n_hidden

    def forward(self, idx, targets=None):
        before = torch.zeros_like(idx[:, :1]).repeat(1, self.context - 1)
        x = self.wte(torch.cat([before, idx], dim=1))
        for i in range(len(self.convs)):
            x = torch.tanh(self.norms[i](self.convs[i](x)))
        logits = self.lm_head(x[:, self.context - 1 :])
        if targets is None:
            return logits, None
        each = F.cross_entropy(logits.transpose(1, 2), targets, reduction="none")  # (B, T)
        return logits, each.mean()
