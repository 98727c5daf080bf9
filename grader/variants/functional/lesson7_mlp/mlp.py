"""The first layer as a convolution over the embedded row: the padding is embedded, too."""

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
    places = torch.arange(idx.shape[1], device=idx.device)[:, None] - torch.arange(
        context - 1, -1, -1, device=idx.device
    )
    return idx[:, places.clamp(min=0)] * (places >= 0)


class MLP(nn.Module):
    def __init__(self, config, batchnorm=None):
        super().__init__()
        self.config = config
        self.wte = nn.Embedding(config.vocab_size, config.n_embd)
        self.hidden = nn.Linear(config.context * config.n_embd, config.n_hidden)
        self.norm = (batchnorm or (lambda _: nn.Identity()))(config.n_hidden)
        self.lm_head = nn.Linear(config.n_hidden, config.vocab_size)

    def forward(self, idx, targets=None):
        k, C, H = self.config.context, self.config.n_embd, self.config.n_hidden
        row = self.wte(F.pad(idx, (k - 1, 0))).transpose(1, 2)  # (B, C, k - 1 + T)
        kernel = self.hidden.weight.view(H, k, C).transpose(1, 2)  # (H, C, k)
        x = F.conv1d(row, kernel, self.hidden.bias).transpose(1, 2)  # (B, T, H)
        logits = self.lm_head(self.norm(x).tanh())
        if targets is None:
            return logits, None
        if targets.dim() == 2:
            return logits, F.nll_loss(logits.log_softmax(2).flatten(0, 1), targets.flatten())
        return logits, F.nll_loss(logits[:, -1].log_softmax(1), targets)
