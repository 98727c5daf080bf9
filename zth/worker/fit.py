"""Training, as the worker does it: builds a model from parts, and advances it step by step.

It is the driver of `zth train`: the host calls its functions one after another in one session, and
the run lives in the module between the calls.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zth.worker import optimizers
from zth.worker.answers import BadAnswer
from zth.worker.loop import Loop, Setup
from zth.worker.sampling import Cached, Draw, Whole, scores, write
from zth.worker.tensors import array, tensor

if TYPE_CHECKING:
    import torch

Array = NDArray[Any]
Load = Callable[[str], Any]


@dataclass(frozen=True)
class Built:
    """The model that was built: how many parameters, on what, with how many threads.

    `tensors` are the shapes of all that a checkpoint of the model holds, by name.
    """

    parameters: int
    device: str
    threads: int
    tensors: dict[str, list[int]]


_loops: list[Loop] = []


def build(load: Load, setup: Setup, tokens: Array) -> Built:
    """Makes the model and its optimizer; `tokens` (N,) is the training split."""
    import torch

    cls = load(setup.model)
    config_class = getattr(sys.modules[cls.__module__], setup.config_class, None)
    if config_class is None:
        raise BadAnswer(
            "there is no {config_class} beside {name}",
            config_class=setup.config_class,
            name=cls.__name__,
        )
    device = torch.device(_device(setup.device, devices(load)))
    torch.manual_seed(setup.seed)
    parts = {slot: _watched(slot, load(slot)) for slot in setup.slots}
    model = cls(config_class(**setup.config), **parts)
    if not isinstance(model, torch.nn.Module):
        raise BadAnswer("{name} is not a torch.nn.Module", name=cls.__name__)
    model.to(device)
    if device.type == "cuda":
        # cuDNN's attention compiles itself, with libraries that are not where it looks for them
        # in a sandbox, or without CUDA's toolkit. PyTorch's own attention is compiled already.
        torch.backends.cuda.enable_cudnn_sdp(False)
    loop = {id: _called(id, load(id)) for id in setup.loop if id != "optimizer"}
    part = load("optimizer") if "optimizer" in setup.loop else None
    peak = setup.learning_rate
    rates = optimizers.Rates(setup.rate or peak, peak, setup.weight_decay, setup.betas)
    optimizer = optimizers.make(model, part, rates)
    _loops[:] = [Loop(setup, model, optimizer, tensor(tokens).long(), device, loop)]
    return Built(
        parameters=sum(p.numel() for p in model.parameters()),
        device=str(device),
        threads=torch.get_num_threads(),
        tensors={name: list(t.shape) for name, t in _tensors(model).items()},
    )


def devices(load: Load) -> list[str]:  # noqa: ARG001 (the driver's convention)
    """The devices that PyTorch could use here, the fastest first."""
    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    return [*(name for name, here in there.items() if here), "cpu"]


def _device(wanted: str, there: list[str]) -> str:
    if wanted == "auto":
        return there[0]
    if wanted not in there:
        raise BadAnswer(
            "there is no {wanted} device that this PyTorch could use; try --device cpu",
            wanted=wanted,
        )
    return wanted


def _watched(slot: str, part: Any) -> Any:
    """The part, such that a wrong call of it, and a wrong answer of what it makes, is named."""
    import torch

    def make(*args: Any, **kwargs: Any) -> Any:
        try:
            made = part(*args, **kwargs)
        except TypeError as error:
            if error.__traceback__ is None or error.__traceback__.tb_next is not None:
                raise
            raise BadAnswer("{slot} cannot be built: {error}", slot=slot, error=error) from None
        if isinstance(made, torch.nn.Module):
            channels = _channels(args)
            made.register_forward_hook(lambda _, given, got: _fits(slot, given, got, channels))
        elif isinstance(part, type):
            raise BadAnswer(
                "{slot} is a {name}, which is not a torch.nn.Module", slot=slot, name=part.__name__
            )
        return made

    return make


def _channels(args: tuple[Any, ...]) -> int | None:
    """The channels that a part gives which is made for some and others, as nn.Linear is."""
    sizes = [size for size in args[:2] if type(size) is int]
    return sizes[1] if len(sizes) == 2 else None


def _fits(slot: str, given: tuple[Any, ...], got: Any, channels: int | None) -> None:
    """BadAnswer unless a part that was given one tensor of numbers gave back one like it.

    `channels`, where it is known, is what its last dimension is to be.
    """
    import torch

    x = given[0] if len(given) == 1 else None
    if not isinstance(x, torch.Tensor) or not x.is_floating_point():
        return
    if not isinstance(got, torch.Tensor):
        raise BadAnswer(
            "{slot} returned a {kind}, expected a tensor", slot=slot, kind=type(got).__name__
        )
    if channels is None and got.shape != x.shape:
        raise BadAnswer(
            "{slot} returned shape {got}, expected the shape of its input, {expected}",
            slot=slot,
            got=tuple(got.shape),
            expected=tuple(x.shape),
        )
    if channels is not None and got.shape != (*x.shape[:-1], channels):
        raise BadAnswer(
            "{slot} returned shape {got} for an input of {given}, expected {expected}",
            slot=slot,
            got=tuple(got.shape),
            given=tuple(x.shape),
            expected=(*x.shape[:-1], channels),
        )
    if got.dtype != x.dtype and not torch.is_autocast_enabled(x.device.type):
        raise BadAnswer(
            "{slot} returned {got}, expected the dtype of its input, {expected}",
            slot=slot,
            got=got.dtype,
            expected=x.dtype,
        )


def _called(slot: str, part: Any) -> Any:
    """The part, such that a wrong call of it is named."""
    if not callable(part):
        raise BadAnswer(
            "{slot} is a {kind}, expected a function", slot=slot, kind=type(part).__name__
        )

    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return part(*args, **kwargs)
        except TypeError as error:
            if error.__traceback__ is None or error.__traceback__.tb_next is not None:
                raise
            raise BadAnswer("{slot} cannot be called: {error}", slot=slot, error=error) from None

    return call


def advance(load: Load, count: int) -> list[float]:  # noqa: ARG001 (the driver's convention)
    """Takes `count` steps; returns the training loss of each, in nats per token.

    BadAnswer names the step at which the loss is no longer finite.
    """
    loop = _loop()
    loop.model.train()
    return [loop.advance() for _ in range(count)]


def learn(load: Load, windows: Array) -> list[float]:  # noqa: ARG001
    """Takes one step on each batch of the host's: (steps, B, T + 1) tokens; returns the losses."""
    loop = _loop()
    loop.model.train()
    batches = tensor(windows).long().to(loop.device)
    return [loop.update(batch[:, :-1], batch[:, 1:]) for batch in batches]


