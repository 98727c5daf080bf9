"""The cubic of Newton and Schulz, which converges; more steps, no tuned numbers."""

from .optimizer import Optimizer


def orthogonalize(matrix, steps=25):
    wide = matrix.shape[0] <= matrix.shape[1]
    x = (matrix if wide else matrix.T).double()
    x = x / (x.pow(2).sum().sqrt() + 1e-30)
    for _ in range(steps):
        x = 1.5 * x - 0.5 * x @ x.T @ x
    return (x if wide else x.T).to(matrix.dtype)


class Muon(Optimizer):
    def __init__(self, params, lr=1e-3, **rest):
        standard = {"weight_decay": 0.1, "momentum": 0.95, "nesterov": True}
        super().__init__(params, {"lr": lr} | standard | rest)
        shapes = [p.shape for p in self.all if p.ndim != 2]
        if shapes:
            raise ValueError(f"not matrices: {shapes}")

    def update(self, p, group, state):
        lr, mu = group["lr"], group["momentum"]
        state["mean"] = mu * state.get("mean", 0.0) + (1 - mu) * p.grad
        u = mu * state["mean"] + (1 - mu) * p.grad if group["nesterov"] else state["mean"]
        scale = max(1.0, (p.shape[0] / p.shape[1]) ** 0.5)
        p.data = p.data.mul_(1 - lr * group["weight_decay"]).sub_(lr * scale * orthogonalize(u))
