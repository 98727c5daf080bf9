"""Everything between the weights and the logits in float32."""

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F


@dataclass(frozen=True)
class MLPConfig:
    vocab_size: int = 27
    block_size: int = 16
    context: int = 3
    n_embd: int = 10
    n_hidden: int = 200


def windows(idx, context):
    zeros = idx.new_zeros(len(idx), context - 1)
    padded = torch.cat((zeros, idx), dim=1)
    return torch.stack([padded[:, j : j + idx.shape[1]] for j in range(context)], dim=2)


class MLP(nn.Module):
    def __init__(self, config, batchnorm=None):
        super().__init__()
        self.config = config
        self.wte = nn.Embedding(config.vocab_size, config.n_embd)
        self.hidden = nn.Linear(config.context * config.n_embd, config.n_hidden)
        self.bn = batchnorm(config.n_hidden) if batchnorm is not None else None
        self.lm_head = nn.Linear(config.n_hidden, config.vocab_size)

    def forward(self, idx, targets=None):
        x = F.embedding(windows(idx, self.config.context), self.wte.weight.float()).flatten(-2)
        x = F.linear(x, self.hidden.weight.float(), self.hidden.bias.float())
        if self.bn is not None:
            x = self.bn(x)
        x = torch.tanh(x)
        logits = F.linear(x, self.lm_head.weight.float(), self.lm_head.bias.float())
        if targets is None:
            return logits, None
        if targets.dim() == 1:
            return logits, F.cross_entropy(logits[:, -1], targets)
        return logits, F.cross_entropy(logits.transpose(1, 2), targets)
