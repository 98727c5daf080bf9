"""Attention, from one query to many heads. Fill in each `raise NotImplementedError`.

    B  batch       nh  heads            T, Tq, Tk  positions, of queries, of keys
    C  n_embd      hs  size of a head   d, dv      size of a query or key, of a value

Check yourself as often as you like: `zth grade lesson3`, or one part of it with
`zth grade lesson3 --component sdpa`. PyTorch's own attention is off limits here; matrix products,
softmax, nn.Linear and nn.Dropout are all you need.

A tensor that you make yourself (a mask, a sum) belongs on the device of the input: pass
`device=x.device`, or start from the input with `x.new_zeros(...)` or `torch.zeros_like(x)`. What a
module makes once and keeps goes through `self.register_buffer("tril", ...)`, so that it moves along
with the module.

Sources: Vaswani et al. 2017, "Attention Is All You Need"; the lecture "Let's build GPT"; Milakov
and Gimelshein 2018 (online softmax); Dao et al. 2022, "FlashAttention".
"""

import math

import torch
from torch import Tensor, nn


def scaled_dot_product_attention(
    q: Tensor, k: Tensor, v: Tensor, is_causal: bool = False
) -> Tensor:
    """softmax(q kᵀ / √d) v: for each query, the mean of the values, weighted by how keys match it.

    q is (…, Tq, d), k is (…, Tk, d), v is (…, Tk, dv); the result is (…, Tq, dv). With `is_causal`,
    and Tq ≤ Tk, query i sees keys 0 … i + Tk − Tq: the queries are the last Tq positions.

    1. The scores of each query with each key, divided by √d: (…, Tq, Tk).
    2. With `is_causal`, scores of keys that a query must not see become −inf.
    3. A softmax over the keys turns each row into weights that sum to 1.
    4. The weighted sum of the values.

    Two keys that match equally well give the mean of their values:

    >>> v = torch.tensor([[1.0], [3.0]])
    >>> scaled_dot_product_attention(torch.zeros(2, 4), torch.ones(2, 4), v).tolist()
    [[2.0], [2.0]]

    The first of two positions sees only itself:

    >>> q = k = torch.zeros(2, 4)
    >>> scaled_dot_product_attention(q, k, v, is_causal=True).tolist()
    [[1.0], [2.0]]
    """
    raise NotImplementedError


class Head(nn.Module):
    """One head of causal self-attention: (B, T, n_embd) -> (B, T, head_size).

    Three linear layers without bias, named `key`, `query` and `value`, each n_embd -> head_size.
    Attention is causal, T may be anything up to `block_size`, and in training mode each weight is
    dropped (nn.Dropout, after the softmax) with probability `dropout`.

    1. Queries, keys and values of all positions: (B, T, hs) each.
    2. The causal attention above, with dropout between the softmax and the weighted sum.

    >>> head = Head(16, n_embd=32, block_size=8)
    >>> head(torch.randn(4, 8, 32)).shape
    torch.Size([4, 8, 16])
    """

    def __init__(
        self, head_size: int, *, n_embd: int, block_size: int, dropout: float = 0.0
    ) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        raise NotImplementedError


class MultiHeadAttention(nn.Module):
    """Several heads side by side: (B, T, n_embd) -> (B, T, n_embd).

    `heads`, an nn.ModuleList, holds `num_heads` of your `Head`. Their outputs, concatenated along
    the last dimension in order, go through `proj`, a linear layer (with bias) from
    num_heads · head_size to n_embd, and then through dropout.

    >>> attention = MultiHeadAttention(4, 8, n_embd=32, block_size=8)
    >>> attention(torch.randn(2, 5, 32)).shape
    torch.Size([2, 5, 32])
    """

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
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        raise NotImplementedError


class CausalSelfAttention(nn.Module):
    """All heads in one product, with GPT-2's parameter names: (B, T, C) -> (B, T, C).

    `config` has n_embd (= C), n_head, block_size, dropout and bias. The head size is C / n_head.

    - `c_attn`: one linear layer C -> 3C. Its output holds all queries, then all keys, then all
      values; within each, head after head.
    - `c_proj`: one linear layer C -> C, after the heads are side by side again.
    - Both have a bias if `config.bias` says so.
    - Dropout with probability `config.dropout` on the weights, and on the output of `c_proj`.

    This is the part that `zth train shakespeare-tiny --with attention=student` puts into a GPT.

    >>> from types import SimpleNamespace
    >>> config = SimpleNamespace(n_embd=32, n_head=4, block_size=8, dropout=0.0, bias=True)
    >>> CausalSelfAttention(config)(torch.randn(2, 5, 32)).shape
    torch.Size([2, 5, 32])
    """

    def __init__(self, config) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        raise NotImplementedError


def blockwise_attention(q: Tensor, k: Tensor, v: Tensor, block_size: int) -> Tensor:
    """softmax(q kᵀ / √d) v without ever holding all scores: memory grows with T, not with T².

    Shapes as in `scaled_dot_product_attention`; every query sees every key. Works on `block_size`
    queries and `block_size` keys at a time (the last block may be shorter). For each query keep

        m      the largest score so far,
        total  the sum of exp(score − m) so far, and
        acc    the sum of exp(score − m) · value so far.

    When a block brings a larger score, m grows to m′, and what was summed before is multiplied by
    exp(m − m′). At the end the result is acc / total.

    >>> q, k, v = torch.randn(3, 2, 10, 4).unbind()
    >>> whole = scaled_dot_product_attention(q, k, v)
    >>> torch.allclose(blockwise_attention(q, k, v, block_size=3), whole, atol=1e-6)
    True
    """
    raise NotImplementedError
