"""Runs beside the learner's attention: builds it, plays one episode, returns plain data."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zth.worker.answers import BadAnswer
from zth.worker.tensors import array, reseed, tensor, unchanged

if TYPE_CHECKING:
    import torch

Array = NDArray[Any]

M_MMAP_THRESHOLD = -3  # of glibc's malloc.h


@dataclass(frozen=True)
class Sizes:
    """What a module is made with. `kind` is the id of its component."""

    kind: str
    n_embd: int
    n_head: int
    head_size: int
    block_size: int
    dropout: float = 0.0
    bias: bool = True


@dataclass(frozen=True)
class Played:
    """An output and, by name, the gradients of sum(output · upstream)."""

    y: Array
    grads: dict[str, Array]


def attend(function: Any, q: Array, k: Array, v: Array, is_causal: bool, up: Array) -> Played:
    """scaled_dot_product_attention, forward and backward."""
    causal = {"is_causal": True} if is_causal else {}  # False is the default
    return _function(lambda *qkv: function(*qkv, **causal), q, k, v, up)


def blocks(function: Any, q: Array, k: Array, v: Array, block_size: int, up: Array) -> Played:
    """blockwise_attention, forward and backward."""
    return _function(lambda *qkv: function(*qkv, block_size), q, k, v, up)


def _function(function: Any, q: Array, k: Array, v: Array, up: Array) -> Played:
    leaves = {"q": tensor(q, True), "k": tensor(k, True), "v": tensor(v, True)}
    with unchanged(**leaves):
        y = function(*leaves.values())
    return Played(array(y, "y"), _backward(y, up, leaves))


def function_as(
    function: Any,
    q: Array,
    k: Array,
    v: Array,
    is_causal: bool,
    block_size: int,
    dtype: str,
    strided: bool,
) -> Array:
    """The output for inputs of a dtype, and on request with inputs that are not contiguous.

    With a `block_size` of 0, the function is scaled_dot_product_attention.
    """
    import torch

    def given(a: Array) -> torch.Tensor:
        t = tensor(a).to(getattr(torch, dtype))
        return t.mT.contiguous().mT if strided else t

    qkv = given(q), given(k), given(v)
    y = function(*qkv, block_size) if block_size else function(*qkv, is_causal=is_causal)
    return array(y, "y", dtype)


def module(cls: Any, sizes: Sizes, weights: dict[str, Array], x: Array, up: Array) -> Played:
    """A module in eval mode with these weights, forward and backward."""
    made = _made(cls, sizes, weights).eval()
    reseed()  # a dropout that is active all the same drops the same each time
    given = tensor(x, True)
    with unchanged(x=given):
        y = made(given)
    leaves = {"x": given, **dict(made.named_parameters())}
    return Played(array(y, "y"), _backward(y, up, leaves))


def module_as(
    cls: Any, sizes: Sizes, weights: dict[str, Array], x: Array, dtype: str, strided: bool
) -> Array:
    """The output of a module of a dtype, in eval mode; where `strided`, x is not contiguous."""
    import torch

    kind = getattr(torch, dtype)
    given = tensor(x).to(kind)
    if strided:
        given = given.transpose(0, 1).contiguous().transpose(0, 1)
    return array(_made(cls, sizes, weights).eval().to(kind)(given), "y", dtype)


def in_turn(cls: Any, sizes: Sizes, weights: dict[str, Array], xs: list[Array]) -> list[Array]:
    """The outputs of one module, in eval mode, called with one x after another."""
    made = _made(cls, sizes, weights).eval()
    return [array(made(tensor(x)), "y") for x in xs]


def training(cls: Any, sizes: Sizes, weights: dict[str, Array], x: Array) -> Array:
    """The output in training mode, where dropout drops."""
    made = _made(cls, sizes, weights).train()
    reseed()
    return array(made(tensor(x)), "y")


def as_built(cls: Any, sizes: Sizes, x: Array) -> dict[str, list[int]]:
    """The shapes of the parameters, and of the output for x, as "y", of a new module."""
    made = _build(cls, sizes).double().eval()
    shapes = {name: list(p.shape) for name, p in made.named_parameters()}
    return {**shapes, "y": list(array(made(tensor(x)), "y").shape)}


def elsewhere(thing: Any, sizes: Sizes) -> None:
    """A call on the CPU, as if its input were on a GPU: BadAnswer where the two would meet.

    A tensor that the learner's code makes without saying where is on the CPU, and so is what comes
    of it, until it is moved. Parameters and buffers move with their module.
    """
    import torch

    x = torch.ones(2, 3, sizes.n_embd)
    homeless = _Homeless()
    with homeless.watch():
        if sizes.kind == "sdpa":
            y = thing(x, x, x, is_causal=True)
        elif sizes.kind == "blockwise":
            y = thing(x, x, x, 2)
        else:
            made = _build(thing, sizes)
            for t in [*made.parameters(), *made.buffers()]:
                homeless.settle(t)
            y = made(x)
    if homeless.holds(y):
        raise BadAnswer("y is on the CPU, wherever the input is: say where you make it")


class _Homeless:
    """The tensors that were made without a device, or from such tensors alone."""

    MAKERS = frozenset(
        [
            *("ones", "zeros", "full", "empty", "eye", "tensor", "arange", "linspace"),
            *("rand", "randn", "tril_indices", "triu_indices"),
        ]
    )

    def __init__(self) -> None:
        self._kept: dict[int, Any] = {}  # by id, which a tensor that lives keeps to itself

    def holds(self, t: Any) -> bool:
        return id(t) in self._kept

    def settle(self, t: Any) -> None:
        self._kept.pop(id(t), None)

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Follows all calls of torch in the block."""
        from torch.overrides import TorchFunctionMode

        note = self._note

        class Watching(TorchFunctionMode):
            def __torch_function__(
                self, func: Any, types: Any, args: Any = (), kwargs: Any = None
            ) -> Any:
                result = func(*args, **(kwargs or {}))
                note(getattr(func, "__name__", ""), args, kwargs or {}, result)
                return result

        with Watching():
            yield

    def _note(self, name: str, args: Any, kwargs: Any, result: Any) -> None:
        """Keeps the result, lets it go, or raises BadAnswer where it mixes two devices."""
        given = [t for t in _tensors([*args, *kwargs.values()]) if t.ndim]  # numbers go anywhere
        lost = [t for t in given if self.holds(t)]
        moved = name in ("to", "type_as") and any(
            _a_place(a) for a in (*args[1:], *kwargs.values())
        )
        if name in self.MAKERS:
            homeless = kwargs.get("device") is None
        elif moved or name in ("__getitem__", "__setitem__"):  # an index may lie on the CPU
            homeless = not moved and self.holds(args[0])
        elif lost and len(lost) < len(given):
            raise BadAnswer(
                "a tensor that you make (the mask?) stays on the CPU when the input is on a GPU"
            )
        else:
            homeless = bool(lost)
        for t in _tensors([result]):
            if homeless:
                self._kept[id(t)] = t
            else:
                self.settle(t)


