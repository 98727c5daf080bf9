"""Every product and tanh in float32, whatever the weights are."""

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F


@dataclass(frozen=True)
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
        assert x.shape[1] % self.n == 0, "positions are left over"
        x = x.float().unflatten(1, (-1, self.n)).flatten(2).to(x.dtype)
        return x.squeeze(1) if x.shape[1] == 1 else x


def linear(x, weight, bias):
    y = x.float() @ weight.float().T
    return (y if bias is None else y + bias.float()).to(x.dtype)


class Hierarchy(nn.Module):
    def __init__(self, config, batchnorm=None):
        super().__init__()
        n, H = config.kernel_size, config.n_hidden
        self.wte = nn.Embedding(config.vocab_size, config.n_embd)
        self.flatten = FlattenConsecutive(n)
        inputs = [config.n_embd] + [H] * (config.n_layer - 1)
        self.linears = nn.ModuleList(nn.Linear(n * C, H, bias=not batchnorm) for C in inputs)
        self.norms = nn.ModuleList(batchnorm(H) if batchnorm else nn.Identity() for _ in inputs)
        self.lm_head = nn.Linear(H, config.vocab_size)

    def forward(self, idx):
        x = self.wte(idx)
        for part, norm in zip(self.linears, self.norms, strict=True):
            x = norm(linear(self.flatten(x), part.weight, part.bias))
            x = torch.tanh(x.float()).to(x.dtype)
        return linear(x, self.lm_head.weight, self.lm_head.bias)


class CausalConv1d(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, dilation=1, bias=True):
        super().__init__()
        bound = (in_channels * kernel_size) ** -0.5  # as PyTorch starts its convolutions
        weight = torch.empty(out_channels, in_channels, kernel_size).uniform_(-bound, bound)
        self.weight = nn.Parameter(weight)
        self.bias = (
            nn.Parameter(torch.empty(out_channels).uniform_(-bound, bound)) if bias else None
        )
        self.dilation = dilation

    def forward(self, x):
        y, K = 0.0, self.weight.shape[2]
        for k in range(K):
            past = min((K - 1 - k) * self.dilation, x.shape[1])
            moved = F.pad(x[:, : x.shape[1] - past], (0, 0, past, 0))
            y = y + moved.float() @ self.weight[:, :, k].float().T
        return (y if self.bias is None else y + self.bias.float()).to(x.dtype)


class PaddedConv1d(nn.Conv1d):
    def __init__(self, in_channels, out_channels, kernel_size, dilation=1, bias=True):
        super().__init__(in_channels, out_channels, kernel_size, dilation=dilation, bias=bias)

    def forward(self, x):
        left = self.dilation[0] * (self.kernel_size[0] - 1)
        bias = None if self.bias is None else self.bias.float()
        padded = F.pad(x.mT.float(), (left, 0))
        y = F.conv1d(padded, self.weight.float(), bias, dilation=self.dilation)
        return y.mT.to(x.dtype)


def receptive_field(kernel_sizes, dilations):
    reaches = [(k - 1) * d for k, d in zip(kernel_sizes, dilations, strict=True)]
    return sum(reaches, start=1)


class WaveNet(nn.Module):
    def __init__(self, config, batchnorm=None, convolution=CausalConv1d):
        super().__init__()
        self.config = config
        n, H = config.kernel_size, config.n_hidden
        inputs = [config.n_embd] + [H] * (config.n_layer - 1)
        self.wte = nn.Embedding(config.vocab_size, config.n_embd)
        self.convs = nn.ModuleList(
            convolution(C, H, n, dilation=n**i, bias=not batchnorm) for i, C in enumerate(inputs)
        )
        self.norms = nn.ModuleList(batchnorm(H) if batchnorm else nn.Identity() for _ in inputs)
        self.lm_head = nn.Linear(H, config.vocab_size)

    def forward(self, idx, targets=None):
        x = self.wte(F.pad(idx, (self.config.context - 1, 0)))
        for conv, norm in zip(self.convs, self.norms, strict=True):
            x = norm(conv(x))
            x = torch.tanh(x.float()).to(x.dtype)
        logits = linear(x[:, x.shape[1] - idx.shape[1] :], self.lm_head.weight, self.lm_head.bias)
        if targets is None:
            return logits, None
        return logits, F.cross_entropy(logits.float().flatten(0, 1), targets.flatten())
