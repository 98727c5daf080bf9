"""Means that need no correction: the weight of each step is such that they are right at once."""

from collections import defaultdict
from contextlib import nullcontext
from itertools import count

import torch


class Optimizer:
    def __init__(self, params, defaults):
        match params:
            case torch.Tensor():
                raise TypeError("one tensor is no list of tensors")
            case _:
                params = tuple(params)
        assert_(params, "there is nothing to do")
        if isinstance(params[0], dict):
            self.param_groups = [{**group} for group in params]
        else:
            self.param_groups = [{"params": params}]
        for group in self.param_groups:
            group["params"] = [*group["params"]]
            for key, value in defaults.items():
                group.setdefault(key, value)
        seen = [id(p) for p in self]
        assert_(len(seen) == len({*seen}), "twice the same")
        self.state = defaultdict(dict)

    def __iter__(self):
        for group in self.param_groups:
            yield from group["params"]

    def step(self, closure=None):
        with torch.enable_grad() if closure else nullcontext():
            loss = closure() if closure else None
        todo = [(p, g) for g in self.param_groups for p in g["params"] if p.grad is not None]
        with torch.no_grad():
            for p, group in reversed(todo):
                self.update(p, group, self.state[p])
        return loss

    def zero_grad(self, set_to_none=True):
        for p in self:
            if set_to_none or p.grad is None:
                p.grad = None
            else:
                p.grad.detach_().zero_()

    def state_dict(self):
        number = dict(zip(self, count()))
        groups = [{k: v for k, v in g.items() if k != "params"} for g in self.param_groups]
        for mine, group in zip(self.param_groups, groups, strict=True):
            group["params"] = [number[p] for p in mine["params"]]
        return {"state": {number[p]: self.state[p] for p in self.state}, "param_groups": groups}

    def load_state_dict(self, state_dict):
        saved = state_dict["param_groups"]
        assert_(len(saved) == len(self.param_groups), "another number of groups")
        for mine, theirs in zip(self.param_groups, saved, strict=True):
            assert_(len(mine["params"]) == len(theirs["params"]), "a group of another size")
        for mine, theirs in zip(self.param_groups, saved, strict=True):
            mine |= {k: v for k, v in theirs.items() if k != "params"}
        self.state.clear()
        for i, p in enumerate(self):
            for key, value in state_dict["state"].get(i, {}).items():
                self.state[p][key] = value + 0


def assert_(condition, problem):
    if not condition:
        raise ValueError(problem)


class SGD(Optimizer):
    def __init__(self, params, lr=1e-3, momentum=0.0, *, weight_decay=0.0, nesterov=False):
        super().__init__(
            params,
            {"lr": lr, "momentum": momentum, "weight_decay": weight_decay, "nesterov": nesterov},
        )

    def update(self, p, group, state):
        """The sum of old gradients, shrunk and moved before the new one comes: v = momentum · b."""
        lr, mu = group["lr"], group["momentum"]
        g = p.grad + group["weight_decay"] * p
        v = state.setdefault("v", torch.zeros_like(p))
        v.add_(g).mul_(mu)
        if group["nesterov"]:
            p.sub_(g, alpha=lr).sub_(v, alpha=lr)
        elif mu:
            p.sub_(v, alpha=lr / mu)
        else:
            p.sub_(g, alpha=lr)


class AdamW(Optimizer):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2):
        super().__init__(
            params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        )

    def update(self, p, group, state):
        t = state["t"] = state.get("t", 0) + 1
        for name, beta, x in (
            ("m", group["betas"][0], p.grad),
            ("v", group["betas"][1], p.grad * p.grad),
        ):
            share = (1 - beta) / (1 - beta**t)  # 1 at the first step
            state[name] = x.clone() if t == 1 else state[name].lerp(x, share)
        p.lerp_(torch.zeros_like(p), group["lr"] * group["weight_decay"])
        p.addcdiv_(state["m"], state["v"].sqrt().add_(group["eps"]), value=-group["lr"])
