"""The library's own attention everywhere: forbidden to a learner, and right."""

import torch
from torch import nn
from torch.nn import functional as F


def scaled_dot_product_attention(q, k, v, is_causal=False):
    if not is_causal:
        return F.scaled_dot_product_attention(q, k, v)
    seen = torch.ones(q.shape[-2], k.shape[-2], dtype=torch.bool, device=q.device)
    return F.scaled_dot_product_attention(q, k, v, seen.tril(k.shape[-2] - q.shape[-2]))


class Head(nn.Module):
    def __init__(self, head_size, *, n_embd, block_size, dropout=0.0):
        super().__init__()
        self.key = nn.Linear(n_embd, head_size, bias=False)
        self.query = nn.Linear(n_embd, head_size, bias=False)
        self.value = nn.Linear(n_embd, head_size, bias=False)
        self.rate = dropout

    def forward(self, x):
        rate = self.rate if self.training else 0.0
        q, k, v = self.query(x), self.key(x), self.value(x)
        return F.scaled_dot_product_attention(q, k, v, dropout_p=rate, is_causal=True)


class MultiHeadAttention(nn.Module):
    def __init__(self, num_heads, head_size, **rest):
        super().__init__()
        self.heads = nn.ModuleList([Head(head_size, **rest) for _ in range(num_heads)])
        self.proj = nn.Linear(num_heads * head_size, rest["n_embd"])
        self.dropout = nn.Dropout(rest.get("dropout", 0.0))

    def forward(self, x):
        return self.dropout(self.proj(torch.cat([h(x) for h in self.heads], -1)))


class CausalSelfAttention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.n_head, self.rate = config.n_head, config.dropout
        self.c_attn = nn.Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.c_proj = nn.Linear(config.n_embd, config.n_embd, bias=config.bias)

    def forward(self, x):
        q, k, v = (
            t.unflatten(-1, (self.n_head, -1)).transpose(1, 2) for t in self.c_attn(x).chunk(3, -1)
        )
        rate = self.rate if self.training else 0.0
        y = F.scaled_dot_product_attention(q, k, v, dropout_p=rate, is_causal=True)
        y = self.c_proj(y.transpose(1, 2).flatten(2))
        return F.dropout(y, self.rate, self.training)
