"""Backprop, one step at a time.

The forward steps stand here already, in the smallest pieces. You walk through them from the last
to the first: the gradient of each tensor comes from the gradients of what was made of it, by the
rule for just that step. A tensor that was used twice gets the sum of both. A tensor that was
broadcast gets the sum over what it was copied to; and its gradient always has its own shape.

Autograd is off limits: no backward, no torch.autograd, no torch.func, and none of PyTorch's own
gradient functions. Sums, products and indices do. Change no tensor that you are given, and ask for
none in one piece of memory (reshape, not view).

Check yourself with `zth grade lesson9`, or one part with `zth grade lesson9 --component dlinear`.

Source: the lecture "Building makemore Part 4: Becoming a Backprop Ninja".
"""

from types import SimpleNamespace

import torch
from torch import Tensor

EPS = 1e-5

# In the comments: n rows in a batch, V = vocab_size, d numbers for a token, T tokens before the
# one to predict, H = n_hidden. A gradient is called as in the lecture: dh is that of the loss for
# h, and has the shape of h.


def embedding_backward(demb: Tensor, Xb: Tensor, C: Tensor) -> Tensor:
    """dC (V, d) of `emb = C[Xb]`, with Xb (n, T) integers and demb (n, T, d).

    Row v of C was copied to every place where Xb is v: its gradient is the sum over them all, and
    zeros where there is none.

    >>> C, Xb = torch.zeros(3, 1), torch.tensor([[0, 2], [2, 2]])
    >>> embedding_backward(torch.tensor([[[1.0], [2.0]], [[3.0], [4.0]]]), Xb, C).tolist()
    [[1.0], [0.0], [9.0]]
    """
    dC = torch.zeros_like(C)
    dC.index_add_(0, Xb.reshape(-1), demb.reshape(-1, C.shape[1]))
    return dC


