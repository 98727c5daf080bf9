"""Every sum is an einsum; batch norm by the matrix that it is on the way back."""

import torch
from torch import einsum


def cross_entropy_backward(logits, Yb):
    n, V = logits.shape
    answer = torch.eye(V, dtype=logits.dtype)[Yb]
    return (torch.exp(logits - torch.logsumexp(logits, 1, keepdim=True)) - answer) / n


def batchnorm_backward(dhpreact, bnraw, bnvar_inv, bngain):
    n = len(bnraw)
    same = torch.eye(n, dtype=bnraw.dtype)[:, :, None]
    jacobian = same - 1 / n - einsum("nh,mh->nmh", bnraw, bnraw) / (n - 1)
    return einsum("nmh,mh,ah,bh->nh", jacobian, dhpreact, bngain, bnvar_inv)
