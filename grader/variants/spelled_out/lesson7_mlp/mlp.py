"""Matrices of one-hot vectors, a tanh of exponentials, a loss of logarithms."""

from dataclasses import dataclass

import torch
from torch import nn


@dataclass(frozen=True)
class MLPConfig:
    vocab_size: int = 27
    block_size: int = 16
    context: int = 3
    n_embd: int = 10
    n_hidden: int = 200


class Layer(nn.Module):
    def __init__(self, fan_in, fan_out):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(fan_out, fan_in) / fan_in**0.5)
        self.bias = nn.Parameter(torch.zeros(fan_out))

    def forward(self, x):
        return torch.einsum("...i,oi->...o", x, self.weight) + self.bias


class Table(nn.Module):
    def __init__(self, rows, columns):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(rows, columns))

    def forward(self, idx):
        one_hot = (idx[..., None] == torch.arange(len(self.weight))).to(self.weight.dtype)
        return one_hot @ self.weight


def windows(idx, context):
    B, T = idx.shape
    w = torch.zeros(B, T, context, dtype=torch.int64)
    for t in range(T):
        for j in range(context):
            if t - j >= 0:
                w[:, t, context - 1 - j] = idx[:, t - j]
    return w


def tanh(a):
    p = torch.exp(-2 * a.abs())
    return a.sign() * (1 - p) / (1 + p)


def negative_log_likelihood(logits, targets):
    shifted = logits - logits.amax(-1, keepdim=True).detach()
    log_p = shifted - shifted.exp().sum(-1, keepdim=True).log()
    rows = torch.arange(len(targets))
    return -log_p[rows, targets].mean()


class MLP(nn.Module):
    def __init__(self, config, batchnorm=None):
        super().__init__()
        self.context = config.context
        self.wte = Table(config.vocab_size, config.n_embd)
        self.hidden = Layer(config.context * config.n_embd, config.n_hidden)
        self.lm_head = Layer(config.n_hidden, config.vocab_size)
        if batchnorm is not None:
            self.bn1 = batchnorm(config.n_hidden)

    def forward(self, idx, targets=None):
        B, T = idx.shape
        a = self.hidden(self.wte(windows(idx, self.context)).reshape(B, T, -1))
        if hasattr(self, "bn1"):
            a = self.bn1(a)
        logits = self.lm_head(tanh(a))
        if targets is None:
            return logits, None
        if targets.ndim == 1:
            return logits, negative_log_likelihood(logits[:, T - 1], targets)
        return logits, negative_log_likelihood(logits.reshape(B * T, -1), targets.reshape(B * T))
