"""Scores, softmax and sums in float32, whatever the dtype of the input, as on a GPU."""

import math

import torch
from torch import nn


def _weights(q, k, hidden=None):
    scores = (q.float() / math.sqrt(q.shape[-1])) @ k.float().mT
    if hidden is not None:
        scores = scores.where(~hidden, -torch.inf)
    return scores.softmax(-1)


def _later(Tq, Tk, device):
    keys, queries = torch.arange(Tk, device=device), torch.arange(Tq, device=device)
    return keys > queries.unsqueeze(1) + (Tk - Tq)


def scaled_dot_product_attention(q, k, v, is_causal=False):
    hidden = _later(q.shape[-2], k.shape[-2], q.device) if is_causal else None
    return (_weights(q, k, hidden) @ v.float()).to(v.dtype)


class Head(nn.Module):
    def __init__(self, head_size, *, n_embd, block_size, dropout=0.0):
        super().__init__()
        self.key = nn.Linear(n_embd, head_size, bias=False)
        self.query = nn.Linear(n_embd, head_size, bias=False)
        self.value = nn.Linear(n_embd, head_size, bias=False)
        self.dropout = dropout

    def forward(self, x):
        weights = _weights(self.query(x), self.key(x), _later(x.size(1), x.size(1), x.device))
        weights = nn.functional.dropout(weights, self.dropout, self.training)
        return (weights @ self.value(x).float()).type_as(x)


class MultiHeadAttention(nn.ModuleDict):
    def __init__(self, num_heads, head_size, *, n_embd, block_size, dropout=0.0):
        one = {"n_embd": n_embd, "block_size": block_size, "dropout": dropout}
        super().__init__(
            {
                "heads": nn.ModuleList([Head(head_size, **one) for _ in range(num_heads)]),
                "proj": nn.Linear(num_heads * head_size, n_embd),
                "last": nn.Dropout(dropout),
            }
        )

    def forward(self, x):
        answers = [head(x) for head in self["heads"]]
        return self["last"](self["proj"](torch.concat(answers, dim=2)))


class CausalSelfAttention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.n_head, self.p = config.n_head, config.dropout
        self.c_attn = nn.Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.c_proj = nn.Linear(config.n_embd, config.n_embd, bias=config.bias)

    def forward(self, x):
        B, T, C = x.shape
        q, k, v = (
            part.reshape(B, T, self.n_head, C // self.n_head).transpose(1, 2)
            for part in self.c_attn(x).tensor_split(3, -1)
        )
        weights = _weights(q, k, _later(T, T, x.device))
        weights = nn.functional.dropout(weights, self.p, self.training)
        y = (weights @ v.float()).transpose(1, 2).reshape(B, T, C).to(x.dtype)
        return nn.functional.dropout(self.c_proj(y), self.p, self.training)


def blockwise_attention(q, k, v, block_size):
    """The online softmax with powers of two, in float32."""
    to_bits = 1 / math.log(2)
    blocks = []
    for i in range(0, q.shape[-2], block_size):
        some = q[..., i : i + block_size, :].float() / math.sqrt(q.shape[-1])
        top = total = acc = None
        for j in range(0, k.shape[-2], block_size):
            scores = some @ k[..., j : j + block_size, :].float().mT * to_bits
            new = scores.amax(-1, keepdim=True)
            new = new if top is None else torch.maximum(top, new)
            raised = torch.exp2(scores - new)
            sums, values = (
                raised.sum(-1, keepdim=True),
                raised @ v[..., j : j + block_size, :].float(),
            )
            if top is None:
                total, acc = sums, values
            else:
                shrink = torch.exp2(top - new)
                total, acc = torch.addcmul(sums, total, shrink), torch.addcmul(values, acc, shrink)
            top = new
        blocks.append((acc / total).to(q.dtype))
    return torch.cat(blocks, dim=-2)
