"""Blocks of queries only: each meets all keys at once, and needs no online softmax."""

import torch


def blockwise_attention(q, k, v, block_size):
    y = torch.empty(*q.shape[:-1], v.shape[-1], dtype=q.dtype, device=q.device)
    for start in range(0, q.shape[-2], block_size):
        rows = slice(start, start + block_size)
        scores = q[..., rows, :] @ k.mT / q.shape[-1] ** 0.5
        y[..., rows, :] = torch.exp(torch.log_softmax(scores, dim=-1)) @ v
    return y
