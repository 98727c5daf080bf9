"""A GPT that learns as much as it can from every second: lesson 5's, with today's parts.

    >>> model = GPT(GPTConfig(block_size=8, vocab_size=65, n_layer=2, n_head=2, n_embd=16))
    >>> logits, loss = model(torch.zeros(1, 8, dtype=torch.long))
    >>> logits.shape, loss
    (torch.Size([1, 8, 65]), None)

What differs from GPT-2, each worth its place by a measurement (benchmarks/LOG.md):

- rotary positions: queries and keys are turned by an angle that grows with their position, so that
  a score depends on their distance ("RoFormer", Su et al. 2021)
- QK norm: queries and keys are normalized, so that no score runs away ("Query-Key Normalization for
  Transformers", Henry et al. 2020)
- root-mean-square normalization without a gain ("Root Mean Square Layer Normalization", Zhang and
  Sennrich 2019)
- squared ReLU in the MLP ("Primer", So et al. 2021)
- matrices for reading and writing tokens of their own, and no biases

The parts are slots, as in lesson 5: `GPT(config, attention=Mine)`.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

# In the comments: B rows in a batch, T tokens in a row, C = n_embd channels, nh heads of size hs,
# V = vocab_size; C = nh · hs.


@dataclass(frozen=True)
class GPTConfig:
    """The size of a model, and which of its parts are switched on."""

    block_size: int = 128  # the longest context, in tokens
    vocab_size: int = 65
    n_layer: int = 4
    n_head: int = 2
    n_embd: int = 192
    dropout: float = 0.0
    bias: bool = False  # for parts that are swapped in; those here have none
    rotary: bool = True
    qk_norm: bool = True


class _RMSNorm(torch.autograd.Function):
    """x / √(mean of x²), with a gradient by hand: half as many passes over x as autograd makes."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        size = torch.linalg.vector_norm(x, dim=-1, keepdim=True).clamp(min=1e-6)
        scale = x.shape[-1] ** 0.5 / size  # (…, 1)
        y = x * scale
        ctx.save_for_backward(y, scale)
        return y

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> Tensor:
        y, scale = ctx.saved_tensors
        return torch.addcmul(dy, y, (dy * y).mean(-1, keepdim=True), value=-1).mul_(scale)


class _SquaredReLU(torch.autograd.Function):
    """max(x, 0)², whose gradient is 2 max(x, 0): all that is kept is max(x, 0)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        positive = x.clamp(min=0)
        ctx.save_for_backward(positive)
        return positive * positive

    @staticmethod
    def backward(ctx: Any, dy: Tensor) -> Tensor:
        (positive,) = ctx.saved_tensors
        return (dy * positive).mul_(2)


def rms_norm(x: Tensor) -> Tensor:
    """The last dimension with a mean square of 1: (…, C) -> (…, C).

    >>> [round(y, 3) for y in rms_norm(torch.tensor([3.0, 4.0])).tolist()]  # by √12.5 = 3.54
    [0.849, 1.131]
    """
    return _RMSNorm.apply(x)


class RMSNorm(nn.Module):
    """Each token's numbers get a mean square of 1; there is nothing to learn: (…, C)."""

    def __init__(self, ndim: int, bias: bool = False) -> None:
        super().__init__()

    def forward(self, x: Tensor) -> Tensor:
        return rms_norm(x)


