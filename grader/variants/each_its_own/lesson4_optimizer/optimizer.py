"""Without a common step: each class has its own loop, and the efficient form of Adam."""

import math

import torch


class Optimizer:
    def __init__(self, params, defaults):
        if isinstance(params, torch.Tensor):
            raise TypeError("an iterable of tensors is due")
        params = list(params)
        if len(params) == 0:
            raise ValueError("nothing to optimize")
        if not isinstance(params[0], dict):
            params = [{"params": params}]
        self.defaults, self.param_groups, self.state = defaults, [], {}
        for group in params:
            self.add_param_group(group)

    def add_param_group(self, group):
        known = {id(p) for g in self.param_groups for p in g["params"]}
        made = dict(self.defaults)
        made.update(group)
        made["params"] = list(made["params"])
        if known & {id(p) for p in made["params"]}:
            raise ValueError("a parameter is in another group already")
        self.param_groups.append(made)

    def moving(self):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                if p not in self.state:
                    self.state[p] = {}
                yield p.data, p.grad.data, group, self.state[p]

    def evaluate(self, closure):
        if closure is None:
            return None
        with torch.enable_grad():
            return closure()

    def step(self, closure=None):
        loss = self.evaluate(closure)
        with torch.no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    if p.grad is not None:
                        self.update(p, group, self.state.setdefault(p, {}))
        return loss

    def zero_grad(self, set_to_none=True):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.grad = None if set_to_none else torch.zeros_like(p.grad)

    def state_dict(self):
        numbers, groups = {}, []
        for group in self.param_groups:
            start = len(numbers)
            for i, p in enumerate(group["params"]):
                numbers[p] = start + i
            kept = {k: v for k, v in group.items() if k != "params"}
            groups.append({**kept, "params": list(range(start, len(numbers)))})
        return {"state": {numbers[p]: s for p, s in self.state.items()}, "param_groups": groups}

    def load_state_dict(self, state_dict):
        theirs = state_dict["param_groups"]
        if len(theirs) != len(self.param_groups):
            raise ValueError("another number of groups")
        by_number = {}
        for mine, saved in zip(self.param_groups, theirs, strict=True):
            if len(mine["params"]) != len(saved["params"]):
                raise ValueError("a group of another size")
            by_number.update(zip(saved["params"], mine["params"], strict=True))
            for key in saved:
                if key != "params":
                    mine[key] = saved[key]
        self.state = {
            by_number[i]: {k: v.clone() if torch.is_tensor(v) else v for k, v in s.items()}
            for i, s in state_dict["state"].items()
        }


class SGD(Optimizer):
    def __init__(self, params, lr=1e-3, momentum=0, weight_decay=0, nesterov=False):
        super().__init__(
            params,
            {"lr": lr, "momentum": momentum, "weight_decay": weight_decay, "nesterov": nesterov},
        )

    def step(self, closure=None):
        loss = self.evaluate(closure)
        for p, g, group, state in self.moving():
            g = g.add(p, alpha=group["weight_decay"])
            if "b" in state:
                state["b"] = state["b"] * group["momentum"] + g
            else:
                state["b"] = g.clone()
            move = g.add(state["b"], alpha=group["momentum"]) if group["nesterov"] else state["b"]
            p.add_(move, alpha=-group["lr"])
        return loss


class AdamW(Optimizer):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2):
        super().__init__(
            params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        )

    def step(self, closure=None):
        loss = self.evaluate(closure)
        for p, g, group, state in self.moving():
            beta1, beta2 = group["betas"]
            if not state:
                state |= {"m": g * 0, "v": g * 0, "power1": 1.0, "power2": 1.0}
            state["m"] += (1 - beta1) * (g - state["m"])
            state["v"] += (1 - beta2) * (g * g - state["v"])
            state["power1"] *= beta1
            state["power2"] *= beta2
            root = math.sqrt(1 - state["power2"])
            rate = group["lr"] * root / (1 - state["power1"])
            p -= group["lr"] * group["weight_decay"] * p
            p.addcdiv_(state["m"], state["v"].sqrt() + group["eps"] * root, value=-rate)
        return loss
