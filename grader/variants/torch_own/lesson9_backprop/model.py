"""PyTorch's autograd and its own BatchNorm1d: forbidden to a learner, and right."""

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F


@dataclass
class MLPConfig:
    vocab_size: int
    block_size: int
    context: int
    n_embd: int
    n_hidden: int


class ManualMLP(nn.Module):
    def __init__(self, config):
        super().__init__()
        V, d, H, T = config.vocab_size, config.n_embd, config.n_hidden, config.context
        self.T, self.C = T, nn.Parameter(torch.randn(V, d))
        self.W1 = nn.Parameter(torch.randn(T * d, H) / (T * d) ** 0.5)
        self.b1 = nn.Parameter(torch.zeros(H))
        self.bngain, self.bnbias = (nn.Parameter(a(1, H)) for a in (torch.ones, torch.zeros))
        self.W2 = nn.Parameter(torch.randn(H, V) * 0.01)
        self.b2 = nn.Parameter(torch.zeros(V))
        self.register_buffer("bnmean", torch.zeros(H))
        self.register_buffer("bnvar", torch.ones(H))

    def forward(self, idx, targets=None):
        before = [F.pad(idx, (k, 0))[:, : idx.shape[1]] for k in range(self.T - 1, -1, -1)]
        x = self.C[torch.stack(before, dim=-1)].flatten(2) @ self.W1 + self.b1
        raw = self.normalised(x)
        logits = torch.tanh(raw * self.bngain + self.bnbias) @ self.W2 + self.b2
        if targets is None:
            return logits, None
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.reshape(-1))

    def normalised(self, x):
        if not self.training:
            return (x - self.bnmean) / torch.sqrt(self.bnvar + 1e-5)
        mean, var = x.mean((0, 1)), x.var((0, 1))
        with torch.no_grad():
            self.bnmean += 0.1 * (mean - self.bnmean)
            self.bnvar += 0.1 * (var - self.bnvar)
        return (x - mean) / torch.sqrt(var + 1e-5)
