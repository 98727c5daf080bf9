"""Attention, from one query to many heads.

    B  batch       nh  heads            T, Tq, Tk  positions, of queries, of keys
    C  n_embd      hs  size of a head   d, dv      size of a query or key, of a value

Sources: Vaswani et al. 2017, "Attention Is All You Need"; the lecture "Let's build GPT"; Milakov
and Gimelshein 2018 (online softmax); Dao et al. 2022, "FlashAttention".
"""

import math

import torch
from torch import Tensor, nn


def causal_mask(Tq: int, Tk: int, device: torch.device | None = None) -> Tensor:
    """Which keys each query may see, (Tq, Tk): the last query sees all, the one before all but one.

    >>> causal_mask(2, 3).int().tolist()
    [[1, 1, 0], [1, 1, 1]]
    """
    return torch.ones(Tq, Tk, dtype=torch.bool, device=device).tril(diagonal=Tk - Tq)


def scaled_dot_product_attention(
    q: Tensor, k: Tensor, v: Tensor, is_causal: bool = False
) -> Tensor:
    """softmax(q kᵀ / √d) v: for each query, the mean of the values, weighted by how keys match it.

    q is (…, Tq, d), k is (…, Tk, d), v is (…, Tk, dv); the result is (…, Tq, dv). With `is_causal`,
    and Tq ≤ Tk, query i sees keys 0 … i + Tk − Tq: the queries are the last Tq positions.

    >>> v = torch.tensor([[1.0], [3.0]])
    >>> scaled_dot_product_attention(torch.zeros(2, 4), torch.ones(2, 4), v).tolist()
    [[2.0], [2.0]]
    """
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])  # (…, Tq, Tk)
    if is_causal:
        mask = causal_mask(q.shape[-2], k.shape[-2], q.device)
        scores = scores.masked_fill(~mask, float("-inf"))
    weights = scores.softmax(dim=-1)  # (…, Tq, Tk), each row sums to 1
    return weights @ v  # (…, Tq, dv)


class Head(nn.Module):
    """One head of causal self-attention: (B, T, n_embd) -> (B, T, head_size).

    `dropout` is the probability with which a weight is dropped in training.
    """

    def __init__(
        self, head_size: int, *, n_embd: int, block_size: int, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.key = nn.Linear(n_embd, head_size, bias=False)
        self.query = nn.Linear(n_embd, head_size, bias=False)
        self.value = nn.Linear(n_embd, head_size, bias=False)
        self.register_buffer("tril", torch.tril(torch.ones(block_size, block_size)))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        T = x.shape[1]
        q, k, v = self.query(x), self.key(x), self.value(x)  # (B, T, hs) each
        scores = q @ k.transpose(-2, -1) * k.shape[-1] ** -0.5  # (B, T, T)
        scores = scores.masked_fill(self.tril[:T, :T] == 0, float("-inf"))
        weights = self.dropout(scores.softmax(dim=-1))  # (B, T, T)
        return weights @ v  # (B, T, hs)


class MultiHeadAttention(nn.Module):
    """Several heads side by side, concatenated, and mixed by `proj`: (B, T, C) -> (B, T, C)."""

    def __init__(
        self,
        num_heads: int,
        head_size: int,
        *,
        n_embd: int,
        block_size: int,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.heads = nn.ModuleList(
            Head(head_size, n_embd=n_embd, block_size=block_size, dropout=dropout)
            for _ in range(num_heads)
        )
        self.proj = nn.Linear(num_heads * head_size, n_embd)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        out = torch.cat([head(x) for head in self.heads], dim=-1)  # (B, T, nh·hs)
        return self.dropout(self.proj(out))  # (B, T, C)


class CausalSelfAttention(nn.Module):
    """All heads in one product, with GPT-2's parameter names: (B, T, C) -> (B, T, C).

    `config` has n_embd, n_head, block_size, dropout and bias. The rows of `c_attn.weight` are those
    of all queries, then all keys, then all values; within each, head after head.
    """

    def __init__(self, config) -> None:
        super().__init__()
        self.n_head = config.n_head
        self.c_attn = nn.Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.c_proj = nn.Linear(config.n_embd, config.n_embd, bias=config.bias)
        self.attn_dropout = nn.Dropout(config.dropout)
        self.resid_dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor) -> Tensor:
        B, T, C = x.shape
        q, k, v = self.c_attn(x).split(C, dim=-1)  # (B, T, C) each
        q, k, v = (t.view(B, T, self.n_head, -1).transpose(1, 2) for t in (q, k, v))
        scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])  # (B, nh, T, T)
        scores = scores.masked_fill(~causal_mask(T, T, x.device), float("-inf"))
        weights = self.attn_dropout(scores.softmax(dim=-1))
        y = weights @ v  # (B, nh, T, hs)
        y = y.transpose(1, 2).reshape(B, T, C)  # heads side by side again
        return self.resid_dropout(self.c_proj(y))


def blockwise_attention(q: Tensor, k: Tensor, v: Tensor, block_size: int) -> Tensor:
    """softmax(q kᵀ / √d) v without ever holding all scores: memory grows with T, not with T².

    Shapes as in `scaled_dot_product_attention`, every query sees every key. Works on `block_size`
    queries and `block_size` keys at a time. For each query it keeps the largest score so far `m`,
    the sum `total` of exp(score − m), and the sum `acc` of exp(score − m)·value; a new largest
    score rescales what was summed before.
    """
    rows = []
    for q_block in q.split(block_size, dim=-2):  # (…, bq, d)
        m = q_block.new_full((*q_block.shape[:-1], 1), float("-inf"))
        total = torch.zeros_like(m)  # (…, bq, 1)
        acc = v.new_zeros(*q_block.shape[:-1], v.shape[-1])  # (…, bq, dv)
        for k_block, v_block in zip(k.split(block_size, -2), v.split(block_size, -2), strict=True):
            scores = q_block @ k_block.transpose(-2, -1) / math.sqrt(q.shape[-1])  # (…, bq, bk)
            new_m = torch.maximum(m, scores.amax(dim=-1, keepdim=True))
            rescale, p = torch.exp(m - new_m), torch.exp(scores - new_m)
            total = total * rescale + p.sum(dim=-1, keepdim=True)
            acc = acc * rescale + p @ v_block
            m = new_m
        rows.append(acc / total)
    return torch.cat(rows, dim=-2)  # (…, Tq, dv)
