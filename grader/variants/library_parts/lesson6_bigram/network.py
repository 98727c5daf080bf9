"""F.embedding for the lookup, and PyTorch's own optimizer for the steps."""

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F


@dataclass
class BigramConfig:
    vocab_size: int = 27
    block_size: int = 32


class Bigram(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.W = nn.Parameter(torch.empty(config.vocab_size, config.vocab_size))
        nn.init.zeros_(self.W)

    def forward(self, idx, targets=None):
        logits = F.embedding(idx, self.W)
        if targets is None:
            return logits, None
        return logits, F.cross_entropy(logits.transpose(1, 2), targets)


def train(model, tokens, steps=200, learning_rate=50.0, penalty=0.01):
    decay = 2 * penalty / model.W.numel()  # the derivative of penalty · mean(W²), over W
    optimizer = torch.optim.SGD([model.W], lr=learning_rate, weight_decay=decay)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = model(tokens[:-1].unsqueeze(0), tokens[1:].unsqueeze(0))[1]
        loss.backward()
        losses.append(loss.item() + penalty * model.W.detach().square().mean().item())
        optimizer.step()
    return losses
