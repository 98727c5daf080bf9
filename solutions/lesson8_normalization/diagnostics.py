"""What to look at when a network does not train: sizes, saturation, gradients, updates.

Source: the lecture "Building makemore, part 3: activations and gradients, BatchNorm".
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Statistics:
    """What `describe` says of a tensor."""

    mean: float
    std: float  # divided by n − 1, as Tensor.std does
    saturation: float  # the share of numbers beyond ±limit, from 0 to 1
    density: Tensor  # (bins,): the height of each bar; the area of all bars is 1
    edges: Tensor  # (bins + 1,): where the bars begin, and where the last one ends


def describe(x: Tensor, bins: int = 50, limit: float = 0.97) -> Statistics:
    """Mean, spread, saturation and histogram of all numbers of x (at least two, of any shape).

    The bars of the histogram are equally wide, from the least number to the greatest. A number at
    the border of two bars is in the upper one, the greatest in the last. Where all numbers are the
    same one, the bars go from 0.5 below it to 0.5 above. x may need a gradient; what comes out does
    not.

    >>> found = describe(torch.tensor([0.0, 1.0, 1.0, 2.0]), bins=2)
    >>> found.mean, found.saturation, found.density.tolist(), found.edges.tolist()
    (1.0, 0.75, [0.25, 0.75], [0.0, 1.0, 2.0])
    """
    x = x.detach().flatten()
    low, high = x.min().item(), x.max().item()
    if low == high:
        low, high = low - 0.5, high + 0.5
    edges = torch.linspace(low, high, bins + 1, dtype=x.dtype)
    bar = torch.bucketize(x, edges[1:-1].contiguous(), right=True)  # (n,): 0 … bins − 1
    counts = torch.bincount(bar, minlength=bins)
    return Statistics(
        mean=x.mean().item(),
        std=x.std().item(),
        saturation=(x.abs() > limit).float().mean().item(),
        density=counts / (len(x) * (high - low) / bins),
        edges=edges,
    )


def observe(
    model: nn.Module, kind: type[nn.Module], loss: Callable[[], Tensor]
) -> dict[str, tuple[Tensor, Tensor]]:
    """Of each module of a kind, by its name in the model: its output, and the gradient there.

    `loss()` runs the model once and returns the loss, a tensor of one number; the gradients are
    that loss's. A module that did not run is left out; where the loss does not depend on an output,
    the gradient is 0. Leaves the model as it was: no hook stays, even if `loss` raises something,
    and no parameter's `grad` changes.

    >>> model = nn.Sequential(nn.Linear(2, 3), nn.Tanh())
    >>> found = observe(model, nn.Tanh, lambda: model(torch.zeros(4, 2)).sum())
    >>> [(name, out.shape, gradient.sum().item()) for name, (out, gradient) in found.items()]
    [('1', torch.Size([4, 3]), 12.0)]
    """
    outputs: dict[str, Tensor] = {}

    def keep(name: str) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
        def hook(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
            outputs[name] = output

        return hook

    found = [(name, module) for name, module in model.named_modules() if isinstance(module, kind)]
    hooks = [module.register_forward_hook(keep(name)) for name, module in found]
    try:
        value = loss()
    finally:
        for hook in hooks:
            hook.remove()
    if not outputs:
        return {}
    gradients = torch.autograd.grad(value, list(outputs.values()), materialize_grads=True)
    pairs = zip(outputs.items(), gradients, strict=True)
    return {name: (output.detach(), gradient) for (name, output), gradient in pairs}


def update_ratio(before: Tensor, after: Tensor) -> float:
    """How much a step has moved a parameter: log10 of std(after − before) / std(before).

    About −3 is a good step; above −2 is large, below −4 is slow. Where nothing has moved it is −∞.

    >>> round(update_ratio(torch.tensor([1.0, -1.0]), torch.tensor([1.01, -1.01])), 3)
    -2.0
    """
    moved, size = (after - before).detach().std(), before.detach().std()
    return torch.log10(moved / size).item()
