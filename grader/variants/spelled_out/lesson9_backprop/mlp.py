"""The whole network in the smallest steps, every tensor's gradient in one dict."""

import torch


def loss_and_gradients(p, Xb, Yb):
    n, rows = len(Xb), torch.arange(len(Xb))
    emb = p["C"][Xb]
    embcat = emb.reshape(n, -1)
    hprebn = embcat @ p["W1"] + p["b1"]
    bndiff = hprebn - hprebn.mean(0, keepdim=True)
    bnvar = (bndiff * bndiff).sum(0, keepdim=True) / (n - 1)
    bnvar_inv = 1 / torch.sqrt(bnvar + 1e-5)
    bnraw = bndiff * bnvar_inv
    h = torch.tanh(p["bngain"] * bnraw + p["bnbias"])
    logits = h @ p["W2"] + p["b2"]
    logprobs = logits - logits.logsumexp(1, keepdim=True)
    loss = -logprobs[rows, Yb].mean()

    dlogits = logprobs.exp()
    dlogits[rows, Yb] -= 1
    dlogits = dlogits / n
    dh = dlogits @ p["W2"].T
    dhpreact = dh - dh * h * h
    dbnraw = dhpreact * p["bngain"]
    dbndiff = dbnraw * bnvar_inv
    dbnvar = -(dbnraw * bndiff).sum(0, keepdim=True) * bnvar_inv**3 / 2
    dbndiff = dbndiff + bndiff * 2 * dbnvar / (n - 1)
    dhprebn = dbndiff - dbndiff.mean(0, keepdim=True)
    demb = (dhprebn @ p["W1"].T).reshape(emb.shape)
    dC = torch.zeros_like(p["C"])
    dC.index_put_((Xb,), demb, accumulate=True)
    return loss, {
        "b2": dlogits.sum(0),
        "W2": h.T @ dlogits,
        "bngain": (dhpreact * bnraw).sum(0, keepdim=True),
        "bnbias": dhpreact.sum(0, keepdim=True),
        "W1": embcat.T @ dhprebn,
        "b1": dhprebn.sum(0),
        "C": dC,
    }
