"""Optimizers: from gradients to better parameters.

`Optimizer` does what all of them do. `SGD` and `AdamW` are then a few lines each: they say how one
parameter moves. Their interface is that of torch.optim, so that any of them can train any model.

Sources: Sutskever et al. 2013 (momentum); Kingma and Ba 2015, "Adam"; Loshchilov and Hutter 2019,
"Decoupled Weight Decay Regularization".
"""

import copy
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

Params = Iterable[Tensor] | Iterable[dict[str, Any]]


class Optimizer:
    """What every optimizer does: keeps parameters in groups, goes over them, saves its state.

    `params` is an iterable of tensors (`model.parameters()`), or of dicts, each a group with its
    "params" and, where they differ, its own settings. `defaults` are the settings of a group that
    says nothing else, such as {"lr": 0.1}. A subclass implements `update`.

    `param_groups`  a list of dicts: the settings of a group, and its "params" as a list. The
                    caller may change a setting at any time, so read it at every step.
    `state`         what the optimizer remembers, by parameter: {p: {"momentum_buffer": …}}

    Raises TypeError where `params` is a single tensor, and ValueError where there is no parameter
    (and no group) at all, or one parameter is in two groups.

    >>> w, b = torch.zeros(2, 2), torch.zeros(2)
    >>> groups = [{"params": [w]}, {"params": [b], "lr": 0.5}]
    >>> [g["lr"] for g in Optimizer(groups, {"lr": 0.1}).param_groups]
    [0.1, 0.5]
    """

    def __init__(self, params: Params, defaults: dict[str, Any]) -> None:
        self.param_groups: list[dict[str, Any]] = []
        self.state: dict[Tensor, dict[str, Any]] = {}
        if isinstance(params, Tensor):
            raise TypeError("params must be an iterable of tensors, not a single one")
        given: list[Any] = list(params)  # once: it may be a generator
        if not given:
            raise ValueError("there is no parameter to optimize")
        groups = given if isinstance(given[0], dict) else [{"params": given}]
        for group in groups:
            self.param_groups.append({**defaults, **group, "params": list(group["params"])})
        if len(set(self._parameters())) < len(self._parameters()):
            raise ValueError("a parameter is there twice")

    def update(self, p: Tensor, group: dict[str, Any], state: dict[str, Any]) -> None:
        """Moves the parameter `p` in place, by its gradient `p.grad`. For subclasses.

        `group` has the settings; `state` is what there is to remember of this parameter: an empty
        dict at first, and the same dict at every step.
        """
        raise NotImplementedError

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Calls `update` for every parameter that has a gradient, in every group.

        A parameter whose gradient is None is left alone, and so is its state. `closure`, where it
        is given, computes the loss and the gradients: call it once, before anything else, with
        gradients enabled, and return what it returns.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self.update(p, group, self.state.setdefault(p, {}))
        return loss

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Takes the gradients away: sets each to None, or, otherwise, fills it with zeros."""
        for p in self._parameters():
            if set_to_none:
                p.grad = None
            elif p.grad is not None:
                p.grad.zero_()

    def state_dict(self) -> dict[str, Any]:
        """All that is needed to go on later, without the parameters themselves.

        Parameters are numbered 0, 1, 2, … through all groups, in order:

            {"state": {0: {"momentum_buffer": …}, …},
             "param_groups": [{"lr": 0.1, …, "params": [0, 1]}, …]}

        `state` has an entry only for parameters of which there is something to remember.
        Dicts, lists, tuples, numbers and tensors alone: torch.save must be able to carry it.
        """
        index = {p: i for i, p in enumerate(self._parameters())}
        return {
            "state": {index[p]: state for p, state in self.state.items() if state},
            "param_groups": [
                {**group, "params": [index[p] for p in group["params"]]}
                for group in self.param_groups
            ],
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Goes on where another optimizer stood: its settings, and its state.

        Copies the state, so that the two can go separate ways. Raises ValueError where the groups
        differ in number or in size.
        """
        groups = state_dict["param_groups"]
        if [len(g["params"]) for g in groups] != [len(g["params"]) for g in self.param_groups]:
            raise ValueError("the groups of the saved optimizer differ in number or in size")
        for mine, saved in zip(self.param_groups, groups, strict=True):
            mine.update({**saved, "params": mine["params"]})
        saved_states = copy.deepcopy(state_dict["state"])
        self.state = {p: saved_states.get(i, {}) for i, p in enumerate(self._parameters())}

    def _parameters(self) -> list[Tensor]:
        """All parameters, through all groups, in order."""
        return [p for group in self.param_groups for p in group["params"]]


class SGD(Optimizer):
    """Gradient descent, with momentum where it is not 0.

    With g the gradient, p the parameter and b its momentum buffer (0 before the first step):

        g ← g + weight_decay · p
        b ← momentum · b + g
        p ← p − lr · b                     or, with nesterov,  p − lr · (g + momentum · b)

    The gradient that the caller sees, `p.grad`, stays as it is.

    >>> w = torch.tensor([1.0], requires_grad=True)
    >>> w.grad = torch.tensor([2.0])
    >>> SGD([w], lr=0.25).step()
    >>> w.tolist()
    [0.5]
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        momentum: float = 0.0,
        *,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        defaults = {"lr": lr, "momentum": momentum}
        super().__init__(params, defaults | {"weight_decay": weight_decay, "nesterov": nesterov})

    def update(self, p: Tensor, group: dict[str, Any], state: dict[str, Any]) -> None:
        g = p.grad + group["weight_decay"] * p
        momentum = group["momentum"]
        if momentum:
            if not state:
                state["momentum_buffer"] = torch.zeros_like(p)
            buffer = state["momentum_buffer"].mul_(momentum).add_(g)
            g = g + momentum * buffer if group["nesterov"] else buffer
        p.sub_(group["lr"] * g)


class AdamW(Optimizer):
    """Adam with decoupled weight decay.

    With g the gradient, t the number of this parameter's steps (1 at the first), and m and v
    running means that start at 0:

        m ← β₁ m + (1 − β₁) g              v ← β₂ v + (1 − β₂) g²
        m̂ = m / (1 − β₁ᵗ)                  v̂ = v / (1 − β₂ᵗ)
        p ← p − lr · weight_decay · p      the decay, which m and v never see
        p ← p − lr · m̂ / (√v̂ + eps)

    At the first step every number moves by about lr, whatever the size of its gradient:

    >>> w = torch.tensor([1.0, 1.0], requires_grad=True)
    >>> w.grad = torch.tensor([1000.0, -0.001])
    >>> AdamW([w], lr=0.25, weight_decay=0.0).step()
    >>> [round(x, 3) for x in w.tolist()]
    [0.75, 1.25]
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, defaults)

    def update(self, p: Tensor, group: dict[str, Any], state: dict[str, Any]) -> None:
        if not state:
            state.update(step=0, exp_avg=torch.zeros_like(p), exp_avg_sq=torch.zeros_like(p))
        state["step"] += 1
        beta1, beta2 = group["betas"]
        m = state["exp_avg"].mul_(beta1).add_(p.grad, alpha=1 - beta1)
        v = state["exp_avg_sq"].mul_(beta2).addcmul_(p.grad, p.grad, value=1 - beta2)
        m_hat = m / (1 - beta1 ** state["step"])
        v_hat = v / (1 - beta2 ** state["step"])
        p.mul_(1 - group["lr"] * group["weight_decay"])
        p.sub_(group["lr"] * m_hat / (v_hat.sqrt() + group["eps"]))
