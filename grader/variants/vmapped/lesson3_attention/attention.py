"""Written for one row of one batch, (T, d), and lifted over all other dimensions by vmap."""

import torch
from torch import nn


def _one(q, k, v, hidden, drop):
    scores = torch.addmm(hidden, q, k.T, alpha=q.shape[1] ** -0.5)
    return drop(torch.softmax(scores, dim=1)) @ v


def _none(weights):
    return weights


def _hidden(Tq, Tk, like):
    """0 where a query may look, −inf where not."""
    ones = torch.ones(Tq, Tk, dtype=torch.bool, device=like.device)
    return torch.zeros(Tq, Tk, dtype=like.dtype, device=like.device).masked_fill_(
        ones.triu(Tk - Tq + 1), -torch.inf
    )


def _lifted(q, k, v, hidden, drop=_none):
    function = _one
    for _ in q.shape[:-2]:
        function = torch.vmap(function, in_dims=(0, 0, 0, None, None), randomness="different")
    return function(q, k, v, hidden, drop)


def scaled_dot_product_attention(q, k, v, is_causal=False):
    hidden = _hidden(q.shape[-2], k.shape[-2], q) if is_causal else q.new_zeros(())
    return _lifted(q, k, v, hidden)


class Head(nn.Module):
    def __init__(self, head_size, *, n_embd, block_size, dropout=0.0):
        super().__init__()
        self.key = nn.Linear(n_embd, head_size, bias=False)
        self.query = nn.Linear(n_embd, head_size, bias=False)
        self.value = nn.Linear(n_embd, head_size, bias=False)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        hidden = _hidden(x.shape[1], x.shape[1], x)
        return _lifted(self.query(x), self.key(x), self.value(x), hidden, self.dropout)


class MultiHeadAttention(nn.Module):
    """The heads' weights in one tensor each, (nh, hs, C), and one more dimension for vmap."""

    def __init__(self, num_heads, head_size, *, n_embd, block_size, dropout=0.0):
        super().__init__()
        self.heads = nn.ModuleList()
        for _ in range(num_heads):
            self.heads.append(
                Head(head_size, n_embd=n_embd, block_size=block_size, dropout=dropout)
            )
        self.proj = nn.Linear(num_heads * head_size, n_embd)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        q, k, v = (
            x.unsqueeze(1)
            @ torch.stack([head.get_parameter(f"{name}.weight").T for head in self.heads])
            for name in ("query", "key", "value")
        )  # (B, nh, T, hs)
        hidden = _hidden(x.shape[1], x.shape[1], x)
        y = _lifted(q, k, v, hidden, self.heads[0].dropout)
        return self.dropout(self.proj(y.movedim(1, 2).flatten(2)))


class CausalSelfAttention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.n_head = config.n_head
        self.c_attn = nn.Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.c_proj = nn.Linear(config.n_embd, config.n_embd, bias=config.bias)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x):
        rows = self.c_attn(x).unflatten(-1, (3, self.n_head, -1))  # (B, T, 3, nh, hs)
        q, k, v = rows.movedim((2, 3), (0, 2))
        y = _lifted(q, k, v, _hidden(x.shape[1], x.shape[1], x), self.dropout)
        return self.dropout(self.c_proj(y.movedim(1, 2).flatten(2)))
