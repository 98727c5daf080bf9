"""Loops over queries and heads, with only the keys that a query sees: no mask anywhere."""

import torch
from torch import nn


def _mean(query, keys, values):
    """One query, (…, 1, d): the mean of the values, by how the keys match."""
    scores = (query * keys).sum(-1) / keys.size(-1) ** 0.5  # (…, T)
    shares = torch.exp(scores - torch.logsumexp(scores, -1, keepdim=True))
    return (shares.unsqueeze(-1) * values).sum(-2)


def scaled_dot_product_attention(q, k, v, is_causal=False):
    Tq, Tk = q.size(-2), k.size(-2)
    rows = []
    for i in range(Tq):
        seen = i + Tk - Tq + 1 if is_causal else Tk
        rows.append(_mean(q[..., i : i + 1, :], k[..., :seen, :], v[..., :seen, :]))
    return torch.stack(rows, dim=-2)


def _causal(q, k, v, drop):
    rows = []
    for t in range(q.size(-2)):
        scores = (
            torch.matmul(k[..., : t + 1, :], q[..., t, :, None]).squeeze(-1) / q.size(-1) ** 0.5
        )
        shares = drop(torch.softmax(scores, -1)).unsqueeze(-2)
        rows.append(torch.matmul(shares, v[..., : t + 1, :]))
    return torch.cat(rows, -2)


class Head(nn.Module):
    def __init__(self, head_size, *, n_embd, block_size, dropout=0.0):
        super().__init__()
        self.key, self.query, self.value = (
            nn.Linear(n_embd, head_size, bias=False),
            nn.Linear(n_embd, head_size, bias=False),
            nn.Linear(n_embd, head_size, bias=False),
        )
        self.drop = nn.Dropout(dropout)

    def forward(self, x):
        return _causal(self.query(x), self.key(x), self.value(x), self.drop)


class MultiHeadAttention(nn.Module):
    """The projection as a sum over heads: each has its own columns of it."""

    def __init__(self, num_heads, head_size, *, n_embd, block_size, dropout=0.0):
        super().__init__()
        one = dict(n_embd=n_embd, block_size=block_size, dropout=dropout)  # noqa: C408
        self.heads = nn.ModuleList(Head(head_size, **one) for _ in range(num_heads))
        self.proj = nn.Linear(num_heads * head_size, n_embd)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        y = self.proj.bias
        columns = self.proj.weight.chunk(len(self.heads), dim=1)
        for head, weight in zip(self.heads, columns, strict=True):
            y = y + nn.functional.linear(head(x), weight)
        return self.dropout(y)


class CausalSelfAttention(nn.Module):
    def __init__(self, config):
        super().__init__()
        C = config.n_embd
        self.size = C // config.n_head
        self.c_attn = nn.Linear(C, 3 * C, bias=config.bias)
        self.c_proj = nn.Linear(C, C, bias=config.bias)
        self.attn_dropout = nn.Dropout(config.dropout)
        self.resid_dropout = nn.Dropout(config.dropout)

    def forward(self, x):
        parts = self.c_attn(x).split(self.size, dim=-1)  # all q heads, all k heads, all v heads
        n = len(parts) // 3
        heads = [
            _causal(parts[i], parts[n + i], parts[2 * n + i], self.attn_dropout) for i in range(n)
        ]
        return self.resid_dropout(self.c_proj(torch.cat(heads, -1)))


def blockwise_attention(q, k, v, block_size):
    """Each block's own softmax, log-sum and result, in a list; then their mixture."""
    rows = []
    for some in torch.split(q, block_size, -2):
        sums, results = [], []
        for keys, values in zip(k.split(block_size, -2), v.split(block_size, -2), strict=True):
            scores = some @ keys.mT / q.size(-1) ** 0.5
            sums.append(scores.logsumexp(-1))
            results.append(scores.softmax(-1) @ values)
        shares = torch.stack(sums, -1).softmax(-1)  # (…, bq, blocks)
        rows.append((torch.stack(results, -1) * shares.unsqueeze(-2)).sum(-1))
    return torch.cat(rows, -2)
