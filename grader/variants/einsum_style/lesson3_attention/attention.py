"""Everything as einsum, an additive mask, and a softmax written out by hand."""

import torch
from torch import nn


def _softmax(scores):
    raised = (scores - scores.max(-1, keepdim=True).values.detach()).exp()
    return raised / raised.sum(-1, keepdim=True)


def _mask(Tq, Tk, like):
    mask = torch.full((Tq, Tk), float("-inf"), dtype=like.dtype, device=like.device)
    return torch.triu(mask, diagonal=Tk - Tq + 1)


def scaled_dot_product_attention(q, k, v, is_causal=False):
    scores = torch.einsum("...id,...jd->...ij", q * q.shape[-1] ** -0.5, k)
    if is_causal:
        scores = scores + _mask(q.shape[-2], k.shape[-2], scores)
    return torch.einsum("...ij,...jd->...id", _softmax(scores), v)


class Head(nn.Module):
    def __init__(self, head_size, *, n_embd, block_size, dropout=0.0):
        super().__init__()
        self.key, self.query, self.value = (
            nn.Linear(n_embd, head_size, bias=False) for _ in range(3)
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        scores = torch.einsum("bid,bjd->bij", self.query(x), self.key(x))
        scores = scores * self.key.out_features**-0.5
        weights = self.dropout(_softmax(scores + _mask(x.shape[1], x.shape[1], x)))
        return torch.einsum("bij,bjd->bid", weights, self.value(x))


class CausalSelfAttention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.heads = config.n_head
        self.c_attn = nn.Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.c_proj = nn.Linear(config.n_embd, config.n_embd, bias=config.bias)
        self.drop_weights, self.drop_result = nn.Dropout(config.dropout), nn.Dropout(config.dropout)

    def forward(self, x):
        B, T, C = x.shape
        qkv = self.c_attn(x).reshape(B, T, 3, self.heads, C // self.heads)
        q, k, v = qkv.unbind(2)
        scores = torch.einsum("bihd,bjhd->bhij", q, k) * (C // self.heads) ** -0.5
        weights = self.drop_weights(_softmax(scores + _mask(T, T, x)))
        y = torch.einsum("bhij,bjhd->bihd", weights, v).reshape(B, T, C)
        return self.drop_result(self.c_proj(y))
