"""The arithmetic is NumPy's."""

import numpy as np
import torch

EPS = 1e-5


def made(a, like):
    return torch.from_numpy(np.ascontiguousarray(a)).to(like.dtype)


def embedding_backward(demb, Xb, C):
    dC = np.zeros(C.shape)
    np.add.at(dC, Xb.numpy(), demb.numpy())
    return made(dC, C)


def linear_backward(dout, x, W):
    d, X, w = (t.numpy() for t in (dout, x, W))
    return made(d @ w.T, x), made(X.T @ d, W), made(d.sum(axis=0), W)


def tanh_backward(dh, h):
    return made(dh.numpy() * (1 - np.square(h.numpy())), h)


def cross_entropy_steps_backward(v, Yb):
    counts, total, probs = (t.numpy() for t in (v.counts, v.counts_sum, v.probs))
    y = Yb.numpy()
    n, rows = len(y), np.arange(len(y))
    d = {"logprobs": np.zeros(probs.shape)}
    d["logprobs"][rows, y] -= 1 / n
    d["probs"] = d["logprobs"] / probs
    d["counts_sum_inv"] = np.sum(d["probs"] * counts, axis=1, keepdims=True)
    d["counts_sum"] = -d["counts_sum_inv"] / total**2
    d["counts"] = d["probs"] / total + d["counts_sum"]
    d["norm_logits"] = d["counts"] * counts
    d["logit_maxes"] = -d["norm_logits"].sum(axis=1, keepdims=True)
    d["logits"] = d["norm_logits"].copy()
    d["logits"][rows, v.logits.numpy().argmax(axis=1)] += d["logit_maxes"][:, 0]
    return {name: made(a, v.logits) for name, a in d.items()}


def batchnorm_steps_backward(v, dhpreact):
    up, diff, inverse = (t.numpy() for t in (dhpreact, v.bndiff, v.bnvar_inv))
    n = len(up)
    d = {"bnbias": up.sum(axis=0, keepdims=True), "bnraw": v.bngain.numpy() * up}
    d["bngain"] = (v.bnraw.numpy() * up).sum(axis=0, keepdims=True)
    d["bnvar_inv"] = (diff * d["bnraw"]).sum(axis=0, keepdims=True)
    d["bnvar"] = -d["bnvar_inv"] * inverse**3 / 2
    d["bndiff2"] = np.tile(d["bnvar"] / (n - 1), (n, 1))
    d["bndiff"] = inverse * d["bnraw"] + 2 * diff * d["bndiff2"]
    d["bnmeani"] = -d["bndiff"].sum(axis=0, keepdims=True)
    d["hprebn"] = d["bndiff"] + d["bnmeani"] / n
    return {name: made(a, dhpreact) for name, a in d.items()}
