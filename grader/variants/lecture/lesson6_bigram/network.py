"""As in the lecture: one-hot vectors in float32, W.data moves; the loss by log-softmax."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn


@dataclass
class BigramConfig:
    vocab_size: int = 27
    block_size: int = 32


class Bigram(nn.Module):
    def __init__(self, config):
        super().__init__()
        n = config.vocab_size
        self.W = nn.Parameter(torch.zeros((n, n)))

    def forward(self, idx, targets=None):
        xenc = F.one_hot(idx, num_classes=self.W.shape[0]).float()
        logits = xenc @ self.W
        loss = None
        if targets is not None:
            logprobs = F.log_softmax(logits, dim=-1).view(-1, logits.shape[-1])
            ys = targets.reshape(-1)
            loss = -logprobs[torch.arange(ys.nelement()), ys].mean()
        return logits, loss


def train(model, tokens, steps=200, learning_rate=50.0, penalty=0.01):
    xs, ys = tokens[:-1].view(1, -1), tokens[1:].view(1, -1)
    losses = []
    for _ in range(steps):
        # forward pass
        loss = model(xs, ys)[1] + penalty * (model.W**2).mean()
        losses.append(loss.item())
        # backward pass
        model.W.grad = None
        loss.backward()
        # update
        model.W.data += -learning_rate * model.W.grad
    return losses
