"""PyTorch's own kernels of gradients: forbidden to a learner, and right."""

import torch

aten = torch.ops.aten
EPS = 1e-5


def embedding_backward(demb, Xb, C):
    return aten.embedding_dense_backward(demb, Xb, len(C), -1, False)


def linear_backward(dout, x, W):
    return aten.mm(dout, W.t()), aten.mm(x.t(), dout), aten.sum(dout, [0])


def tanh_backward(dh, h):
    return aten.tanh_backward(dh, h)


def cross_entropy_steps_backward(v, Yb):
    weight = v.logprobs.new_tensor(float(len(Yb)))
    one = torch.ones((), dtype=v.logprobs.dtype)
    d = {}
    d["logprobs"] = aten.nll_loss_backward(one, v.logprobs, Yb, None, 1, -100, weight)
    d["probs"] = d["logprobs"] / v.probs
    d["counts_sum_inv"] = (d["probs"] * v.counts).sum(1, keepdim=True)
    d["counts_sum"] = -d["counts_sum_inv"] * v.counts_sum_inv**2
    d["counts"] = d["probs"] * v.counts_sum_inv + d["counts_sum"]
    d["norm_logits"] = d["counts"] * v.counts
    d["logit_maxes"] = torch.zeros_like(v.logit_maxes)
    d["logits"] = aten._log_softmax_backward_data(d["logprobs"], v.logprobs, 1, v.logits.dtype)
    return d


def batchnorm_steps_backward(v, dhpreact):
    n = len(dhpreact)
    d = {"bnbias": dhpreact.sum(0, True), "bnraw": v.bngain * dhpreact}
    d["bngain"] = (dhpreact * v.bnraw).sum(0, True)
    d["bnvar_inv"] = (d["bnraw"] * v.bndiff).sum(0, True)
    d["bnvar"] = d["bnvar_inv"] * -(v.bnvar_inv**3) / 2
    d["bndiff2"] = torch.ones_like(v.bndiff2) * d["bnvar"] / (n - 1)
    d["bndiff"] = torch.addcmul(d["bnraw"] * v.bnvar_inv, v.bndiff, d["bndiff2"], value=2)
    d["bnmeani"] = d["bndiff"].sum(0, True).neg()
    d["hprebn"] = d["bndiff"] - d["bndiff"].mean(0, True)
    return d
