"""Forward and backward in NumPy."""

import numpy as np
import torch

from .steps import made


def loss_and_gradients(p, Xb, Yb):
    C, W1, b1, gain, bias, W2, b2 = (
        p[name].detach().numpy() for name in ("C", "W1", "b1", "bngain", "bnbias", "W2", "b2")
    )
    X, Y = Xb.numpy(), Yb.numpy()
    n = len(Y)
    E = C[X].reshape(n, -1)
    x = E @ W1 + b1
    x = x - x.mean(axis=0)
    s = 1 / np.sqrt(np.square(x).sum(axis=0) / (n - 1) + 1e-5)
    raw = x * s
    h = np.tanh(gain * raw + bias)
    z = h @ W2 + b2
    z = z - z.max(axis=1, keepdims=True)
    q = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    loss = -np.log(q[np.arange(n), Y]).mean()

    q[np.arange(n), Y] -= 1
    q /= n
    g = {"W2": h.T @ q, "b2": q.sum(axis=0)}
    up = q @ W2.T * (1 - h * h)
    g["bnbias"], g["bngain"] = up.sum(axis=0)[None], (up * raw).sum(axis=0)[None]
    up = gain * s * (up - g["bnbias"] / n - raw * g["bngain"] / (n - 1))
    g["W1"], g["b1"] = E.T @ up, up.sum(axis=0)
    g["C"] = np.zeros(C.shape)
    np.add.at(g["C"], X, (up @ W1.T).reshape(*X.shape, -1))
    return torch.tensor(loss, dtype=p["C"].dtype), {k: made(a, p[k]) for k, a in g.items()}