def angles(T: int, hs: int) -> tuple[Tensor, Tensor]:
    """Cosines and sines, (T, hs / 2) each: position t turns the i-th pair by t · 10000^(−2i / hs).

    >>> cos, sin = angles(2, 4)
    >>> [round(x, 3) for x in sin[1].tolist()]  # sin(1), sin(1 / 100)
    [0.841, 0.01]
    """
    turns = torch.arange(T)[:, None] * 10000.0 ** (-torch.arange(0, hs, 2) / hs)
    return turns.cos(), turns.sin()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turns each pair of numbers, the i-th of either half, by its angle: (…, T, hs)."""
    a, b = x.chunk(2, dim=-1)
    return torch.cat([a * cos - b * sin, a * sin + b * cos], dim=-1)


class _Past:
    """The keys and values of a text so far, with room for a whole block; see lesson 5."""

    def __init__(self, room: Tensor) -> None:
        self.room, self.length = room, 0  # (2, 1, nh, block_size, hs), and for how many tokens

    def extend(self, k: Tensor, v: Tensor) -> Tensor:
        """Adds those of the next tokens, (1, nh, T, hs) each; gives all, (2, 1, nh, length, hs)."""
        start, self.length = self.length, self.length + k.shape[2]
        self.room[0, :, :, start : self.length] = k
        self.room[1, :, :, start : self.length] = v
        return self.room[:, :, :, : self.length]


class CausalSelfAttention(nn.Module):
    """Every token looks at itself and at those before it: (B, T, C) -> (B, T, C)."""

    def __init__(self, config: Any) -> None:
        super().__init__()
        C, self.n_head = config.n_embd, config.n_head
        self.query, self.key, self.value = (nn.Linear(C, C, bias=False) for _ in range(3))
        self.c_proj = nn.Linear(C, C, bias=False)
        self.rotary = getattr(config, "rotary", True)
        self.qk_norm = getattr(config, "qk_norm", True)
        self.dropout = getattr(config, "dropout", 0.0)
        cos, sin = angles(config.block_size, C // self.n_head)
        future = torch.ones(config.block_size, config.block_size, dtype=torch.bool).triu(1)
        mask = torch.zeros_like(future, dtype=torch.float).masked_fill(future, -math.inf)
        for name, table in (("cos", cos), ("sin", sin), ("mask", mask)):
            self.register_buffer(name, table, persistent=False)

    def forward(self, x: Tensor, past: _Past | None = None) -> Tensor:
        B, T, C = x.shape
        start = past.length if past else 0  # the position of the first of these tokens
        heads = (B, T, self.n_head, C // self.n_head)
        q, k, v = (
            f(x).view(heads).transpose(1, 2) for f in (self.query, self.key, self.value)
        )  # (B, nh, T, hs) each
        if self.qk_norm:
            q, k = rms_norm(q), rms_norm(k)
        if self.rotary:
            cos, sin = (table[start : start + T].to(q.dtype) for table in (self.cos, self.sin))
            q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        if past is not None:
            k, v = past.extend(k, v)
        y = self._mixed(q, k, v).transpose(1, 2).reshape(B, T, C)
        return self.c_proj(y)

    def _mixed(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """The values, weighted by how the keys match the last T queries: (B, nh, T, hs).

        On a CPU in bfloat16, three products written out take half the time of PyTorch's fused
        attention, backward included.
        """
        p = self.dropout if self.training else 0.0
        if q.device.type != "cpu":
            return F.scaled_dot_product_attention(q, k, v, dropout_p=p, is_causal=q.shape[2] > 1)
        (B, nh, T, hs), Tk = q.shape, k.shape[2]
        q, k, v = (t.reshape(B * nh, -1, hs) for t in (q / math.sqrt(hs), k, v))
        scores = torch.baddbmm(self.mask[Tk - T : Tk, :Tk].to(q.dtype), q, k.mT)  # (B · nh, T, Tk)
        weights = scores.softmax(dim=-1)
        return ((F.dropout(weights, p) if p else weights) @ v).view(B, nh, T, hs)


class MLP(nn.Module):
    """Every token thinks for itself: up to 4 C channels, a squared ReLU, and down again."""

    def __init__(self, config: Any) -> None:
        super().__init__()
        self.c_fc = nn.Linear(config.n_embd, 4 * config.n_embd, bias=False)
        self.c_proj = nn.Linear(4 * config.n_embd, config.n_embd, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.c_proj(_SquaredReLU.apply(self.c_fc(x)))  # (B, T, 4C) -> (B, T, C)


class Block(nn.Module):
    """Communicate, then compute. Each part reads a normalized x and adds its answer to x."""

    def __init__(
        self,
        config: GPTConfig,
        attention: Callable[[GPTConfig], nn.Module],
        mlp: Callable[[GPTConfig], nn.Module],
        norm: Callable[[int, bool], nn.Module],
    ) -> None:
        super().__init__()
        self.ln_1 = norm(config.n_embd, config.bias)
        self.attn = attention(config)
        self.ln_2 = norm(config.n_embd, config.bias)
        self.mlp = mlp(config)
        self.drop = nn.Dropout(config.dropout) if config.dropout else nn.Identity()

    def forward(self, x: Tensor, *past: _Past) -> Tensor:
        x = x + self.drop(self.attn(self.ln_1(x), *past))
        return x + self.drop(self.mlp(self.ln_2(x)))


class GPT(nn.Module):
    """A decoder-only transformer: tokens in, a distribution over the next token out, everywhere.

    `attention` and `mlp` are called with the configuration, `norm` with n_embd and whether it has a
    bias. Where the attention is not this file's rotary one, the model adds positions to its input.
    """

    def __init__(
        self,
        config: GPTConfig,
        *,
        attention: Callable[[GPTConfig], nn.Module] = CausalSelfAttention,
        mlp: Callable[[GPTConfig], nn.Module] = MLP,
        norm: Callable[[int, bool], nn.Module] = RMSNorm,
    ) -> None:
        super().__init__()
        self.config = config
        rotary = attention is CausalSelfAttention and config.rotary
        parts = {
            "wte": nn.Embedding(config.vocab_size, config.n_embd),
            "wpe": None if rotary else nn.Embedding(config.block_size, config.n_embd),
            "ln_e": norm(config.n_embd, config.bias),
            "h": nn.ModuleList(Block(config, attention, mlp, norm) for _ in range(config.n_layer)),
            "ln_f": norm(config.n_embd, config.bias),
        }
        self.transformer = nn.ModuleDict({name: part for name, part in parts.items() if part})
        self.drop = nn.Dropout(config.dropout) if config.dropout else nn.Identity()
        self.lm_head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        self.init_weights()

    @torch.no_grad()
    def init_weights(self) -> None:
        """Matrices keep the size of what passes through them; what is written to the residual
        stream, and the logits, begin at 0, so that the model begins as its embedding."""
        for name, module in self.named_modules():
            if not isinstance(module, (nn.Linear, nn.Embedding)):
                continue
            if getattr(module, "bias", None) is not None:
                nn.init.zeros_(module.bias)
            if name.endswith(("c_proj", "lm_head")):
                nn.init.zeros_(module.weight)
            elif isinstance(module, nn.Embedding):
                nn.init.normal_(module.weight, std=0.02)
            else:
                nn.init.normal_(module.weight, std=module.in_features**-0.5)

    def new_cache(self) -> list[_Past] | None:
        """A cache for `forward`, for one row, as lesson 5's; None where a part is another's."""
        parts = [part for b in self.transformer.h for part in (b.ln_1, b.ln_2, b.attn, b.mlp)]
        if {type(part) for part in parts} != {RMSNorm, CausalSelfAttention, MLP}:
            return None
        config, weight = self.config, self.lm_head.weight
        size = (2, 1, config.n_head, config.block_size, config.n_embd // config.n_head)
        return [_Past(weight.new_empty(size)) for _ in self.transformer.h]

    def forward(
        self, idx: Tensor, targets: Tensor | None = None, cache: Sequence[_Past] = ()
    ) -> tuple[Tensor, Tensor | None]:
        """Token ids (B, T) -> logits (B, T, V), and the mean loss in nats where targets are given.

        With a cache, idx is what follows the tokens that the cache was given before. Raises
        ValueError where all tokens together are over the block size.
        """
        past = cache[0].length if cache else 0
        T, longest = past + idx.shape[1], self.config.block_size
        if T > longest:
            raise ValueError(f"{T} tokens do not fit into a block of {longest}")
        x = self.transformer.wte(idx)  # (B, T, C)
        if "wpe" in self.transformer:
            x = x + self.transformer.wpe.weight[past:T]
        x = self.drop(self.transformer.ln_e(x))
        for i, block in enumerate(self.transformer.h):
            x = block(x, *cache[i : i + 1])  # without a cache, x alone
        logits = self.lm_head(self.transformer.ln_f(x)).float()  # (B, T, V)
        if targets is None:
            return logits, None
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten())
