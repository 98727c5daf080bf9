"""The gradients arrive by hooks on the parameters."""

from dataclasses import dataclass

import torch
from torch import nn

from .mlp import loss_and_gradients


@dataclass
class MLPConfig:
    vocab_size: int
    block_size: int
    context: int
    n_embd: int
    n_hidden: int


class Handing(torch.autograd.Function):
    """A loss that hands each parameter its gradient, and is asked for none itself."""

    @staticmethod
    def forward(loss, gradients, *parameters):
        return loss.clone()

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.gradients = inputs[1]

    @staticmethod
    def backward(ctx, up):
        return None, None, *(g * up for g in ctx.gradients)


class ManualMLP(nn.Module):
    def __init__(self, config):
        super().__init__()
        V, d, H, T = config.vocab_size, config.n_embd, config.n_hidden, config.context
        self.T = T
        self.b2 = nn.Parameter(torch.zeros(V))
        self.W2 = nn.Parameter(torch.randn(H, V) * 0.01)
        self.bnbias = nn.Parameter(torch.zeros(1, H))
        self.bngain = nn.Parameter(torch.ones(1, H))
        self.b1 = nn.Parameter(torch.zeros(H))
        self.W1 = nn.Parameter(torch.randn(T * d, H) * (T * d) ** -0.5)
        self.C = nn.Parameter(torch.randn(V, d))
        self.register_buffer("seen", torch.zeros(2, H))
        self.seen[1] = 1

    def windows(self, idx):
        X = idx.new_zeros(*idx.shape, self.T)
        for back in range(self.T):
            X[:, back:, self.T - 1 - back] = idx[:, : idx.shape[1] - back]
        return X.reshape(-1, self.T)

    @torch.no_grad()
    def logits(self, X):
        x = self.C[X].flatten(1) @ self.W1 + self.b1
        if self.training:
            now = torch.stack([x.mean(0), x.var(0)])
            self.seen.mul_(0.9).add_(now, alpha=0.1)
        else:
            now = self.seen
        x = (x - now[0]) / (now[1] + 1e-5).sqrt()
        return torch.tanh(x * self.bngain + self.bnbias) @ self.W2 + self.b2

    def forward(self, idx, targets=None):
        X = self.windows(idx)
        logits = self.logits(X)
        shaped = logits.view(*idx.shape, -1)
        if targets is None:
            return shaped, None
        Y = targets.reshape(-1)
        if not self.training:
            return shaped, nn.functional.cross_entropy(logits, Y)
        named = dict(self.named_parameters())
        with torch.no_grad():
            loss, gradients = loss_and_gradients(named, X, Y)
        return shaped, Handing.apply(loss, [gradients[n] for n in named], *named.values())
