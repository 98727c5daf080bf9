"""The model of `mlp.py` as an nn.Module that trains by your gradients. Complete: nothing to do.

`loss.backward()` asks autograd for gradients; what it gets here are those that your
`loss_and_gradients` worked out, for autograd takes the word of a Function for what is inside it. So
any optimizer and any loop can train by them: `zth train names-by-hand --with model=student`.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .mlp import forward, loss_and_gradients
from .steps import EPS

MOMENTUM = 0.1  # of a batch in the running mean and variance


@dataclass(frozen=True)
class MLPConfig:
    """The size of a model."""

    vocab_size: int = 27
    block_size: int = 32  # tokens in a row
    context: int = 3  # tokens that a prediction sees: T in mlp.py
    n_embd: int = 10
    n_hidden: int = 64


class ByHand(torch.autograd.Function):
    """The loss as a function of the parameters, whose gradients `loss_and_gradients` gives."""

    @staticmethod
    def forward(ctx: Any, Xb: Tensor, Yb: Tensor, names: list[str], *parameters: Tensor) -> Tensor:
        loss, gradients = loss_and_gradients(dict(zip(names, parameters, strict=True)), Xb, Yb)
        if missing := [name for name in names if name not in gradients]:
            raise ValueError(f"loss_and_gradients gives no gradient of {', '.join(missing)} yet")
        ctx.save_for_backward(*(gradients[name] for name in names))
        return loss

    @staticmethod
    def backward(ctx: Any, dloss: Tensor) -> tuple[Tensor | None, ...]:
        return None, None, None, *(dloss * gradient for gradient in ctx.saved_tensors)


class ManualMLP(nn.Module):
    """Tokens in, logits out, everywhere in a row: each sees itself and `context` − 1 before it.

    Before the first token of a row stands token 0. In training, batch normalization takes mean and
    variance from the batch, and a running mean of both is kept; in eval mode it takes those.
    """

    bnmean: Tensor
    bnvar: Tensor

    def __init__(self, config: MLPConfig) -> None:
        super().__init__()
        V, d, H = config.vocab_size, config.n_embd, config.n_hidden
        fan_in = config.context * d
        self.context = config.context
        self.C = nn.Parameter(torch.randn(V, d))
        self.W1 = nn.Parameter(torch.randn(fan_in, H) * (5 / 3) / fan_in**0.5)
        self.b1 = nn.Parameter(torch.zeros(H))
        self.bngain = nn.Parameter(torch.ones(1, H))
        self.bnbias = nn.Parameter(torch.zeros(1, H))
        self.W2 = nn.Parameter(torch.randn(H, V) * 0.1 / H**0.5)
        self.b2 = nn.Parameter(torch.zeros(V))
        self.register_buffer("bnmean", torch.zeros(1, H))
        self.register_buffer("bnvar", torch.ones(1, H))

    def forward(self, idx: Tensor, targets: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """Tokens (B, T) -> logits (B, T, V), and the mean loss where targets (B, T) are given."""
        p = dict(self.named_parameters())
        Xb = F.pad(idx, (self.context - 1, 0)).unfold(1, self.context, 1)  # (B, T, context)
        Xb = Xb.reshape(-1, self.context)  # (n, context), n = B · T
        with torch.no_grad(), torch.autocast(idx.device.type, enabled=False):
            logits = self._logits(p, Xb)  # (n, V)
        rows = logits.reshape(*idx.shape, -1)  # (B, T, V)
        if targets is None:
            return rows, None
        if not self.training:
            return rows, F.cross_entropy(logits, targets.reshape(-1))
        with torch.autocast(idx.device.type, enabled=False):
            return rows, ByHand.apply(Xb, targets.reshape(-1), list(p), *p.values())

    def _logits(self, p: dict[str, Tensor], Xb: Tensor) -> Tensor:
        """Logits (n, V) by the batch's mean and variance, or in eval mode by the running ones."""
        v = forward(p, Xb)
        if self.training:
            self.bnmean.lerp_(v.bnmeani, MOMENTUM)
            self.bnvar.lerp_(v.bnvar, MOMENTUM)
            return v.logits
        bnraw = (v.hprebn - self.bnmean) * (self.bnvar + EPS) ** -0.5
        return torch.tanh(p["bngain"] * bnraw + p["bnbias"]) @ p["W2"] + p["b2"]
