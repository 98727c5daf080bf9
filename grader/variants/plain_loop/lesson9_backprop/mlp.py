"""Its own forward pass, and a tape of what to do on the way back."""

import torch

from .fused import batchnorm_backward, cross_entropy_backward
from .steps import embedding_backward, linear_backward, tanh_backward


def loss_and_gradients(p, Xb, Yb):
    grads, tape = {}, []

    def linear(x, W, b):
        def back(up):
            down, grads[W], grads[b] = linear_backward(up, x, p[W])
            return down

        tape.append(back)
        return x @ p[W] + p[b]

    emb = p["C"][Xb]
    x = linear(emb.flatten(1), "W1", "b1")
    deviation = (x.var(0, keepdim=True) + 1e-5).sqrt()
    raw = (x - x.mean(0, keepdim=True)) / deviation

    def back(up):
        grads["bngain"], grads["bnbias"] = (up * raw).sum(0, True), up.sum(0, True)
        return batchnorm_backward(up, raw, 1 / deviation, p["bngain"])

    tape.append(back)
    h = torch.tanh(p["bngain"] * raw + p["bnbias"])
    tape.append(lambda up: tanh_backward(up, h))
    logits = linear(h, "W2", "b2")
    loss = (logits.logsumexp(1) - logits.gather(1, Yb[:, None])[:, 0]).mean()
    up = cross_entropy_backward(logits, Yb)
    for step in reversed(tape):
        up = step(up)
    grads["C"] = embedding_backward(up.reshape(emb.shape), Xb, p["C"])
    return loss, grads
