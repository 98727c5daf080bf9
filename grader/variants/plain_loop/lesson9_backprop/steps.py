"""Number by number, as on paper."""

import torch

EPS = 1e-5


def embedding_backward(demb, Xb, C):
    dC = torch.zeros_like(C)
    for token in range(len(C)):
        here = demb[Xb == token]
        if len(here):
            dC[token] = here.sum(0)
    return dC


def linear_backward(dout, x, W):
    dx, dW, db = torch.zeros_like(x), torch.zeros_like(W), dout.new_zeros(W.shape[1])
    for d, row, dr in zip(dout, x, dx, strict=True):
        for o in range(W.shape[1]):
            dr += W[:, o] * d[o]
            dW[:, o] += row * d[o]
            db[o] += d[o]
    return [dx, dW, db]


def tanh_backward(dh, h):
    slopes = [up * (1 - y * y) for up, y in zip(dh.flatten(), h.flatten(), strict=True)]
    return torch.stack(slopes).reshape(h.shape)


def cross_entropy_steps_backward(v, Yb):
    names = "logprobs probs counts_sum_inv counts_sum counts norm_logits logit_maxes logits"
    d = {name: torch.zeros_like(getattr(v, name)) for name in names.split()}
    for r, y in enumerate(Yb.tolist()):
        d["logprobs"][r, y] = -1 / len(Yb)
        d["probs"][r] = d["logprobs"][r] / v.probs[r]
        d["counts_sum_inv"][r] = v.counts[r] @ d["probs"][r]
        d["counts_sum"][r] = -d["counts_sum_inv"][r] / v.counts_sum[r] ** 2
        d["counts"][r] = v.counts_sum_inv[r] * d["probs"][r] + d["counts_sum"][r]
        d["norm_logits"][r] = v.counts[r] * d["counts"][r]
        d["logit_maxes"][r] = -d["norm_logits"][r].sum()
        d["logits"][r] = d["norm_logits"][r]
        tops = (v.logits[r] == v.logit_maxes[r]).nonzero()[:, 0]
        d["logits"][r][tops] += d["logit_maxes"][r] / len(tops)
    return d


def batchnorm_steps_backward(v, dhpreact):
    names = "bnbias bngain bnraw bnvar_inv bnvar bndiff2 bndiff bnmeani hprebn"
    d = {name: torch.zeros_like(getattr(v, name)) for name in names.split()}
    n, H = dhpreact.shape
    for c in range(H):
        up, diff, inverse = dhpreact[:, c], v.bndiff[:, c], v.bnvar_inv[0, c]
        d["bnbias"][0, c] = up.sum()
        d["bngain"][0, c] = v.bnraw[:, c] @ up
        d["bnraw"][:, c] = v.bngain[0, c] * up
        d["bnvar_inv"][0, c] = diff @ d["bnraw"][:, c]
        d["bnvar"][0, c] = -0.5 * inverse**3 * d["bnvar_inv"][0, c]
        d["bndiff2"][:, c] = d["bnvar"][0, c] / (n - 1)
        d["bndiff"][:, c] = inverse * d["bnraw"][:, c] + 2 * diff * d["bndiff2"][:, c]
        d["bnmeani"][0, c] = -d["bndiff"][:, c].sum()
        d["hprebn"][:, c] = d["bndiff"][:, c] + d["bnmeani"][0, c] / n
    return d
