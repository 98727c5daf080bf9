"""GPT-2, small enough to read at one sitting.

    >>> config = GPTConfig(block_size=8, vocab_size=65, n_layer=2, n_head=2, n_embd=16)
    >>> model = GPT(config)
    >>> logits, loss = model(torch.zeros(1, 8, dtype=torch.long))
    >>> logits.shape, loss
    (torch.Size([1, 8, 65]), None)

The names of the parameters are those of GPT-2 (`transformer.h.0.attn.c_attn.weight`), so published
weights fit. The parts are slots: `GPT(config, attention=Mine)` builds every block with yours.

Sources: "Language Models are Unsupervised Multitask Learners" (Radford et al., 2019);
"Attention Is All You Need" (Vaswani et al., 2017).
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
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


class _Past:
    """The keys and values of a text so far: no later token changes them, so they are kept.

    There is room for a whole block from the start; what is in it is never copied again.
    """

    def __init__(self, room: Tensor) -> None:
        self.room, self.length = room, 0  # (2, 1, nh, block_size, hs), and for how many tokens

    def extend(self, k: Tensor, v: Tensor) -> Tensor:
        """Adds those of the next tokens, (1, nh, T, hs) each; gives all, (2, 1, nh, length, hs)."""
        if self.length and k.shape[2] > 1:
            raise ValueError(f"{k.shape[2]} tokens at once; after the first call, one at a time")
        start, self.length = self.length, self.length + k.shape[2]
        self.room[0, :, :, start : self.length] = k
        self.room[1, :, :, start : self.length] = v
        return self.room[:, :, :, : self.length]


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

    def forward(self, x: Tensor, past: _Past | None = None) -> Tensor:
        B, T, C = x.shape
        heads = (B, T, self.n_head, C // self.n_head)
        q, k, v = (p.view(heads).transpose(1, 2) for p in self.c_attn(x).split(C, dim=2))
        if past is not None:
            k, v = past.extend(k, v)
        dropout = self.dropout if self.training else 0.0
        # A single token is the last one, and sees all.
        y = F.scaled_dot_product_attention(q, k, v, dropout_p=dropout, is_causal=T > 1)
        y = y.transpose(1, 2).reshape(B, T, C)  # (B, nh, T, hs) -> (B, T, C)
        return self.resid_dropout(self.c_proj(y))


class LayerNorm(nn.Module):
    """Each token's numbers get mean 0 and variance 1, then a gain and a bias of their own.

    Source: "Layer Normalization" (Ba, Kiros and Hinton, 2016).
    """

    def __init__(self, ndim: int, bias: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(ndim))
        self.bias = nn.Parameter(torch.zeros(ndim)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        x = x - x.mean(dim=-1, keepdim=True)  # first, so that large means do not cancel digits
        variance = x.square().mean(dim=-1, keepdim=True)  # over ndim, not ndim - 1
        y = x * torch.rsqrt(variance + 1e-5) * self.weight
        return y if self.bias is None else y + self.bias


class MLP(nn.Module):
    """Every token thinks for itself: up to 4 C channels, a GELU, and down again."""

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.c_fc = nn.Linear(config.n_embd, 4 * config.n_embd, bias=config.bias)
        self.c_proj = nn.Linear(4 * config.n_embd, config.n_embd, bias=config.bias)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor) -> Tensor:
        x = F.gelu(self.c_fc(x), approximate="tanh")  # (B, T, 4C); GPT-2 uses the tanh form
        return self.dropout(self.c_proj(x))


class Block(nn.Module):
    """Communicate, then compute. Each part reads a normalized x and adds its answer to x."""

    def __init__(
        self,
        config: GPTConfig,
        attention: Callable[[GPTConfig], nn.Module] = CausalSelfAttention,
        mlp: Callable[[GPTConfig], nn.Module] = MLP,
        norm: Callable[[int, bool], nn.Module] = LayerNorm,
    ) -> None:
        super().__init__()
        self.ln_1 = norm(config.n_embd, config.bias)
        self.attn = attention(config)
        self.ln_2 = norm(config.n_embd, config.bias)
        self.mlp = mlp(config)

    def forward(self, x: Tensor, *past: _Past) -> Tensor:
        x = x + self.attn(self.ln_1(x), *past)
        return x + self.mlp(self.ln_2(x))


class GPT(nn.Module):
    """A decoder-only transformer: tokens in, a distribution over the next token out, everywhere.

    `attention` and `mlp` are called with the configuration, `norm` with n_embd and whether it has a
    bias, `block` with the configuration and these three; each gives a module that maps (B, T, C) to
    (B, T, C). The linear layer that writes to the residual stream should be called `c_proj`, so
    that it starts small enough for the depth of the model.
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
        self.config = config
        blocks = [block(config, attention, mlp, norm) for _ in range(config.n_layer)]
        self.transformer = nn.ModuleDict(
            {
                "wte": nn.Embedding(config.vocab_size, config.n_embd),  # what the token is
                "wpe": nn.Embedding(config.block_size, config.n_embd),  # where it stands
                "drop": nn.Dropout(config.dropout),
                "h": nn.ModuleList(blocks),
                "ln_f": norm(config.n_embd, config.bias),
            }
        )
        self.lm_head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        self.transformer.wte.weight = self.lm_head.weight  # one matrix reads tokens and writes them
        self.init_weights()

    @torch.no_grad()
    def init_weights(self) -> None:
        """Matrices from N(0, 0.02²), biases 0; each of the 2 n_layer projections that add to the
        residual stream smaller by √(2 n_layer), so that their sum keeps its size."""
        for name, module in self.named_modules():
            if not isinstance(module, (nn.Linear, nn.Embedding)):
                continue
            residual = name.endswith("c_proj")
            shrink = math.sqrt(2 * self.config.n_layer) if residual else 1.0
            nn.init.normal_(module.weight, std=0.02 / shrink)
            if getattr(module, "bias", None) is not None:
                nn.init.zeros_(module.bias)

    def new_cache(self) -> list[_Past] | None:
        """A cache for `forward`, for one row; None where a part is another's, which may know none.

        >>> cache = model.new_cache()
        >>> logits, _ = model(prompt, cache=cache)  # the whole prompt, (1, T)
        >>> logits, _ = model(token, cache=cache)  # each token after it, (1, 1)
        """
        parts = [part for block in self.transformer.h for part in (block, *block.children())]
        if {type(part) for part in parts} != {Block, LayerNorm, CausalSelfAttention, MLP}:
            return None
        config, weight = self.config, self.lm_head.weight
        size = (2, 1, config.n_head, config.block_size, config.n_embd // config.n_head)
        return [_Past(weight.new_empty(size)) for _ in self.transformer.h]

    def forward(
        self, idx: Tensor, targets: Tensor | None = None, cache: Sequence[_Past] = ()
    ) -> tuple[Tensor, Tensor | None]:
        """Token ids (B, T) -> logits (B, T, V), and the mean loss in nats where targets are given.

        `targets[b, t]` is the token that follows `idx[b, t]`. With a cache, idx is what follows the
        tokens that the cache was given before; after the first call, one token at a time. Raises
        ValueError where that is not so, or all tokens together are over the block size.
        """
        past = cache[0].length if cache else 0
        T, longest = past + idx.shape[1], self.config.block_size
        if T > longest:
            raise ValueError(f"{T} tokens do not fit into a block of {longest}")
        positions = torch.arange(T, device=idx.device)[past:]  # of the new tokens
        x = self.transformer.wte(idx) + self.transformer.wpe(positions)  # (B, T, C)
        x = self.transformer.drop(x)
        for i, block in enumerate(self.transformer.h):
            x = block(x, *cache[i : i + 1])  # without a cache, x alone
        logits = self.lm_head(self.transformer.ln_f(x))  # (B, T, V)
        if targets is None:
            return logits, None
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten())


