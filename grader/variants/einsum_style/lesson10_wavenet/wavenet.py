"""einsum throughout, and gathered indices in place of shifts."""

from collections import namedtuple
from itertools import pairwise

import torch
from torch import nn
from torch.nn.functional import cross_entropy, pad

Fields = namedtuple(
    "Fields",
    ["vocab_size", "block_size", "n_embd", "n_hidden", "n_layer", "kernel_size"],
    defaults=[27, 32, 24, 128, 3, 2],
)


class WaveNetConfig(Fields):
    context = property(lambda self: self.kernel_size**self.n_layer)


class FlattenConsecutive(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.n = n

    def forward(self, x):
        B, T, C = x.shape
        if T % self.n != 0:
            raise ValueError("left over")
        places = torch.arange(T, device=x.device).reshape(-1, self.n)  # (groups, n)
        groups = x[:, places].reshape(B, -1, self.n * C)
        return groups if len(places) > 1 else groups[:, 0]


class Hierarchy(nn.Module):
    def __init__(self, config, batchnorm=None):
        super().__init__()
        self.n = n = config.kernel_size
        self.wte = nn.Embedding(config.vocab_size, config.n_embd)
        sizes = [config.n_embd] + [config.n_hidden] * config.n_layer
        self.linears = nn.ModuleList(
            nn.Linear(n * C, D, bias=batchnorm is None) for C, D in pairwise(sizes)
        )
        self.norms = nn.ModuleList([batchnorm(D) for D in sizes[1:]] if batchnorm else [])
        self.lm_head = nn.Linear(config.n_hidden, config.vocab_size)

    def forward(self, idx):
        x = self.wte(idx)
        for i, layer in enumerate(self.linears):
            weight = layer.weight.unflatten(1, (self.n, -1))  # (H, n, C)
            x = torch.einsum("btnc,hnc->bth", x.unflatten(1, (-1, self.n)), weight)
            x = x if layer.bias is None else x + layer.bias
            x = (self.norms[i](x) if self.norms else x).tanh()
        return self.lm_head(x.sum(dim=1))  # one position is left


class CausalConv1d(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, dilation=1, bias=True):
        super().__init__()
        start = nn.Conv1d(in_channels, out_channels, kernel_size, bias=bias)  # for its numbers
        self.weight, self.bias = start.weight, start.bias
        self.dilation = dilation

    def forward(self, x):
        T, K = x.shape[1], self.weight.shape[2]
        back = torch.arange(K - 1, -1, -1, device=x.device) * self.dilation  # (K,)
        places = torch.arange(T, device=x.device)[:, None] - back  # (T, K)
        terms = x[:, places.clamp(min=0)] * (places >= 0).to(x.dtype)[..., None]  # (B, T, K, in)
        y = torch.einsum("btkc,ock->bto", terms, self.weight)
        return y if self.bias is None else y + self.bias


class PaddedConv1d(nn.Conv1d):
    def __init__(self, in_channels, out_channels, kernel_size, dilation=1, bias=True):
        super().__init__(
            in_channels,
            out_channels,
            kernel_size,
            dilation=dilation,
            bias=bias,
            padding=(kernel_size - 1) * dilation,
        )

    def forward(self, x):
        y = super().forward(torch.einsum("btc->bct", x))
        return torch.einsum("bct->btc", y)[:, : x.shape[1]]


def receptive_field(kernel_sizes, dilations):
    if len(kernel_sizes) != len(dilations):
        raise ValueError(f"{len(kernel_sizes)} kernel sizes, {len(dilations)} dilations")
    return int(1 + sum(k * d for k, d in zip(kernel_sizes, dilations)) - sum(dilations))  # noqa: B905


class WaveNet(nn.Module):
    def __init__(self, config, batchnorm=None, convolution=CausalConv1d):
        super().__init__()
        n, sizes = config.kernel_size, [config.n_embd] + [config.n_hidden] * config.n_layer
        self.before = n**config.n_layer - 1
        self.wte = nn.Embedding(config.vocab_size, config.n_embd)
        bias = batchnorm is None
        self.convs = nn.ModuleList(
            convolution(sizes[i], sizes[i + 1], n, dilation=n**i, bias=bias)
            for i in range(config.n_layer)
        )
        self.norms = nn.ModuleList([batchnorm(D) for D in sizes[1:]] if batchnorm else [])
        self.lm_head = nn.Linear(config.n_hidden, config.vocab_size)

    def forward(self, idx, targets=None):
        x = self.wte(pad(idx, (self.before, 0), value=0))
        for i, conv in enumerate(self.convs):
            x = conv(x)
            x = (self.norms[i](x) if self.norms else x).tanh()
        logits = self.lm_head(x)[:, self.before :]
        if targets is None:
            return logits, None
        return logits, cross_entropy(logits.reshape(-1, logits.shape[-1]), targets.reshape(-1))
