"""Runs beside the learner's hierarchy and WaveNet: builds, plays one episode, returns data."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zth.worker.answers import BadAnswer, exception_of
from zth.worker.modules import Answered, Played, answered, backward, elsewhere, holding, played
from zth.worker.tensors import array, reseed, tensor

Array = NDArray[Any]


@dataclass(frozen=True)
class Config:
    """The size of a model, as `WaveNetConfig` has it."""

    vocab_size: int
    n_embd: int
    n_hidden: int
    n_layer: int
    kernel_size: int
    block_size: int = 8

    @property
    def context(self) -> int:
        return int(self.kernel_size**self.n_layer)


@dataclass(frozen=True)
class Sizes:
    """What a convolution is made with."""

    inputs: int
    outputs: int
    kernel_size: int
    dilation: int = 1
    bias: bool = True


def flatten(cls: Any, n: int, x: Array, up: Array) -> Played:
    """FlattenConsecutive, forward and backward."""
    return played(cls(n), {}, x, up)


def flatten_error(cls: Any, n: int, T: int) -> str:
    """The name of the exception for a length that n does not divide."""
    made = cls(n)
    return exception_of(lambda: made(tensor(np.zeros((1, T, 1)))))


def hierarchy(cls: Any, config: Config, weights: dict[str, Array], idx: Array, up: Array) -> Played:
    """Hierarchy on windows, forward and backward; with norms where the weights name them."""
    made = holding(cls(_namespace(config), **_parts(weights)), weights)
    return backward(made(tensor(idx).long()), up, dict(made.named_parameters()), "logits")


def convolve(cls: Any, sizes: Sizes, weights: dict[str, Array], x: Array, up: Array) -> Played:
    """CausalConv1d or PaddedConv1d, forward and backward."""
    return played(_convolution(cls, sizes), weights, x, up)


def padded(cls: Any, sizes: Sizes, weights: dict[str, Array], x: Array, up: Array) -> Played:
    """PaddedConv1d, forward and backward. BadAnswer where it is no nn.Conv1d."""
    from torch import nn

    made = _convolution(cls, sizes)
    if not isinstance(made, nn.Conv1d):
        raise BadAnswer("PaddedConv1d must be a torch.nn.Conv1d: class PaddedConv1d(nn.Conv1d)")
    return played(made, weights, x, up)


def new_convolution(cls: Any, sizes: Sizes, x: Array) -> Array:
    """The output of a convolution as it starts."""
    reseed()
    return array(_convolution(cls, sizes).double()(tensor(x)), "y")


def convolve_as(cls: Any, sizes: Sizes, x: Array, dtype: str) -> Array:
    """The output of a convolution, as it starts, where it and x have this dtype."""
    import torch

    reseed()
    kind = getattr(torch, dtype)
    return array(_convolution(cls, sizes).to(kind)(tensor(x).to(kind)), "y", dtype)


def convolve_elsewhere(cls: Any, sizes: Sizes) -> None:
    """A convolution without values, on torch's "meta" device: BadAnswer where it meets the CPU."""
    import torch

    x = torch.zeros(2, 3, sizes.inputs, device="meta")
    elsewhere(_convolution(cls, sizes), x, _homeless())


def wavenet(
    cls: Any, config: Config, weights: dict[str, Array], idx: Array, targets: Array | None
) -> Answered:
    """WaveNet, forward and, given targets, backward; with the slots that the weights name."""
    made = holding(cls(_namespace(config), **_parts(weights)), weights)
    return answered(made, idx, targets)


def wavenet_elsewhere(cls: Any, config: Config) -> None:
    """WaveNet without values, on torch's "meta" device: BadAnswer where it meets the CPU."""
    import torch

    idx = torch.zeros(1, config.block_size, dtype=torch.long, device="meta")
    elsewhere(cls(_namespace(config)), idx, _homeless())


def new_loss(cls: Any, config: Config, idx: Array, targets: Array) -> float | None:
    """The loss of a WaveNet as it starts."""
    reseed()
    return answered(cls(_namespace(config)).eval(), idx, targets).loss


def receptive_field(function: Any, kernel_sizes: list[int], dilations: list[int]) -> int:
    """How many positions move an output."""
    found = function(list(kernel_sizes), list(dilations))
    if type(found) is not int:
        kind = type(found).__name__
        raise BadAnswer("receptive_field returned a {kind}, expected an int", kind=kind)
    return found


def receptive_error(function: Any, kernel_sizes: list[int], dilations: list[int]) -> str:
    """The name of the exception for lists of two lengths."""
    return exception_of(lambda: function(list(kernel_sizes), list(dilations)))


# --- shared -------------------------------------------------------------------------------------


def _namespace(config: Config) -> SimpleNamespace:
    return SimpleNamespace(**asdict(config), context=config.context)


def _convolution(cls: Any, sizes: Sizes) -> Any:
    """Says what is not the default, only."""
    options: dict[str, Any] = {} if sizes.dilation == 1 else {"dilation": sizes.dilation}
    options |= {} if sizes.bias else {"bias": False}
    return cls(sizes.inputs, sizes.outputs, sizes.kernel_size, **options)


def _parts(weights: dict[str, Array]) -> dict[str, Any]:
    """Stand-ins for the slots whose weights are named: `norms.0.gain`, `convs.0.taps`."""
    parts: dict[str, Any] = {}
    if "norms.0.gain" in weights:
        parts["batchnorm"] = _gain
    if "convs.0.taps" in weights:
        parts["convolution"] = _taps
    return parts


def _gain(dim: int) -> Any:
    """In a batchnorm's place: each channel times its own gain."""
    import torch
    from torch import nn

    class Gain(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gain = nn.Parameter(torch.ones(dim))

        def forward(self, x: Any) -> Any:
            return x * self.gain

    return Gain()


def _taps(
    in_channels: int, out_channels: int, kernel_size: int, dilation: int = 1, bias: bool = True
) -> Any:
    """In a convolution's place: the same, with its weight under another name."""
    import torch
    from torch import nn

    class Taps(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.taps = nn.Parameter(torch.zeros(out_channels, in_channels, kernel_size))
            self.bias = nn.Parameter(torch.zeros(out_channels)) if bias else None

        def forward(self, x: Any) -> Any:
            y = x.new_zeros(*x.shape[:2], out_channels)
            for k in range(kernel_size):
                past = (kernel_size - 1 - k) * dilation
                y[:, past:] += x[:, : max(0, x.shape[1] - past)] @ self.taps[:, :, k].T
            return y if self.bias is None else y + self.bias

    return Taps()


def _homeless() -> BadAnswer:
    return BadAnswer(
        "a tensor that you make (the padding?) stays on the CPU when the input is on a GPU"
    )
