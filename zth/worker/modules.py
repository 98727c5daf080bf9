"""What drivers do with a learner's `torch.nn.Module`: fill it, play it forward and backward."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zth.worker.answers import BadAnswer
from zth.worker.tensors import array, tensor, unchanged

if TYPE_CHECKING:
    import torch

Array = NDArray[Any]


@dataclass(frozen=True)
class Played:
    """An output and, by name, the gradients of sum(output · upstream)."""

    y: Array
    grads: dict[str, Array]


@dataclass(frozen=True)
class Answered:
    """A model's logits, its loss where targets were given, and the gradients of the loss."""

    logits: Array
    loss: float | None
    grads: dict[str, Array] = field(default_factory=dict)


def namespace(config: Any) -> SimpleNamespace:
    """A dataclass of settings, as the configuration that a learner's class reads."""
    return SimpleNamespace(**asdict(config))


def module(made: Any) -> Any:
    """What was made, if it is a module; else BadAnswer."""
    import torch

    if not isinstance(made, torch.nn.Module):
        raise BadAnswer("{kind} must be a torch.nn.Module", kind=type(made).__name__)
    return made


def holding(made: Any, weights: dict[str, Array], second: Collection[str] = ()) -> Any:
    """The module in float64 and eval mode, with these weights. BadAnswer where they do not fit.

    Nothing but these may be its parameters, except for `second`, names that another one has too.
    """
    import torch

    made = module(made).double().eval()
    own = dict(made.named_parameters(remove_duplicate=False))
    for name, weight in weights.items():
        if name not in own:
            raise BadAnswer(
                "there is no parameter {name}; there are: {names}"
                if own
                else "there is no parameter {name}; there are: none",
                name=name,
                names=", ".join(own),
            )
        if tuple(own[name].shape) != weight.shape:
            raise BadAnswer(
                "{what} has shape {actual}, expected {expected}",
                what=name,
                actual=tuple(own[name].shape),
                expected=weight.shape,
            )
        with torch.no_grad():
            own[name].copy_(tensor(weight))
    extra = set(own) - set(weights) - set(second)
    if extra:
        raise BadAnswer("there is a parameter {name} too many", name=min(extra))
    return made


def played(made: Any, weights: dict[str, Array], x: Array, up: Array) -> Played:
    """A module with these weights on x, forward and backward (see `backward`)."""
    made = holding(made, weights)
    given = tensor(x, True)
    with unchanged(x=given):
        y = made(given)
    return backward(y, up, {"x": given, **dict(made.named_parameters())})


def backward(y: Any, up: Array, leaves: dict[str, torch.Tensor], what: str = "y") -> Played:
    """An output, called `what`, with the gradients of these leaves.

    Without gradients where y has another shape than `up`: the check complains of the shape.
    """
    got = array(y, what, "float64")
    if got.shape != up.shape:
        return Played(got, {})
    _check_attached(y, what)
    (y * tensor(up)).sum().backward()
    return Played(got, {name: gradient(t, name) for name, t in leaves.items()})


def answered(made: Any, idx: Array, targets: Array | None) -> Answered:
    """A language model on tokens, forward and, given targets, backward."""
    following = () if targets is None else (tensor(targets).long(),)
    logits, loss = pair(made(tensor(idx).long(), *following))
    if targets is None:
        if loss is not None:
            raise BadAnswer("without targets, the loss is None")
        return Answered(array(logits, "logits"), None)
    if getattr(loss, "shape", None) != ():
        raise BadAnswer("given targets, the loss is a tensor of one number")
    _check_attached(loss, "loss")
    loss.backward()
    grads = {n: gradient(p, n) for n, p in made.named_parameters()}
    return Answered(array(logits, "logits"), float(loss.detach()), grads)


def pair(answer: Any) -> tuple[Any, Any]:
    """Logits and loss, or BadAnswer."""
    if not isinstance(answer, tuple) or len(answer) != 2:
        raise BadAnswer("the model must return (logits, loss)")
    return answer


def elsewhere(made: Any, x: torch.Tensor, homeless: BadAnswer) -> None:
    """A forward pass without values, on "meta", where x is: homeless where it meets the CPU."""
    import torch

    def settled(_: Any, given: Any) -> None:
        if any(isinstance(t, torch.Tensor) and t.device.type == "cpu" for t in given):
            raise homeless

    made = module(made).to("meta").eval()
    for part in made.modules():
        part.register_forward_pre_hook(settled)  # an embedding on "meta" takes tokens of the CPU
    try:
        y = made(x)
    except (RuntimeError, NotImplementedError) as error:  # others: what has no values on "meta"
        if "device" in str(error):
            raise homeless from None
        return
    settled(made, y if isinstance(y, tuple) else (y,))


def gradient(leaf: torch.Tensor, name: str) -> Array:
    """The gradient of a leaf; 0 where nothing depends on it."""
    if leaf.grad is None:
        return np.zeros(tuple(leaf.shape))
    return array(leaf.grad, f"{name}.grad")


def _check_attached(y: Any, what: str) -> None:
    """BadAnswer where no gradient can flow back from y."""
    if not getattr(y, "requires_grad", False):
        raise BadAnswer(
            "{what} has no gradient: something on the way was detached, or under no_grad",
            what=what,
        )
