"""As in makemore.py: the row is rolled on, token by token, and the embeddings are concatenated."""

from dataclasses import dataclass

import torch
import torch.nn as nn
from torch.nn import functional as F


@dataclass
class MLPConfig:
    vocab_size: int = 27
    block_size: int = 16
    context: int = 3
    n_embd: int = 10
    n_hidden: int = 200


def windows(idx, context):
    places = []
    for _ in range(context):
        places.insert(0, idx)
        idx = torch.roll(idx, 1, 1)
        idx[:, 0] = 0
    return torch.stack(places, dim=-1)


class MLP(nn.Module):
    def __init__(self, config, batchnorm=None):
        super().__init__()
        self.context = config.context
        self.wte = nn.Embedding(config.vocab_size, config.n_embd)
        self.hidden = nn.Linear(config.context * config.n_embd, config.n_hidden)
        self.norm = batchnorm(config.n_hidden) if batchnorm else nn.Identity()
        self.lm_head = nn.Linear(config.n_hidden, config.vocab_size)

    def forward(self, idx, targets=None):
        embs = [self.wte(place) for place in windows(idx, self.context).unbind(-1)]
        x = torch.cat(embs, -1)
        x = self.norm(self.hidden(x)).tanh()
        logits = self.lm_head(x)
        loss = None
        if targets is not None:
            if targets.ndim == 1:
                loss = F.cross_entropy(logits[:, -1, :], targets)
            else:
                loss = F.cross_entropy(logits.view(-1, logits.size(-1)), targets.reshape(-1))
        return logits, loss
