"""An nn.Sequential, under other names than it would choose."""

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


def windows(idx, context):
    padded = torch.constant_pad_nd(idx, [context - 1, 0])
    return torch.as_strided(
        padded.contiguous(), (*idx.shape, context), (padded.shape[1], 1, 1)
    ).clone()


class MLP(nn.Sequential):
    def __init__(self, config, batchnorm=None):
        super().__init__()
        self.add_module("wte", nn.Embedding(config.vocab_size, config.n_embd))
        self.add_module("side_by_side", nn.Flatten(2))
        self.add_module("hidden", nn.Linear(config.context * config.n_embd, config.n_hidden))
        if batchnorm is not None:
            self.add_module("bn", batchnorm(config.n_hidden))
        self.add_module("tanh", nn.Tanh())
        self.add_module("lm_head", nn.Linear(config.n_hidden, config.vocab_size))
        self.context = config.context

    def forward(self, idx, targets=None):
        logits = super().forward(windows(idx, self.context))
        if targets is None:
            return logits, None
        if targets.dim() == 1:
            return logits, nn.CrossEntropyLoss()(logits.select(1, -1), targets)
        return logits, nn.CrossEntropyLoss()(logits.movedim(-1, 1), targets)