def logits(load: Load, inputs: Array) -> Array:  # noqa: ARG001
    """The scores of the next token at every position: (N, T) -> (N, T, V), all in float32."""
    import torch

    loop = _loop()
    loop.model.eval()
    with torch.no_grad():
        answer = loop.model(tensor(inputs).long().to(loop.device))
    return array(scores(answer).float().cpu(), "logits", "float32")


def sample(
    load: Load,  # noqa: ARG001
    prompt: list[int],
    count: int,
    temperature: float,
    top_k: int,
    seed: int,
) -> list[int]:
    """Draws `count` tokens after the prompt, one by one; temperature 0 takes the likeliest.

    With the cache that the model's `new_cache()` gives, where it has that method and gives one.
    """
    loop = _loop()
    loop.model.eval()
    make = getattr(loop.model, "new_cache", None)
    cache = make() if callable(make) else None
    cached = None if cache is None else Cached(loop.model, cache, loop.device)
    whole = Whole(loop.model, loop.device, loop.setup.T)
    draw, random = Draw(temperature, top_k), np.random.default_rng(seed)
    return write(prompt, count, draw, random, whole, cached)


def state(load: Load) -> dict[str, Array]:  # noqa: ARG001
    """All that a checkpoint needs: "model.…" tensors, "optimizer.…" moments, and the step."""
    loop = _loop()
    found = {f"model.{name}": array(t.cpu(), name) for name, t in _tensors(loop.model).items()}
    found |= {f"optimizer.{name}": a for name, a in loop.optimizer.state().items()}
    found["step"] = np.array(loop.step)
    return found


def restore(load: Load, saved: dict[str, Array]) -> int:  # noqa: ARG001
    """Puts a checkpoint back; returns its step. BadAnswer where it does not fit the model."""
    import torch

    loop = _loop()
    with torch.no_grad():
        for name, t in _tensors(loop.model).items():
            a = saved.get(f"model.{name}")
            if a is None or a.shape != tuple(t.shape):
                raise BadAnswer("the checkpoint does not fit the model at {name}", name=name)
            t.copy_(tensor(a))
    mark = "optimizer."
    loop.optimizer.restore({k[len(mark) :]: a for k, a in saved.items() if k.startswith(mark)})
    loop.step = int(saved["step"])
    return loop.step


def _tensors(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """The model's tensors by name, shared ones once."""
    seen: dict[int, str] = {}
    for name, t in model.state_dict().items():
        seen.setdefault(t.data_ptr(), name)
    return {name: t for name, t in model.state_dict().items() if name in seen.values()}


def _loop() -> Loop:
    return _loops[0]
