"""As large models do it: statistics, softmax and loss in float32, whatever the weights are."""

import math
from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional as F


class GPTConfig(NamedTuple):
    block_size: int = 1024
    vocab_size: int = 50304
    n_layer: int = 12
    n_head: int = 12
    n_embd: int = 768
    dropout: float = 0.0
    bias: bool = True


class LayerNorm(nn.Module):
    def __init__(self, ndim, bias=True):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(ndim))
        self.bias = nn.Parameter(torch.zeros(ndim)) if bias else None

    def forward(self, x):
        """All of it in float32, then back to the dtype of x."""
        y = x.float()
        y = y - y.mean(-1, keepdim=True)
        y = y * torch.rsqrt(y.pow(2).mean(-1, keepdim=True) + 1e-5)
        y = y.to(x.dtype) * self.weight
        return y + self.bias if self.bias is not None else y


class CausalSelfAttention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.c_attn = nn.Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.c_proj = nn.Linear(config.n_embd, config.n_embd, bias=config.bias)

    def forward(self, x):
        B, T, C = x.shape
        q, k, v = self.c_attn(x).view(B, T, 3, self.config.n_head, -1).permute(2, 0, 3, 1, 4)
        scores = (q @ k.transpose(-2, -1) / math.sqrt(k.size(-1))).float()
        seen = torch.ones(T, T, dtype=torch.bool, device=x.device).tril()
        weights = scores.masked_fill(~seen, float("-inf")).softmax(-1).to(v.dtype)
        weights = F.dropout(weights, self.config.dropout, self.training)
        y = self.c_proj((weights @ v).transpose(1, 2).reshape(B, T, C))
        return F.dropout(y, self.config.dropout, self.training)


class MLP(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.c_fc = nn.Linear(config.n_embd, 4 * config.n_embd, bias=config.bias)
        self.c_proj = nn.Linear(4 * config.n_embd, config.n_embd, bias=config.bias)
        self.rate = config.dropout

    def forward(self, x):
        h = self.c_fc(x)
        h = F.gelu(h.float(), approximate="tanh").type_as(h)
        return F.dropout(self.c_proj(h), self.rate, self.training)


class Block(nn.Module):
    """The sum of residuals is kept apart from what is added to it."""

    def __init__(self, config, attention=CausalSelfAttention, mlp=MLP, norm=LayerNorm):
        super().__init__()
        self.ln_1 = norm(config.n_embd, config.bias)
        self.attn = attention(config)
        self.ln_2 = norm(config.n_embd, config.bias)
        self.mlp = mlp(config)

    def forward(self, x):
        first = self.attn(self.ln_1(x))
        second = self.mlp(self.ln_2(x + first))
        return x + first + second


class GPT(nn.Module):
    def __init__(
        self, config, *, attention=CausalSelfAttention, mlp=MLP, norm=LayerNorm, block=Block
    ):
        super().__init__()
        self.config = config
        C = config.n_embd
        self.transformer = nn.ModuleDict(
            dict(  # noqa: C408
                wte=nn.Embedding(config.vocab_size, C),
                wpe=nn.Embedding(config.block_size, C),
                drop=nn.Dropout(config.dropout),
                h=nn.ModuleList(block(config, attention, mlp, norm) for _ in range(config.n_layer)),
                ln_f=norm(C, config.bias),
            )
        )
        self.lm_head = nn.Linear(C, config.vocab_size, bias=False)
        self.lm_head.weight = self.transformer["wte"].weight
        self.apply(self.start)

    def start(self, module):
        if isinstance(module, nn.Embedding | nn.Linear):
            torch.nn.init.normal_(module.weight, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            torch.nn.init.zeros_(module.bias)
        if hasattr(module, "c_proj"):  # its parent: children have had their turn
            module.c_proj.weight.data /= math.sqrt(2 * self.config.n_layer)

    def forward(self, idx, targets=None):
        T = idx.shape[1]
        assert T <= self.config.block_size, "too long"
        x = self.transformer.wte(idx)
        x = self.transformer.drop(x + self.transformer.wpe(torch.arange(T, device=idx.device)))
        for block in self.transformer.h:
            x = block(x)
        logits = self.lm_head(self.transformer.ln_f(x)).float()
        if targets is None:
            return logits, None
        return logits, F.cross_entropy(logits.transpose(1, 2), targets)


def load_gpt2(model, state):
    """In float32, through the model's own state_dict."""
    names = {}
    for name in model.state_dict():
        short = name.removeprefix("transformer.")
        if not name.startswith("lm_head") and not short.endswith(".attn.bias"):
            names[short] = name
    given = {}
    for name, weight in state.items():
        short = name.removeprefix("transformer.")
        if "lm_head" not in short and ".attn.bias" not in short and "masked_bias" not in short:
            given[short] = weight
    if wrong := sorted(names.keys() - given.keys()) + sorted(given.keys() - names.keys()):
        raise ValueError(f"missing or unexpected: {wrong}")
    own, ready = model.state_dict(), {}
    for short, name in names.items():
        weight = given[short].detach().float()
        if any(part in short for part in ("c_attn.weight", "c_fc.weight", "c_proj.weight")):
            weight = weight.permute(*reversed(range(weight.ndim)))
        if weight.shape != own[name].shape:
            shapes = tuple(given[short].shape), tuple(own[name].shape)
            raise ValueError(f"{short}: published as {shapes[0]}, here {shapes[1]}")
        ready[name] = weight
    model.load_state_dict(own | ready)
