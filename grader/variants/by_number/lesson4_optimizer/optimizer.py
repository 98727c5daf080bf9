"""All state in the group's numbering, weighted means instead of corrections, `.data` updates."""

import torch


class Optimizer:
    def __init__(self, params, defaults):
        if torch.is_tensor(params):
            raise TypeError("one tensor")
        items = [*params]
        if not items:
            raise ValueError("no parameters")
        plain = not isinstance(items[0], dict)
        groups = [{"params": items}] if plain else items
        self.param_groups = [defaults | g | {"params": [*g["params"]]} for g in groups]
        self.memory = {}
        if len({id(p) for p in self.all}) != len(self.all):
            raise ValueError("a parameter twice")

    @property
    def all(self):
        return [p for g in self.param_groups for p in g["params"]]

    def step(self, closure=None):
        loss = None
        if closure:
            with torch.enable_grad():
                loss = closure()
        number = -1
        for group in self.param_groups:
            for p in group["params"]:
                number += 1
                if p.grad is not None:
                    with torch.no_grad():
                        self.update(p, group, self.memory.setdefault(number, {}))
        return loss

    def zero_grad(self, set_to_none=True):
        for p in self.all:
            if set_to_none:
                p.grad = None
            elif p.grad is not None:
                p.grad.mul_(0)

    def state_dict(self):
        number = iter(range(len(self.all)))
        return {
            "state": dict(self.memory),
            "param_groups": [
                g | {"params": [next(number) for _ in g["params"]]} for g in self.param_groups
            ],
        }

    def load_state_dict(self, state_dict):
        saved = state_dict["param_groups"]
        sizes = [[len(g["params"]) for g in groups] for groups in (saved, self.param_groups)]
        if sizes[0] != sizes[1]:
            raise ValueError(f"groups of {sizes[0]}, here of {sizes[1]}")
        self.param_groups = [
            new | {"params": old["params"]}
            for old, new in zip(self.param_groups, saved, strict=True)
        ]
        self.memory = {
            i: {k: v.clone() if torch.is_tensor(v) else v for k, v in s.items()}
            for i, s in state_dict["state"].items()
        }


class SGD(Optimizer):
    def __init__(self, params, lr=1e-3, **rest):
        standard = {"momentum": 0.0, "weight_decay": 0.0, "nesterov": False}
        super().__init__(params, {"lr": lr} | standard | rest)

    def update(self, p, group, state):
        mu, g = group["momentum"], p.grad.clone()
        g += group["weight_decay"] * p
        state["sum"] = mu * state.get("sum", 0.0) + g
        p.data -= group["lr"] * (g + mu * state["sum"] if group["nesterov"] else state["sum"])


class AdamW(Optimizer):
    def __init__(self, params, lr=1e-3, **rest):
        standard = {"betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 1e-2}
        super().__init__(params, {"lr": lr} | standard | rest)

    def update(self, p, group, state):
        g, lr = p.grad, group["lr"]
        for name, beta, x in zip("mv", group["betas"], (g, g**2), strict=True):
            state[name] = beta * state.get(name, 0.0) + x
            state["weight of " + name] = beta * state.get("weight of " + name, 0.0) + 1
        m = state["m"] / state["weight of m"]
        v = state["v"] / state["weight of v"]
        p.data += -lr * (m / (v**0.5 + group["eps"]) + group["weight_decay"] * p)