def linear_backward(dout: Tensor, x: Tensor, W: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """dx (n, in), dW (in, out) and db (out,) of `out = x @ W + b`, with dout (n, out).

    >>> x, W = torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0], [4.0]])
    >>> [t.tolist() for t in linear_backward(torch.tensor([[10.0]]), x, W)]
    [[[30.0, 40.0]], [[10.0], [20.0]], [10.0]]
    """
    dx = dout @ W.T  # (n, out) (out, in) -> (n, in)
    dW = x.T @ dout  # (in, n) (n, out) -> (in, out)
    db = dout.sum(0)  # b was added to each of n rows
    return dx, dW, db


def tanh_backward(dh: Tensor, h: Tensor) -> Tensor:
    """dhpreact of `h = torch.tanh(hpreact)`, from the result h alone.

    >>> tanh_backward(torch.tensor([2.0, 2.0]), torch.tensor([0.0, 0.5])).tolist()
    [2.0, 1.5]
    """
    return dh * (1 - h**2)


# --- cross-entropy ------------------------------------------------------------------------------


def cross_entropy_steps(logits: Tensor, Yb: Tensor) -> SimpleNamespace:
    """The loss of logits (n, V) and targets Yb (n,), and all on the way to it. Complete."""
    v = SimpleNamespace(logits=logits)
    v.logit_maxes = logits.max(1, keepdim=True).values  # (n, 1)
    v.norm_logits = logits - v.logit_maxes  # (n, V), so that exp does not overflow
    v.counts = v.norm_logits.exp()  # (n, V)
    v.counts_sum = v.counts.sum(1, keepdim=True)  # (n, 1)
    v.counts_sum_inv = v.counts_sum**-1  # (n, 1)
    v.probs = v.counts * v.counts_sum_inv  # (n, V)
    v.logprobs = v.probs.log()  # (n, V)
    v.loss = -v.logprobs[torch.arange(len(Yb)), Yb].mean()
    return v


def cross_entropy_steps_backward(v: SimpleNamespace, Yb: Tensor) -> dict[str, Tensor]:
    """The gradient of the loss for each tensor of `cross_entropy_steps`, by its name.

    The names are "logprobs", "probs", "counts_sum_inv", "counts_sum", "counts", "norm_logits",
    "logit_maxes" and "logits"; `v.counts` is the value of counts on the way forward.
    """
    dlogprobs = torch.zeros_like(v.logprobs)
    dlogprobs[torch.arange(len(Yb)), Yb] = -1 / len(Yb)
    dprobs = dlogprobs / v.probs
    dcounts_sum_inv = (v.counts * dprobs).sum(1, keepdim=True)  # was copied along the row
    dcounts_sum = -dcounts_sum_inv * v.counts_sum**-2
    dcounts = v.counts_sum_inv * dprobs + dcounts_sum  # was used twice
    dnorm_logits = v.counts * dcounts
    dlogit_maxes = -dnorm_logits.sum(1, keepdim=True)
    dlogits = dnorm_logits.clone()
    dlogits[torch.arange(len(Yb)), v.logits.max(1).indices] += dlogit_maxes[:, 0]
    return {
        "logprobs": dlogprobs,
        "probs": dprobs,
        "counts_sum_inv": dcounts_sum_inv,
        "counts_sum": dcounts_sum,
        "counts": dcounts,
        "norm_logits": dnorm_logits,
        "logit_maxes": dlogit_maxes,
        "logits": dlogits,
    }


# --- batch normalization ------------------------------------------------------------------------


def batchnorm_steps(hprebn: Tensor, bngain: Tensor, bnbias: Tensor) -> SimpleNamespace:
    """Each column of hprebn (n, H) with mean 0 and variance 1, times the gain, plus the bias.

    All that is on the way to `hpreact` (n, H). The variance divides by n − 1, as in the lecture, so
    n is at least 2. bngain and bnbias are (1, H). Complete.
    """
    n = len(hprebn)
    v = SimpleNamespace(hprebn=hprebn, bngain=bngain, bnbias=bnbias)
    v.bnmeani = hprebn.sum(0, keepdim=True) / n  # (1, H)
    v.bndiff = hprebn - v.bnmeani  # (n, H)
    v.bndiff2 = v.bndiff**2  # (n, H)
    v.bnvar = v.bndiff2.sum(0, keepdim=True) / (n - 1)  # (1, H)
    v.bnvar_inv = (v.bnvar + EPS) ** -0.5  # (1, H)
    v.bnraw = v.bndiff * v.bnvar_inv  # (n, H)
    v.hpreact = bngain * v.bnraw + bnbias  # (n, H)
    return v


def batchnorm_steps_backward(v: SimpleNamespace, dhpreact: Tensor) -> dict[str, Tensor]:
    """The gradient for each tensor of `batchnorm_steps`, by its name, from that of hpreact.

    The names are "bnbias", "bngain", "bnraw", "bnvar_inv", "bnvar", "bndiff2", "bndiff", "bnmeani"
    and "hprebn"; `v.bndiff` is the value of bndiff on the way forward.
    """
    n = len(dhpreact)
    dbnbias = dhpreact.sum(0, keepdim=True)
    dbngain = (v.bnraw * dhpreact).sum(0, keepdim=True)
    dbnraw = v.bngain * dhpreact
    dbnvar_inv = (v.bndiff * dbnraw).sum(0, keepdim=True)
    dbnvar = -0.5 * v.bnvar_inv**3 * dbnvar_inv
    dbndiff2 = (dbnvar / (n - 1)).expand_as(v.bndiff2)
    dbndiff = v.bnvar_inv * dbnraw + 2 * v.bndiff * dbndiff2  # was used twice
    dbnmeani = -dbndiff.sum(0, keepdim=True)
    dhprebn = dbndiff + dbnmeani / n  # was used twice
    return {
        "bnbias": dbnbias,
        "bngain": dbngain,
        "bnraw": dbnraw,
        "bnvar_inv": dbnvar_inv,
        "bnvar": dbnvar,
        "bndiff2": dbndiff2,
        "bndiff": dbndiff,
        "bnmeani": dbnmeani,
        "hprebn": dhprebn,
    }
