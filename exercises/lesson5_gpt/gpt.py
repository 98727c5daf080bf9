"""GPT-2, small enough to write at one sitting. Fill in each `raise NotImplementedError`.

    >>> config = GPTConfig(block_size=8, vocab_size=65, n_layer=2, n_head=2, n_embd=16)
    >>> model = GPT(config)
    >>> logits, loss = model(torch.zeros(1, 8, dtype=torch.long))
    >>> logits.shape, loss
    (torch.Size([1, 8, 65]), None)

The names of the parameters are those of GPT-2 (`transformer.h.0.attn.c_attn.weight`), so published
weights fit. The parts are slots: `GPT(config, attention=Mine)` builds every block with yours.
Check yourself with `zth grade lesson5`, or one part with `zth grade lesson5 --component norm`, and
train what you have with `zth train shakespeare-tiny --with gpt=student`.

Sources: "Language Models are Unsupervised Multitask Learners" (Radford et al., 2019);
"Attention Is All You Need" (Vaswani et al., 2017).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

# In the comments: B rows in a batch, T tokens in a row, C = n_embd channels, nh heads of size hs,
# V = vocab_size; C = nh · hs.


@dataclass(frozen=True)
class GPTConfig:
    """The size of a model; the defaults are those of the smallest GPT-2."""

    block_size: int = 1024  # the longest context, in tokens
    vocab_size: int = 50257
    n_layer: int = 12
    n_head: int = 12
    n_embd: int = 768
    dropout: float = 0.0
    bias: bool = True  # whether the linear layers inside the blocks have a bias


class CausalSelfAttention(nn.Module):
    """Every token looks at itself and at those before it: (B, T, C) -> (B, T, C).

    This one leaves the arithmetic to PyTorch; yours, from lesson 3, spells it out.
    """

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.n_head, self.dropout = config.n_head, config.dropout
        self.c_attn = nn.Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.c_proj = nn.Linear(config.n_embd, config.n_embd, bias=config.bias)
        self.resid_dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor) -> Tensor:
        B, T, C = x.shape
        heads = (B, T, self.n_head, C // self.n_head)
        q, k, v = (p.view(heads).transpose(1, 2) for p in self.c_attn(x).split(C, dim=2))
        dropout = self.dropout if self.training else 0.0
        y = F.scaled_dot_product_attention(q, k, v, dropout_p=dropout, is_causal=True)
        y = y.transpose(1, 2).reshape(B, T, C)  # (B, nh, T, hs) -> (B, T, C)
        return self.resid_dropout(self.c_proj(y))


class LayerNorm(nn.Module):
    """Each token's numbers get mean 0 and variance 1, then a gain and a bias of their own.

        y = (x − mean) / √(variance + 1e-5) · weight + bias

    Mean and variance are over the last dimension; the variance divides by its length. Subtract the
    mean before you square, so that large means do not cost digits. Parameters: `weight` (ndim,),
    all ones at the start, and `bias` (ndim,), all zeros, or None where `bias` is False.
    nn.LayerNorm is what you are writing, so it is off limits.

    Source: "Layer Normalization" (Ba, Kiros and Hinton, 2016).
    """

    def __init__(self, ndim: int, bias: bool = True) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        raise NotImplementedError


class MLP(nn.Module):
    """Every token thinks for itself: up to 4 C channels, a GELU, and down again.

    `c_fc` is a linear layer C -> 4C, `c_proj` one back, 4C -> C, both with a bias if
    config.bias says so. Between them F.gelu (exact, or GPT-2's approximate="tanh"); dropout last.
    """

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        raise NotImplementedError


class Block(nn.Module):
    """Communicate, then compute. Each part reads a normalized x and adds its answer to x.

        x = x + attn(ln_1(x))
        x = x + mlp(ln_2(x))

    Make `attn` by attention(config), `mlp` by mlp(config), and `ln_1` and `ln_2` by
    norm(config.n_embd, config.bias).
    """

    def __init__(
        self,
        config: GPTConfig,
        attention: Callable[[GPTConfig], nn.Module] = CausalSelfAttention,
        mlp: Callable[[GPTConfig], nn.Module] = MLP,
        norm: Callable[[int, bool], nn.Module] = LayerNorm,
    ) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        raise NotImplementedError


class GPT(nn.Module):
    """A decoder-only transformer: tokens in, a distribution over the next token out, everywhere.

    `attention` and `mlp` are called with the configuration, `norm` with n_embd and whether it has a
    bias, `block` with the configuration and these three; each gives a module that maps (B, T, C) to
    (B, T, C). The linear layer that writes to the residual stream should be called `c_proj`, so
    that it starts small enough for the depth of the model.

    - `transformer`, an nn.ModuleDict with `wte` (what each token is: an embedding V -> C), `wpe`
      (where it stands: an embedding block_size -> C), `drop` (dropout on their sum), `h` (an
      nn.ModuleList of n_layer blocks) and `ln_f` (a last norm).
    - `lm_head`, a linear layer C -> V without bias, whose weight is `wte`'s: one matrix reads
      tokens and writes them.
    """

    def __init__(
        self,
        config: GPTConfig,
        *,
        attention: Callable[[GPTConfig], nn.Module] = CausalSelfAttention,
        mlp: Callable[[GPTConfig], nn.Module] = MLP,
        norm: Callable[[int, bool], nn.Module] = LayerNorm,
        block: Callable[..., nn.Module] = Block,
    ) -> None:
        super().__init__()
        raise NotImplementedError

    @torch.no_grad()
    def init_weights(self) -> None:
        """Matrices from N(0, 0.02²), biases 0; each of the 2 n_layer projections that add to the
        residual stream (those named c_proj) smaller by √(2 n_layer), so that their sum keeps its
        size. Call it at the end of __init__."""
        raise NotImplementedError

    def forward(self, idx: Tensor, targets: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """Token ids (B, T) -> logits (B, T, V), and the mean loss in nats where targets are given.

        `targets[b, t]` is the token that follows `idx[b, t]`. Raises ValueError where T is over
        the block size.
        """
        raise NotImplementedError


def load_gpt2(model: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Puts the weights of a published GPT-2 into a model of the same size, in place.

    Published names are those of the model's parameters, with `transformer.` in front or without:
    "h.0.attn.c_attn.weight". The matrices of c_attn, c_fc and c_proj are stored as (in, out), and
    nn.Linear keeps (out, in). "h.0.attn.bias" and "h.0.attn.masked_bias" are masks, not weights.
    "lm_head.weight" may be there or not: it is wte's.

    Raises ValueError, before anything is changed, that names the first weight that is missing, that
    nothing asked for, or whose shape is another, with both shapes.
    """
    raise NotImplementedError
