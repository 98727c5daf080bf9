"""Tensors in and out of a driver. torch is imported by the calls, never by the module."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zth.worker.answers import BadAnswer

if TYPE_CHECKING:
    import torch

ELEMENTS_CAP = 10_000_000
DIMENSIONS_CAP = 8
DTYPES = ("bool", "uint8", "int8", "int16", "int32", "int64")
FLOATS = ("float16", "bfloat16", "float32", "float64")


def tensor(array: NDArray[Any], requires_grad: bool = False) -> torch.Tensor:
    """A fresh torch tensor with the array's shape, dtype and values."""
    import torch

    made = torch.from_numpy(np.array(array, order="C", copy=True))
    return made.requires_grad_() if requires_grad else made


def array(value: Any, what: str, dtype: str = "") -> NDArray[Any]:
    """The tensor's values, if it is a dense, real tensor in main memory; else BadAnswer.

    `what` is the learner's name for it ("y"); `dtype` ("float32") must be met where it is given.
    bfloat16 comes back as float32, since NumPy has none.
    """
    import torch

    if not isinstance(value, torch.Tensor):
        raise BadAnswer(f"{what} is a {type(value).__name__}, expected a torch.Tensor")
    with torch._C.DisableTorchFunctionSubclass():
        fault = _fault(value, what)
        if fault:
            raise BadAnswer(fault)
        name = str(value.dtype).removeprefix("torch.")
        if dtype and name != dtype:
            raise BadAnswer(f"{what} has dtype {name}, expected {dtype}")
        plain = value.detach().as_subclass(torch.Tensor).resolve_neg()
        if plain.dtype == torch.bfloat16:
            plain = plain.float()
        return plain.contiguous().numpy()


def _fault(value: torch.Tensor, what: str) -> str:
    """Why this tensor cannot be an answer; empty when it can."""
    import torch

    if value.device.type == "meta":
        return f"{what} is a meta tensor, which has no values"
    if value.layout != torch.strided:
        return (
            f"{what} is a {str(value.layout).removeprefix('torch.')} tensor, expected a dense one"
        )
    if value.is_complex():
        return f"{what} is complex, expected real numbers"
    if value.is_quantized or value.is_nested:
        return f"{what} is quantized or nested, expected a plain dense tensor"
    if value.numel() > ELEMENTS_CAP:
        return (
            f"{what} has shape {tuple(value.shape)}, {value.numel():,} elements; "
            f"no answer here has more than {ELEMENTS_CAP:,}"
        )
    if value.dim() > DIMENSIONS_CAP:
        return f"{what} has {value.dim()} dimensions; no answer here has more than {DIMENSIONS_CAP}"
    if str(value.dtype).removeprefix("torch.") not in DTYPES + FLOATS:
        return (
            f"{what} has dtype {str(value.dtype).removeprefix('torch.')}, which is no answer here"
        )
    if value.device.type != "cpu":
        return f"{what} is on {value.device}, expected it on the CPU"
    return ""


@contextmanager
def unchanged(**tensors: torch.Tensor) -> Iterator[None]:
    """BadAnswer if a tensor was changed in place while the block ran."""
    before = {name: _hash(t) for name, t in tensors.items()}
    yield
    for name, t in tensors.items():
        if _hash(t) != before[name]:
            raise BadAnswer(f"{name} was changed in place; the caller still needs it")


def _hash(value: torch.Tensor) -> bytes:
    import torch

    raw = value.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
    return hashlib.sha256(repr((value.shape, value.dtype)).encode() + raw).digest()
