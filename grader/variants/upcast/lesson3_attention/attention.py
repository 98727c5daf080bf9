"""As large models do it: the softmax in float32, a mask of the lowest number, kept and grown."""

import torch
from torch import nn


def _weights(scores):
    return torch.softmax(scores.float(), dim=-1).type_as(scores)


def scaled_dot_product_attention(q, k, v, is_causal=False):
    q = q / q.shape[-1] ** 0.5
    scores = torch.matmul(q, k.transpose(-1, -2))
    if is_causal:
        Tq, Tk = scores.shape[-2:]
        lowest = torch.finfo(scores.dtype).min
        last = torch.arange(Tk - Tq, Tk, device=q.device)[:, None]
        hidden = torch.arange(Tk, device=q.device)[None, :] > last
        scores = torch.where(hidden, torch.tensor(lowest, dtype=scores.dtype), scores)
    return torch.matmul(_weights(scores), v)


class CausalSelfAttention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.head_dim = config.n_embd // config.n_head
        self.c_attn = nn.Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.c_proj = nn.Linear(config.n_embd, config.n_embd, bias=config.bias)
        self.register_buffer("mask", torch.empty(0, 0), persistent=False)

    def _hidden(self, T, like):
        """The mask, made anew when a row is longer than all before."""
        if self.mask.shape[0] < T or self.mask.dtype != like.dtype:
            lowest = torch.finfo(like.dtype).min
            self.mask = torch.full((T, T), lowest, dtype=like.dtype, device=like.device).triu(1)
        return self.mask[:T, :T]

    def forward(self, x):
        B, T, _ = x.shape
        q, k, v = self.c_attn(x).view(B, T, 3, -1, self.head_dim).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(2, 3) / self.head_dim**0.5 + self._hidden(T, x)
        weights = nn.functional.dropout(_weights(scores), self.config.dropout, self.training)
        y = self.c_proj((weights @ v).permute(0, 2, 1, 3).flatten(2))
        return nn.functional.dropout(y, self.config.dropout, self.training)
