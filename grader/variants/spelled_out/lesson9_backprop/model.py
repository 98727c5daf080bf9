"""One Function a parameter: each asks for its gradient by name."""

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

from .mlp import loss_and_gradients


@dataclass
class MLPConfig:
    vocab_size: int
    block_size: int
    context: int
    n_embd: int
    n_hidden: int


class Share(torch.autograd.Function):
    """Zero, whose gradient for the parameter is what it is told."""

    @staticmethod
    def forward(ctx, parameter, gradient):
        ctx.save_for_backward(gradient)
        return gradient.new_zeros(())

    @staticmethod
    def backward(ctx, up):
        (gradient,) = ctx.saved_tensors
        return up * gradient, None


class ManualMLP(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config, H = config, config.n_hidden
        width = config.context * config.n_embd
        self.C = nn.Parameter(torch.empty(config.vocab_size, config.n_embd).normal_())
        self.W1 = nn.Parameter(torch.empty(width, H).normal_(std=width**-0.5))
        self.b1 = nn.Parameter(torch.zeros(H))
        self.bngain = nn.Parameter(torch.ones(1, H))
        self.bnbias = nn.Parameter(torch.zeros(1, H))
        self.W2 = nn.Parameter(torch.empty(H, config.vocab_size).normal_(std=0.1 * H**-0.5))
        self.b2 = nn.Parameter(torch.zeros(config.vocab_size))
        self.register_buffer("mean", torch.zeros(1, H))
        self.register_buffer("var", torch.ones(1, H))

    def forward(self, idx, targets=None):
        context = self.config.context
        padded = F.pad(idx, (context - 1, 0))
        columns = [padded[:, k : k + idx.shape[1]].reshape(-1) for k in range(context)]
        X = torch.stack(columns, dim=1)
        x = self.C.detach()[X].reshape(len(X), -1) @ self.W1.detach() + self.b1.detach()
        if self.training:
            mean, var = x.mean(0, keepdim=True), x.var(0, keepdim=True)
            self.mean.copy_(0.9 * self.mean + 0.1 * mean)
            self.var.copy_(0.9 * self.var + 0.1 * var)
        else:
            mean, var = self.mean, self.var
        x = self.bngain.detach() * (x - mean) / (var + 1e-5).sqrt() + self.bnbias.detach()
        logits = x.tanh() @ self.W2.detach() + self.b2.detach()
        shaped = logits.reshape(*idx.shape, -1)
        if targets is None:
            return shaped, None
        loss = F.cross_entropy(logits, targets.reshape(-1))
        if self.training:
            named = dict(self.named_parameters())
            with torch.no_grad():
                _, gradients = loss_and_gradients(named, X, targets.reshape(-1))
            for name, parameter in named.items():
                loss = loss + Share.apply(parameter, gradients[name])
        return shaped, loss