def _tensors(values: Any) -> list[torch.Tensor]:
    """The tensors among these values, and in lists and tuples of them."""
    import torch

    found: list[torch.Tensor] = []
    for value in values:
        if isinstance(value, torch.Tensor):
            found.append(value)
        elif isinstance(value, list | tuple):
            found += _tensors(value)
    return found


def _a_place(value: Any) -> bool:
    import torch

    return isinstance(value, str | torch.device | torch.Tensor)


def long(function: Any, T: int, d: int, block_size: int) -> float:
    """Blockwise attention over T positions, in float32; the mean of its output."""
    import torch

    _return_memory_at_once()
    reseed()
    q, k, v = (torch.randn(1, T, d) for _ in range(3))
    with torch.no_grad():
        y = function(q, k, v, block_size)
    if not isinstance(y, torch.Tensor) or y.shape != q.shape:
        raise BadAnswer("y must be a tensor of shape {shape}", shape=tuple(q.shape))
    return float(y.double().mean())


def _return_memory_at_once() -> None:
    """Has glibc map each large tensor on its own, so that holes add no memory.

    Scores of 128 queries against 128 keys in float32 are 64 KiB and not yet large: mapping them
    anew for each pair of blocks takes longer than computing them.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, 1 << 17)


def _made(cls: Any, sizes: Sizes, weights: dict[str, Array]) -> torch.nn.Module:
    """A module in float64 that holds these weights."""
    import torch

    made = _build(cls, sizes).double()
    own = dict(made.named_parameters())
    missing = [name for name in weights if name not in own]
    extra = [name for name in own if name not in weights]
    if missing:
        raise BadAnswer(
            "there is no parameter {name}; there are: {names}"
            if own
            else "there is no parameter {name}; there are: none",
            name=missing[0],
            names=", ".join(own),
        )
    if extra:
        raise BadAnswer(
            "there is a parameter {name} too many; expected: {names}",
            name=extra[0],
            names=", ".join(weights),
        )
    for name, weight in weights.items():
        if tuple(own[name].shape) != weight.shape:
            raise BadAnswer(
                "{what} has shape {actual}, expected {expected}",
                what=name,
                actual=tuple(own[name].shape),
                expected=weight.shape,
            )
        with torch.no_grad():
            own[name].copy_(tensor(weight))
    return made


def _build(cls: Any, sizes: Sizes) -> torch.nn.Module:
    import torch

    rest: dict[str, Any] = {"n_embd": sizes.n_embd, "block_size": sizes.block_size}
    if sizes.kind == "attention":
        made = cls(
            SimpleNamespace(**rest, n_head=sizes.n_head, bias=sizes.bias, dropout=sizes.dropout)
        )
    else:
        rest |= {"dropout": sizes.dropout} if sizes.dropout else {}  # 0 is the default
        first = [sizes.head_size] if sizes.kind == "head" else [sizes.n_head, sizes.head_size]
        made = cls(*first, **rest)
    if not isinstance(made, torch.nn.Module):
        raise BadAnswer("{name} must be a torch.nn.Module", name=cls.__name__)
    return made


def _backward(y: Any, up: Array, leaves: dict[str, torch.Tensor]) -> dict[str, Array]:
    """Gradients by leaf. A leaf that y does not depend on has gradient 0."""
    array(y, "y", "float64")
    if tuple(y.shape) != up.shape:
        return {}  # the check complains of the shape
    if not y.requires_grad:
        raise BadAnswer("y has no gradient: something on the way was detached, or under no_grad")
    (y * tensor(up)).sum().backward()
    return {
        name: np.zeros(tuple(t.shape)) if t.grad is None else array(t.grad, f"{name}.grad")
        for name, t in leaves.items()
    }