TRANSPOSED = ("c_attn.weight", "c_fc.weight", "c_proj.weight")  # published as (in, out)


def load_gpt2(model: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Puts the weights of a published GPT-2 into a model of the same size, in place.

    Published names are those of the model's parameters, with `transformer.` in front or without:
    "h.0.attn.c_attn.weight". The matrices of c_attn, c_fc and c_proj are stored as (in, out), and
    nn.Linear keeps (out, in). "h.0.attn.bias" and "h.0.attn.masked_bias" are masks, not weights.
    "lm_head.weight" may be there or not: it is wte's.

    Raises ValueError, before anything is changed, that names the first weight that is missing, that
    nothing asked for, or whose shape is another, with both shapes.
    """
    theirs, mine = _plain(state.items()), _plain(model.named_parameters(remove_duplicate=False))
    for name in sorted(theirs.keys() ^ mine.keys()):
        raise ValueError(f"{name} is {'missing' if name in mine else 'no weight of this model'}")
    for name, weight in theirs.items():
        expected = mine[name].shape[::-1] if name.endswith(TRANSPOSED) else mine[name].shape
        if weight.shape != expected:
            shapes = f"{tuple(weight.shape)}, expected {tuple(expected)}"
            raise ValueError(f"{name} has shape {shapes}")
    with torch.no_grad():
        for name, weight in theirs.items():
            mine[name].copy_(weight.T if name.endswith(TRANSPOSED) else weight)


def _plain(named: Iterable[tuple[str, Tensor]]) -> dict[str, Tensor]:
    """Weights by name, without the first part of the name, the masks, and wte's second name."""
    plain = {name.removeprefix("transformer."): weight for name, weight in named}
    no_weights = (".attn.bias", ".attn.masked_bias", "lm_head.weight")
    return {name: weight for name, weight in plain.items() if not name.endswith(no_weights)}
