"""Every sum is an einsum, every index a one-hot matrix."""

import torch
from torch import einsum
from torch.nn.functional import one_hot

EPS = 1e-5


def embedding_backward(demb, Xb, C):
    return einsum("ntv,ntd->vd", one_hot(Xb, len(C)).to(demb), demb)


def linear_backward(dout, x, W):
    return (
        einsum("no,io->ni", dout, W),
        einsum("ni,no->io", x, dout),
        einsum("no->o", dout),
    )


def tanh_backward(dh, h):
    return (1 - h) * (1 + h) * dh


def cross_entropy_steps_backward(v, Yb):
    n, V = v.logits.shape
    d = {"logprobs": -one_hot(Yb, V).to(v.logits) / n}
    d["probs"] = d["logprobs"] * v.probs.reciprocal()
    d["counts_sum_inv"] = einsum("nv,nv->n", v.counts, d["probs"])[:, None]
    d["counts_sum"] = -d["counts_sum_inv"] / v.counts_sum.square()
    d["counts"] = torch.addcmul(d["counts_sum"], v.counts_sum_inv, d["probs"])
    d["norm_logits"] = d["counts"] * v.norm_logits.exp()
    d["logit_maxes"] = -einsum("nv->n", d["norm_logits"])[:, None]
    largest = one_hot(v.logits.argmax(1), V)
    d["logits"] = d["norm_logits"] + largest * d["logit_maxes"]
    return d


def batchnorm_steps_backward(v, dhpreact):
    n = len(dhpreact)
    d = {"bnbias": einsum("nh->h", dhpreact)[None]}
    d["bngain"] = einsum("nh,nh->h", v.bnraw, dhpreact)[None]
    d["bnraw"] = einsum("kh,nh->nh", v.bngain, dhpreact)
    d["bnvar_inv"] = einsum("nh,nh->h", v.bndiff, d["bnraw"])[None]
    d["bnvar"] = d["bnvar_inv"] * -0.5 / ((v.bnvar + EPS) * (v.bnvar + EPS).sqrt())
    d["bndiff2"] = d["bnvar"].repeat(n, 1) / (n - 1)
    d["bndiff"] = v.bnvar_inv * d["bnraw"] + v.bndiff * d["bnvar"] * 2 / (n - 1)
    d["bnmeani"] = -einsum("nh->h", d["bndiff"])[None]
    centring = torch.eye(n, dtype=dhpreact.dtype) - 1 / n
    d["hprebn"] = einsum("nm,mh->nh", centring, d["bndiff"])
    return d
