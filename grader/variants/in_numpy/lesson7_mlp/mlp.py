"""Windows by an array of places; the hidden layer as a sum over places."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn


@dataclass(frozen=True)
class MLPConfig:
    vocab_size: int = 27
    block_size: int = 16
    context: int = 3
    n_embd: int = 10
    n_hidden: int = 200


def windows(idx, context):
    T = idx.shape[1]
    places = np.arange(T)[:, None] + np.arange(1 - context, 1)[None]  # (T, context)
    there = torch.from_numpy(places >= 0).to(idx.device)
    places = torch.from_numpy(np.maximum(places, 0)).to(idx.device)
    return torch.where(there, idx[:, places], 0)


class MLP(nn.Module):
    def __init__(self, config, batchnorm=None):
        super().__init__()
        self.config = config
        self.wte = nn.Embedding(config.vocab_size, config.n_embd)
        self.hidden = nn.Linear(config.context * config.n_embd, config.n_hidden)
        self.lm_head = nn.Linear(config.n_hidden, config.vocab_size)
        self.between = [] if batchnorm is None else nn.ModuleList([batchnorm(config.n_hidden)])

    def forward(self, idx, targets=None):
        C = self.config.n_embd
        w = windows(idx, self.config.context)
        x = self.hidden.bias
        for j in range(self.config.context):
            x = x + self.wte(w[..., j]) @ self.hidden.weight[:, j * C : (j + 1) * C].T
        for part in self.between:
            x = part(x)
        logits = self.lm_head(torch.tanh(x))
        if targets is None:
            return logits, None
        log_p = torch.log_softmax(logits if targets.dim() == 2 else logits[:, -1], dim=-1)
        return logits, -log_p.gather(-1, targets.unsqueeze(-1)).mean()
