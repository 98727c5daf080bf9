"""Blockwise attention with a backward pass of its own, which computes the weights once more.

So its memory is linear in training as well.
"""

import torch


class _Blockwise(torch.autograd.Function):
    @staticmethod
    def forward(ctx, q, k, v, block_size):
        scale = q.shape[-1] ** -0.5
        top = torch.full_like(q[..., :1], -torch.inf)
        total = torch.zeros_like(top)
        acc = torch.zeros_like(q[..., :1] * v[..., :1, :])
        for j in range(0, k.shape[-2], block_size):
            s = q @ k[..., j : j + block_size, :].mT * scale
            old, top = top, torch.maximum(top, s.amax(-1, keepdim=True))
            p, shrink = (s - top).exp_(), (old - top).exp_()
            total = total.mul_(shrink).add_(p.sum(-1, keepdim=True))
            acc = acc.mul_(shrink).add_(p @ v[..., j : j + block_size, :])
        y = acc / total
        ctx.save_for_backward(q, k, v, y, top, total)
        ctx.block_size = block_size
        return y

    @staticmethod
    def backward(ctx, dy):
        q, k, v, y, top, total = ctx.saved_tensors
        scale = q.shape[-1] ** -0.5
        inner = (dy * y).sum(-1, keepdim=True)
        dq, dk, dv = torch.zeros_like(q), [], []
        for j in range(0, k.shape[-2], ctx.block_size):
            kb, vb = (t[..., j : j + ctx.block_size, :] for t in (k, v))
            p = (q @ kb.mT * scale - top).exp() / total
            ds = p * (dy @ vb.mT - inner) * scale
            dq += ds @ kb
            dk.append(ds.mT @ q)
            dv.append(p.mT @ dy)
        return dq, torch.cat(dk, -2), torch.cat(dv, -2), None


def blockwise_attention(q, k, v, block_size):
    return _Blockwise.apply(q, k, v, block_size)
