"""All of it together: a language model that is trained without autograd.

The rules are those of `steps.py`; the forward pass stands here already. Check yourself with
`zth grade lesson9 --component byhand`, and then train by your own gradients:
`zth train names-by-hand --with model=student`.

Source: the lecture "Building makemore Part 4: Becoming a Backprop Ninja", exercise 4; the model is
that of Bengio et al. 2003, "A Neural Probabilistic Language Model", with batch normalization.
"""

from collections.abc import Mapping
from types import SimpleNamespace

from torch import Tensor
from torch.nn import functional as F

from .fused import batchnorm_backward, cross_entropy_backward
from .steps import batchnorm_steps, embedding_backward, linear_backward, tanh_backward

# The parameters p, by name: C (V, d), W1 (T·d, H), b1 (H,), bngain (1, H), bnbias (1, H),
# W2 (H, V), b2 (V,). The sizes are as in steps.py.


def forward(p: Mapping[str, Tensor], Xb: Tensor) -> SimpleNamespace:
    """Tokens Xb (n, T) -> logits (n, V), with all that is on the way to them. Complete."""
    emb = p["C"][Xb]  # (n, T, d)
    embcat = emb.reshape(len(Xb), -1)  # (n, T·d)
    hprebn = embcat @ p["W1"] + p["b1"]  # (n, H)
    v = batchnorm_steps(hprebn, p["bngain"], p["bnbias"])
    v.emb, v.embcat = emb, embcat
    v.h = v.hpreact.tanh()  # (n, H)
    v.logits = v.h @ p["W2"] + p["b2"]  # (n, V)
    return v


def loss_and_gradients(
    p: Mapping[str, Tensor], Xb: Tensor, Yb: Tensor
) -> tuple[Tensor, dict[str, Tensor]]:
    """The mean cross-entropy of a batch, and its gradient for each parameter, by name.

    Xb (n, T) are the tokens before, Yb (n,) the one that followed. The loss is a tensor of one
    number; the gradients are {"C": dC, "W1": dW1, …}, each of its parameter's shape and dtype.
    """
    v = forward(p, Xb)
    loss = F.cross_entropy(v.logits, Yb)
    dlogits = cross_entropy_backward(v.logits, Yb)
    dh, dW2, db2 = linear_backward(dlogits, v.h, p["W2"])
    dhpreact = tanh_backward(dh, v.h)
    dbngain = (v.bnraw * dhpreact).sum(0, keepdim=True)
    dbnbias = dhpreact.sum(0, keepdim=True)
    dhprebn = batchnorm_backward(dhpreact, v.bnraw, v.bnvar_inv, p["bngain"])
    dembcat, dW1, db1 = linear_backward(dhprebn, v.embcat, p["W1"])
    dC = embedding_backward(dembcat.reshape(v.emb.shape), Xb, p["C"])
    return loss, {
        "C": dC,
        "W1": dW1,
        "b1": db1,
        "bngain": dbngain,
        "bnbias": dbnbias,
        "W2": dW2,
        "b2": db2,
    }
