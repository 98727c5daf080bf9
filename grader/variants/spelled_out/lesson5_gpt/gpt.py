"""Bare parameters and einsum; heads one by one; the GELU and the loss as formulas."""

import math
from dataclasses import dataclass

import torch
from torch import nn


@dataclass
class GPTConfig:
    block_size: int = 1024
    vocab_size: int = 50304
    n_layer: int = 12
    n_head: int = 12
    n_embd: int = 768
    dropout: float = 0.0
    bias: bool = True


class Linear(nn.Module):
    def __init__(self, nin, nout, bias=True, std=0.02):
        super().__init__()
        self.weight = nn.Parameter(std * torch.randn(nout, nin))
        self.bias = nn.Parameter(torch.zeros(nout)) if bias else None

    def forward(self, x):
        y = torch.einsum("bti,oi->bto", x, self.weight)
        return y if self.bias is None else y + self.bias


class LayerNorm(nn.Module):
    def __init__(self, ndim, bias=True):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(ndim))
        self.register_parameter("bias", nn.Parameter(torch.zeros(ndim)) if bias else None)

    def forward(self, x):
        variance, mean = torch.var_mean(x, dim=-1, correction=0, keepdim=True)
        y = (x - mean) / torch.sqrt(variance + 1e-5)
        y = y * self.weight
        if self.bias is not None:
            y = y + self.bias
        return y


def drop(x, p, training):
    """Inverted dropout, by hand."""
    if not training or p == 0:
        return x
    return x * (torch.rand_like(x) >= p) / (1 - p)


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        C, self.p = config.n_embd, config.dropout
        self.n_head, self.size = config.n_head, C // config.n_head
        self.c_attn = Linear(C, 3 * C, config.bias)
        self.c_proj = Linear(C, C, config.bias, 0.02 * (2 * config.n_layer) ** -0.5)

    def forward(self, x):
        T, rows = x.shape[1], self.c_attn(x)
        later = torch.ones(T, T, device=x.device).triu(1) > 0
        heads = []
        for i in range(self.n_head):
            start = i * self.size
            q, k, v = (rows[:, :, start + j * x.shape[2] :][:, :, : self.size] for j in range(3))
            scores = torch.einsum("bid,bjd->bij", q, k) / math.sqrt(self.size)
            raised = torch.exp(scores - scores.amax(-1, keepdim=True))
            raised = raised.masked_fill(later, 0)
            weights = raised / raised.sum(-1, keepdim=True)
            heads.append(torch.einsum("bij,bjd->bid", drop(weights, self.p, self.training), v))
        return drop(self.c_proj(torch.cat(heads, 2)), self.p, self.training)


class MLP(nn.Module):
    def __init__(self, config):
        super().__init__()
        C, self.p = config.n_embd, config.dropout
        self.c_fc = Linear(C, 4 * C, config.bias)
        self.c_proj = Linear(4 * C, C, config.bias, 0.02 / math.sqrt(2 * config.n_layer))

    def forward(self, x):
        x = self.c_fc(x)
        x = 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * torch.pow(x, 3))))
        return drop(self.c_proj(x), self.p, self.training)


class Block(nn.Module):
    def __init__(self, config, attention=Attention, mlp=MLP, norm=LayerNorm):
        super().__init__()
        self.ln_1, self.ln_2 = (norm(config.n_embd, config.bias) for _ in range(2))
        self.attn, self.mlp = attention(config), mlp(config)

    def forward(self, x):
        y = x + self.attn(self.ln_1(x))
        return y + self.mlp(self.ln_2(y))


class Table(nn.Module):
    """Rows by one-hot vectors."""

    def __init__(self, rows, columns):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(rows, columns) * 0.02)

    def forward(self, idx):
        numbers = torch.arange(self.weight.shape[0], device=idx.device)
        return (idx.unsqueeze(-1) == numbers).to(self.weight.dtype) @ self.weight


class GPT(nn.Module):
    def __init__(self, config, *, attention=Attention, mlp=MLP, norm=LayerNorm, block=Block):
        super().__init__()
        self.block_size, self.p = config.block_size, config.dropout
        self.transformer = nn.Module()
        self.transformer.wte = Table(config.vocab_size, config.n_embd)
        self.transformer.wpe = Table(config.block_size, config.n_embd)
        self.transformer.h = nn.ModuleList()
        for _ in range(config.n_layer):
            self.transformer.h.append(block(config, attention, mlp, norm))
        self.transformer.ln_f = norm(config.n_embd, config.bias)
        self.lm_head = Linear(config.n_embd, config.vocab_size, bias=False)
        self.lm_head.weight = self.transformer.wte.weight
        with torch.no_grad():
            for name, p in self.transformer.h.named_parameters():
                parts = name.split(".")
                if p.dim() == 2:
                    deep = 2 * config.n_layer if parts[-2] == "c_proj" else 1
                    p.copy_(torch.randn(p.shape) * 0.02 / math.sqrt(deep))
                elif parts[-1] == "bias":
                    p.zero_()

    def forward(self, idx, targets=None):
        if idx.shape[-1] > self.block_size:
            raise ValueError(f"{idx.shape[-1]} > {self.block_size}")
        parts = self.transformer
        places = torch.arange(idx.shape[1], device=idx.device)[None]
        x = drop(parts.wte(idx) + parts.wpe(places), self.p, self.training)
        for block in parts.h:
            x = block(x)
        logits = self.lm_head(parts.ln_f(x))
        if targets is None:
            return logits, None
        right = torch.gather(logits, -1, targets[:, :, None]).squeeze(-1)
        return logits, (torch.logsumexp(logits, -1) - right).mean()


@torch.no_grad()
def load_gpt2(model, state):
    """Name by name, into copies first."""
    state = {name.replace("transformer.", "", 1): w for name, w in state.items()}
    for name in list(state):
        if name.endswith((".attn.bias", ".attn.masked_bias")) or name == "lm_head.weight":
            del state[name]
    new = []
    for name, p in model.named_parameters():
        short = name.replace("transformer.", "", 1)
        if short == "lm_head.weight":
            short = "wte.weight"
        if short not in state:
            raise ValueError(f"{short} is not in the published weights")
        w = state.pop(short)
        if ".c_" in short and w.dim() == 2:
            w = w.transpose(0, 1)
        if w.shape != p.shape:
            raise ValueError(f"{short}: {list(w.shape)}, expected {list(p.shape)}")
        new.append((p, w))
    if state:
        raise ValueError(f"unexpected: {', '.join(state)}")
    for p, w in new:
        p.copy_(w)
