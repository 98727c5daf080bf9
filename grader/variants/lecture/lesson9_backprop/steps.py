"""As the lecture writes it, step by step."""

import torch
import torch.nn.functional as F

EPS = 1e-5


def embedding_backward(demb, Xb, C):
    dC = torch.zeros_like(C)
    for k in range(Xb.shape[0]):
        for j in range(Xb.shape[1]):
            ix = Xb[k, j]
            dC[ix] += demb[k, j]
    return dC


def linear_backward(dlogits, h, W2):
    dh = dlogits @ W2.T
    dW2 = h.T @ dlogits
    db2 = dlogits.sum(0)
    return dh, dW2, db2


def tanh_backward(dh, h):
    return (1.0 - h**2) * dh


def cross_entropy_steps_backward(v, Yb):
    n = v.logits.shape[0]
    dlogprobs = torch.zeros_like(v.logprobs)
    dlogprobs[range(n), Yb] = -1.0 / n
    dprobs = (1.0 / v.probs) * dlogprobs
    dcounts_sum_inv = (v.counts * dprobs).sum(1, keepdim=True)
    dcounts = v.counts_sum_inv * dprobs
    dcounts_sum = (-(v.counts_sum**-2)) * dcounts_sum_inv
    dcounts += torch.ones_like(v.counts) * dcounts_sum
    dnorm_logits = v.counts * dcounts
    dlogits = dnorm_logits.clone()
    dlogit_maxes = (-dnorm_logits).sum(1, keepdim=True)
    dlogits += F.one_hot(v.logits.max(1).indices, num_classes=v.logits.shape[1]) * dlogit_maxes
    names = (
        "logprobs probs counts_sum_inv counts_sum counts norm_logits logit_maxes logits"
    ).split()
    here = locals()
    return {name: here["d" + name] for name in names}


def batchnorm_steps_backward(v, dhpreact):
    n = v.hprebn.shape[0]
    dbngain = (v.bnraw * dhpreact).sum(0, keepdim=True)
    dbnraw = v.bngain * dhpreact
    dbnbias = dhpreact.sum(0, keepdim=True)
    dbndiff = v.bnvar_inv * dbnraw
    dbnvar_inv = (v.bndiff * dbnraw).sum(0, keepdim=True)
    dbnvar = (-0.5 * (v.bnvar + 1e-5) ** -1.5) * dbnvar_inv
    dbndiff2 = (1.0 / (n - 1)) * torch.ones_like(v.bndiff2) * dbnvar
    dbndiff += (2 * v.bndiff) * dbndiff2
    dhprebn = dbndiff.clone()
    dbnmeani = (-dbndiff).sum(0, keepdim=True)
    dhprebn += 1.0 / n * (torch.ones_like(v.hprebn) * dbnmeani)
    names = "bnbias bngain bnraw bnvar_inv bnvar bndiff2 bndiff bnmeani hprebn".split()
    here = locals()
    return {name: here["d" + name] for name in names}
