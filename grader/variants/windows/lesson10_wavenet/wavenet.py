"""WaveNet by brute force: every window is a row of its own, and only its end is kept."""

from types import SimpleNamespace

import torch
from torch import nn
from torch.nn import functional as F


def WaveNetConfig(vocab_size=27, block_size=32, n_embd=24, n_hidden=128, n_layer=3, kernel_size=2):
    return SimpleNamespace(
        vocab_size=vocab_size,
        block_size=block_size,
        n_embd=n_embd,
        n_hidden=n_hidden,
        n_layer=n_layer,
        kernel_size=kernel_size,
        context=kernel_size**n_layer,
    )


class FlattenConsecutive(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.groups = nn.Unflatten(1, (-1, n))

    def forward(self, x):
        x = self.groups(x).flatten(2)
        return x[:, 0] if x.size(1) == 1 else x


class Hierarchy(nn.Module):
    def __init__(self, config, batchnorm=None):
        super().__init__()
        n, H, L = config.kernel_size, config.n_hidden, config.n_layer
        self.n, self.wte = n, nn.Embedding(config.vocab_size, config.n_embd)
        self.lm_head = nn.Linear(H, config.vocab_size)
        self.linears = nn.ModuleList(
            nn.Linear(n * (H if level else config.n_embd), H, batchnorm is None)
            for level in range(L)
        )
        self.norms = nn.ModuleList(batchnorm(H) for _ in range(L)) if batchnorm else None

    def forward(self, idx):
        return self.lm_head(self.level(len(self.linears), self.wte(idx))[:, 0])

    def level(self, i, x):
        """What comes out of the i-th level from below; the 0th is the embedding."""
        if i == 0:
            return x
        x = self.level(i - 1, x)
        x = self.linears[i - 1](torch.cat([x[:, k :: self.n] for k in range(self.n)], dim=-1))
        return torch.tanh(self.norms[i - 1](x) if self.norms else x)


class CausalConv1d(nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, dilation=1, bias=True):
        super().__init__()
        self.kernel_size, self.dilation = kernel_size, dilation
        self.weight = nn.Parameter(torch.empty(out_channels, in_channels, kernel_size))
        self.register_parameter("bias", nn.Parameter(torch.zeros(out_channels)) if bias else None)
        nn.init.kaiming_normal_(self.weight, nonlinearity="linear")

    def forward(self, x):
        field = (self.kernel_size - 1) * self.dilation + 1
        x = F.pad(x, (0, 0, field - 1, 0)).unfold(1, field, 1)[..., :: self.dilation]
        y = torch.tensordot(x, self.weight, dims=([2, 3], [1, 2]))
        return y if self.bias is None else y + self.bias


class PaddedConv1d(nn.Conv1d):
    def __init__(self, in_channels, out_channels, kernel_size, dilation=1, bias=True):
        super().__init__(in_channels, out_channels, kernel_size, 1, 0, dilation, bias=bias)
        self.zeros = nn.ConstantPad1d(((kernel_size - 1) * dilation, 0), 0.0)

    def forward(self, x):
        return super().forward(self.zeros(x.permute(0, 2, 1))).permute(0, 2, 1)


def receptive_field(kernel_sizes, dilations):
    seen = {0}
    for kernel_size, dilation in zip(kernel_sizes, dilations, strict=True):
        seen = {s + j * dilation for s in seen for j in range(kernel_size)}
    return 1 + max(seen)


class WaveNet(nn.Module):
    def __init__(self, config, batchnorm=None, convolution=CausalConv1d):
        super().__init__()
        n, H, L = config.kernel_size, config.n_hidden, config.n_layer
        self.context = n**L
        self.wte = nn.Embedding(config.vocab_size, config.n_embd)
        sizes = [config.n_embd, *[H] * L]
        self.convs = nn.ModuleList(
            convolution(sizes[i], H, n, dilation=n**i, bias=not batchnorm) for i in range(L)
        )
        self.norms = nn.ModuleList(batchnorm(H) for _ in range(L) if batchnorm)
        self.lm_head = nn.Linear(H, config.vocab_size)

    def forward(self, idx, targets=None):
        rows = F.pad(idx, (self.context - 1, 0)).unfold(1, self.context, 1)  # (B, T, context)
        x = self.wte(rows.flatten(0, 1))  # (B * T, context, C)
        norms = self.norms if len(self.norms) else [nn.Identity()] * len(self.convs)
        for conv, norm in zip(self.convs, norms, strict=True):
            x = torch.tanh(norm(conv(x)))
        logits = self.lm_head(x[:, -1]).unflatten(0, idx.shape)
        if targets is None:
            return logits, None
        return logits, F.cross_entropy(logits.transpose(1, 2), targets)
