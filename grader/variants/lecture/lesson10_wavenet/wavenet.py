"""As the lecture has it: layers that are called one after another, view, shapes by hand."""

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

    def __call__(self, x):
        B, T, C = x.shape
        x = x.view(B, T // self.n, C * self.n)
        if x.shape[1] == 1:
            x = x.squeeze(1)
        self.out = x
        return self.out


class Hierarchy(nn.Module):
    def __init__(self, config, batchnorm=None):
        super().__init__()
        fan_in = config.n_embd
        self.wte = nn.Embedding(config.vocab_size, config.n_embd)
        self.linears, self.norms = nn.ModuleList(), nn.ModuleList()
        for _ in range(config.n_layer):
            linear = nn.Linear(fan_in * config.kernel_size, config.n_hidden, bias=not batchnorm)
            self.linears.append(linear)
            if batchnorm:
                self.norms.append(batchnorm(config.n_hidden))
            fan_in = config.n_hidden
        self.lm_head = nn.Linear(config.n_hidden, config.vocab_size)
        with torch.no_grad():
            self.lm_head.weight *= 0.1
        self.layers = [self.wte]
        for i, linear in enumerate(self.linears):
            self.layers += [FlattenConsecutive(config.kernel_size), linear]
            self.layers += [self.norms[i]] if batchnorm else []
            self.layers += [nn.Tanh()]
        self.layers += [self.lm_head]

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


class CausalConv1d(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, dilation=1, bias=True):
        super().__init__()
        fan_in = in_channels * kernel_size
        gain = 5 / 3
        self.weight = nn.Parameter(
            gain * torch.randn(out_channels, in_channels, kernel_size) / fan_in**0.5
        )
        self.bias = nn.Parameter(torch.zeros(out_channels)) if bias else None
        self.dilation = dilation

    def forward(self, x):
        K = self.weight.shape[-1]
        out = x @ self.weight[:, :, -1].T
        for j in range(1, min(K, 1 + (x.shape[1] - 1) // self.dilation)):
            past = x[:, : -j * self.dilation] @ self.weight[:, :, K - 1 - j].T
            out = out + F.pad(past, (0, 0, j * self.dilation, 0))
        if self.bias is not None:
            out = out + self.bias
        return out


class PaddedConv1d(nn.Conv1d):
    def __init__(self, in_channels, out_channels, kernel_size, dilation=1, bias=True):
        left = (kernel_size - 1) * dilation
        super().__init__(
            in_channels, out_channels, kernel_size, dilation=dilation, bias=bias, padding=left
        )

    def forward(self, x):
        return super().forward(x.mT)[:, :, : x.shape[1]].mT


def receptive_field(kernel_sizes, dilations):
    if len(kernel_sizes) != len(dilations):
        raise ValueError("two lists of one length, please")
    field = 1
    for k, d in zip(kernel_sizes, dilations):  # noqa: B905 (compared above)
        field += (k - 1) * d
    return field


class WaveNet(nn.Module):
    def __init__(self, config, batchnorm=None, convolution=CausalConv1d):
        super().__init__()
        self.context = config.context
        self.wte = nn.Embedding(config.vocab_size, config.n_embd)
        self.convs, self.norms = nn.ModuleList(), nn.ModuleList()
        channels, dilation = config.n_embd, 1
        for _ in range(config.n_layer):
            self.convs.append(
                convolution(
                    channels,
                    config.n_hidden,
                    config.kernel_size,
                    dilation=dilation,
                    bias=batchnorm is None,
                )
            )
            if batchnorm is not None:
                self.norms.append(batchnorm(config.n_hidden))
            channels, dilation = config.n_hidden, dilation * config.kernel_size
        self.lm_head = nn.Linear(channels, config.vocab_size)
        with torch.no_grad():
            self.lm_head.weight *= 0.1

    def forward(self, idx, targets=None):
        B, T = idx.shape
        before = idx.new_zeros(B, self.context - 1)
        x = self.wte(torch.cat((before, idx), dim=1))
        for i, conv in enumerate(self.convs):
            x = conv(x)
            if len(self.norms):
                x = self.norms[i](x)
            x = torch.tanh(x)
        logits = self.lm_head(x[:, -T:])
        loss = None
        if targets is not None:
            loss = F.cross_entropy(logits.view(B * T, -1), targets.reshape(B * T))
        return logits, loss
