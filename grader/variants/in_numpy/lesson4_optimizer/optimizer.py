"""NumPy on the memory of the tensors: every update is in place, through a view."""

import numpy as np
import torch


def view(tensor):
    """The tensor's memory as an array."""
    return tensor.detach().numpy()


class Optimizer:
    def __init__(self, params, defaults):
        if isinstance(params, torch.Tensor):
            raise TypeError("params: a tensor")
        groups = []
        for item in params:
            if isinstance(item, dict):
                groups.append({**defaults, **item, "params": list(item["params"])})
            elif groups:
                groups[0]["params"].append(item)
            else:
                groups.append({**defaults, "params": [item]})
        if not groups:
            raise ValueError("params: empty")
        self.param_groups, self.state = groups, {}
        for i, p in self.numbered():
            for j, q in self.numbered():
                if i < j and p is q:
                    raise ValueError("params: one of them twice")

    def numbered(self):
        return enumerate(p for group in self.param_groups for p in group["params"])

    def step(self, closure=None):
        with torch.enable_grad():
            loss = closure() if closure is not None else None
        number = {id(p): i for i, p in self.numbered()}
        with torch.no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    if p.grad is not None:
                        self.update(p, group, self.state.setdefault(number[id(p)], {}))
        return loss

    def zero_grad(self, set_to_none=True):
        for _, p in self.numbered():
            if p.grad is not None and not set_to_none:
                view(p.grad)[...] = 0.0
            elif set_to_none:
                p.grad = None

    def state_dict(self):
        start, groups = 0, []
        for group in self.param_groups:
            stop = start + len(group["params"])
            groups.append(group | {"params": list(range(start, stop))})
            start = stop
        state = {i: dict(kept) for i, kept in self.state.items() if kept}
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state_dict):
        mine, saved = self.param_groups, state_dict["param_groups"]
        if tuple(len(g["params"]) for g in mine) != tuple(len(g["params"]) for g in saved):
            raise ValueError("other groups")
        for i, group in enumerate(saved):
            held = mine[i]["params"]
            mine[i].clear()
            mine[i].update(group, params=held)
        self.state = {}
        for i, kept in state_dict["state"].items():
            self.state[i] = {
                k: v.clone() if isinstance(v, torch.Tensor) else v for k, v in kept.items()
            }


def kept(state, name, p):
    """An array of the state, zeros at first."""
    if name not in state:
        state[name] = torch.zeros(p.shape, dtype=p.dtype)
    return view(state[name])


class SGD(Optimizer):
    def __init__(self, params, lr=1e-3, momentum=0.0, weight_decay=0.0, nesterov=False):
        defaults = {"lr": lr, "momentum": momentum}
        super().__init__(params, {**defaults, "weight_decay": weight_decay, "nesterov": nesterov})

    def update(self, p, group, state):
        x, g, b = view(p), view(p.grad), kept(state, "b", p)
        g = g + group["weight_decay"] * x
        b *= group["momentum"]
        b += g
        x -= group["lr"] * (g + group["momentum"] * b if group["nesterov"] else b)


class AdamW(Optimizer):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2):
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, defaults)

    def update(self, p, group, state):
        """In logarithms: the correction is 1 − exp(t log β)."""
        state["t"] = state.get("t", 0) + 1
        x, g = view(p), view(p.grad)
        hats = []
        for name, beta, power in zip("mv", group["betas"], (1, 2), strict=True):
            mean = kept(state, name, p)
            mean += (1 - beta) * (g**power - mean)
            left = -np.expm1(state["t"] * np.log(beta)) if beta else 1.0
            hats.append(mean / np.asarray(left, x.dtype))
        x *= 1 - group["lr"] * group["weight_decay"]
        x -= group["lr"] * hats[0] / (np.sqrt(hats[1]) + group["eps"])
