"""Tensors in and out of a driver. torch is imported by the calls, never by the module.

What a learner's subclass of Tensor redefines has no say here. What is done here with plain tensors
is not watched for forbidden functions (`loader.guard`), which would cost more than the work itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
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

    with torch._C.DisableTorchFunction():
        made = torch.from_numpy(np.array(array, order="C", copy=True))
        return made.requires_grad_() if requires_grad else made


def array(value: Any, what: str, dtype: str = "") -> NDArray[Any]:
    """The tensor's values, if it is a dense, real tensor in main memory; else BadAnswer.

    `what` is the learner's name for it ("y"); `dtype` ("float32") must be met where it is given.
    bfloat16 comes back as float32, since NumPy has none.
    """
    import torch

    if not isinstance(value, torch.Tensor):
        raise BadAnswer(
            "{what} is a {kind}, expected a torch.Tensor", what=what, kind=type(value).__name__
        )
    with _unwatched(value):
        _check_plain(value, what)
        name = str(value.dtype).removeprefix("torch.")
        if dtype and name != dtype:
            raise BadAnswer(
                "{what} has dtype {name}, expected {dtype}", what=what, name=name, dtype=dtype
            )
        plain = value.detach().as_subclass(torch.Tensor).resolve_neg()
        if plain.dtype == torch.bfloat16:
            plain = plain.float()
        return plain.contiguous().numpy()


def _unwatched(value: torch.Tensor) -> AbstractContextManager[None]:
    """Nothing is watched inside; but where a method of the value may be the learner's, all is."""
    import torch

    if type(value) in (torch.Tensor, torch.nn.Parameter) and not vars(value):
        return torch._C.DisableTorchFunction()
    return torch._C.DisableTorchFunctionSubclass()


def _check_plain(value: torch.Tensor, what: str) -> None:
    """BadAnswer for a tensor that cannot be an answer, whatever is asked."""
    import torch

    if value.device.type == "meta":
        raise BadAnswer("{what} is a meta tensor, which has no values", what=what)
    if value.layout != torch.strided:
        layout = str(value.layout).removeprefix("torch.")
        raise BadAnswer(
            "{what} is a {layout} tensor, expected a dense one", what=what, layout=layout
        )
    if value.is_complex():
        raise BadAnswer("{what} is complex, expected real numbers", what=what)
    if value.is_quantized or value.is_nested:
        raise BadAnswer("{what} is quantized or nested, expected a plain dense tensor", what=what)
    if value.numel() > ELEMENTS_CAP:
        raise BadAnswer(
            "{what} has shape {shape}, {count} elements; no answer here has more than {most}",
            what=what,
            shape=tuple(value.shape),
            count=f"{value.numel():,}",
            most=f"{ELEMENTS_CAP:,}",
        )
    if value.dim() > DIMENSIONS_CAP:
        raise BadAnswer(
            "{what} has {count} dimensions; no answer here has more than {most}",
            what=what,
            count=value.dim(),
            most=DIMENSIONS_CAP,
        )
    dtype = str(value.dtype).removeprefix("torch.")
    if dtype not in DTYPES + FLOATS:
        raise BadAnswer("{what} has dtype {dtype}, which is no answer here", what=what, dtype=dtype)
    if value.device.type != "cpu":
        raise BadAnswer(
            "{what} is on {device}, expected it on the CPU", what=what, device=value.device
        )


def reseed() -> None:
    """Seeds torch's own generator; `torch.manual_seed` asks for each kind of device, too."""
    import torch

    torch.default_generator.manual_seed(0)


@contextmanager
def unchanged(**tensors: torch.Tensor) -> Iterator[None]:
    """BadAnswer if a tensor was changed in place while the block ran."""
    before = {name: _hash(t) for name, t in tensors.items()}
    yield
    for name, t in tensors.items():
        if _hash(t) != before[name]:
            raise BadAnswer("{name} was changed in place; the caller still needs it", name=name)


def _hash(value: torch.Tensor) -> bytes:
    import torch

    with _unwatched(value):
        flat = value.detach().contiguous()
        row = flat.as_strided((flat.numel(),), (1,))  # even if it is one number of a strided row
        raw = row.view(torch.uint8).numpy().tobytes() if flat.numel() else b""
        return hashlib.sha256(repr((value.shape, value.dtype)).encode() + raw).digest()
