"""Training, as the worker does it: builds a model from parts, and advances it step by step.

It is the driver of `zth train`: the host calls its functions one after another in one session, and
the run lives in the module between the calls. Every step seeds its own generators from (seed,
step), so a run goes on exactly where it stopped from parameters, optimizer state and step alone.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zth.worker.answers import BadAnswer
from zth.worker.tensors import array, tensor

if TYPE_CHECKING:
    import torch

Array = NDArray[Any]
Load = Callable[[str], Any]
MOMENTS = ("step", "exp_avg", "exp_avg_sq")  # what AdamW keeps for each parameter


@dataclass(frozen=True)
class Setup:
    """What to build and how to train it. `slots` are the components that fill the model's slots."""

    model: str
    config_class: str
    config: dict[str, int | float | bool]
    slots: list[str]
    seed: int
    device: str
    steps: int
    batch: int
    learning_rate: float
    warmup: int
    weight_decay: float
    betas: tuple[float, float]
    clip: float


@dataclass(frozen=True)
class Built:
    """The model that was built: how many parameters, on what, with how many threads.

    `tensors` are the shapes of all that a checkpoint of the model holds, by name.
    """

    parameters: int
    device: str
    threads: int
    tensors: dict[str, list[int]]


@dataclass
class _Run:
    setup: Setup
    model: torch.nn.Module
    optimizer: torch.optim.Optimizer
    tokens: torch.Tensor
    device: torch.device
    step: int = 0


_runs: list[_Run] = []


def build(load: Load, setup: Setup, tokens: Array) -> Built:
    """Makes the model and its optimizer; `tokens` (N,) is the training split."""
    import torch

    cls = load(setup.model)
    config_class = getattr(sys.modules[cls.__module__], setup.config_class, None)
    if config_class is None:
        raise BadAnswer(f"there is no {setup.config_class} beside {cls.__name__}")
    device = torch.device(_device(setup.device))
    torch.manual_seed(setup.seed)
    parts = {slot: _watched(slot, load(slot)) for slot in setup.slots}
    model = cls(config_class(**setup.config), **parts)
    if not isinstance(model, torch.nn.Module):
        raise BadAnswer(f"{cls.__name__} is not a torch.nn.Module")
    model.to(device)
    run = _Run(setup, model, _optimizer(model, setup), tensor(tokens).long(), device)
    _runs[:] = [run]
    return Built(
        parameters=sum(p.numel() for p in model.parameters()),
        device=str(device),
        threads=torch.get_num_threads(),
        tensors={name: list(t.shape) for name, t in _tensors(model).items()},
    )


def _device(wanted: str) -> str:
    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if wanted == "auto":
        return next((name for name, here in there.items() if here), "cpu")
    if not there.get(wanted, True):
        raise BadAnswer(
            f"there is no {wanted} device that this PyTorch could use; try --device cpu"
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
            raise BadAnswer(f"{slot} cannot be built: {error}") from None
        if isinstance(made, torch.nn.Module):
            made.register_forward_hook(lambda _, given, got: _like_input(slot, given, got))
        elif isinstance(part, type):
            raise BadAnswer(f"{slot} is a {part.__name__}, which is not a torch.nn.Module")
        return made

    return make


def _like_input(slot: str, given: tuple[Any, ...], got: Any) -> None:
    """BadAnswer unless a part that was given one tensor of numbers gave back one like it."""
    import torch

    x = given[0] if len(given) == 1 else None
    if not isinstance(x, torch.Tensor) or not x.is_floating_point():
        return
    if not isinstance(got, torch.Tensor):
        raise BadAnswer(f"{slot} returned a {type(got).__name__}, expected a tensor")
    if got.shape != x.shape:
        raise BadAnswer(
            f"{slot} returned shape {tuple(got.shape)}, expected the shape of its input, "
            f"{tuple(x.shape)}"
        )
    if got.dtype != x.dtype and not torch.is_autocast_enabled(x.device.type):
        raise BadAnswer(f"{slot} returned {got.dtype}, expected the dtype of its input, {x.dtype}")


def _optimizer(model: torch.nn.Module, setup: Setup) -> torch.optim.Optimizer:
    """AdamW; matrices decay, gains and biases do not."""
    import torch

    parameters = [p for p in model.parameters() if p.requires_grad]
    if not parameters:
        raise BadAnswer("the model has no parameters to train")
    groups = [
        {"params": [p for p in parameters if p.dim() >= 2], "weight_decay": setup.weight_decay},
        {"params": [p for p in parameters if p.dim() < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW([g for g in groups if g["params"]], setup.learning_rate, setup.betas)


def learning_rate(setup: Setup, step: int) -> float:
    """Rises for `warmup` steps, then falls along a cosine to a tenth of the peak."""
    if step < setup.warmup:
        return setup.learning_rate * (step + 1) / setup.warmup
    done = (step - setup.warmup) / max(1, setup.steps - setup.warmup)
    return setup.learning_rate * (0.1 + 0.45 * (1 + math.cos(math.pi * min(1.0, done))))


def advance(load: Load, count: int) -> list[float]:  # noqa: ARG001 (the driver's convention)
    """Takes `count` steps; returns the training loss of each, in nats per token.

    BadAnswer names the step at which the loss is no longer finite.
    """
    run = _run()
    run.model.train()
    return [_step(run) for _ in range(count)]


def learn(load: Load, windows: Array) -> list[float]:  # noqa: ARG001
    """Takes one step on each batch of the host's: (steps, B, T + 1) tokens; returns the losses."""
    run = _run()
    run.model.train()
    batches = tensor(windows).long().to(run.device)
    return [_update(run, batch[:, :-1], batch[:, 1:]) for batch in batches]


def _step(run: _Run) -> float:
    return _update(run, *_batch(run))


def _update(run: _Run, x: torch.Tensor, y: torch.Tensor) -> float:
    """One step of the optimizer on a batch; returns its loss."""
    import torch

    setup = run.setup
    torch.manual_seed(setup.seed * 1_000_003 + run.step + 1)
    for group in run.optimizer.param_groups:
        group["lr"] = learning_rate(setup, run.step)
    with _precision(run.device):
        loss = _loss(run.model(x, y))
    value = loss.detach().item()
    if not math.isfinite(value):
        raise BadAnswer(f"the training loss is {value} at step {run.step + 1}: the run diverged")
    run.optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(run.model.parameters(), setup.clip)
    run.optimizer.step()
    run.step += 1
    return value


def _batch(run: _Run) -> tuple[torch.Tensor, torch.Tensor]:
    """Random windows of the training split: inputs and targets, (B, T) each."""
    import torch

    T = int(run.setup.config["block_size"])
    draw = np.random.default_rng([run.setup.seed, run.step])
    starts = draw.integers(0, len(run.tokens) - T, run.setup.batch)
    rows = [run.tokens[s : s + T + 1] for s in starts.tolist()]
    whole = torch.stack(rows).to(run.device)
    return whole[:, :-1], whole[:, 1:]


@contextmanager
def _precision(device: torch.device) -> Iterator[None]:
    """bfloat16 on a CUDA device, float32 elsewhere."""
    import torch

    with torch.autocast("cuda", torch.bfloat16, enabled=device.type == "cuda"):
        yield


def _loss(answer: Any) -> torch.Tensor:
    import torch

    if not (isinstance(answer, tuple) and len(answer) == 2):
        raise BadAnswer("the model must return (logits, loss)")
    loss = answer[1]
    if not isinstance(loss, torch.Tensor) or loss.numel() != 1:
        raise BadAnswer(
            "given targets, the model must return its mean loss, a tensor of one number"
        )
    return loss


def logits(load: Load, inputs: Array) -> Array:  # noqa: ARG001
    """The scores of the next token at every position: (N, T) -> (N, T, V), float32."""
    import torch

    run = _run()
    run.model.eval()
    with torch.no_grad(), _precision(run.device):
        answer = run.model(tensor(inputs).long().to(run.device))
    scores = answer[0] if isinstance(answer, tuple) else answer
    if not isinstance(scores, torch.Tensor):
        raise BadAnswer(f"the model's logits are a {type(scores).__name__}, expected a tensor")
    return array(scores.float().cpu(), "logits", "float32")


def sample(
    load: Load, prompt: list[int], count: int, temperature: float, top_k: int, seed: int
) -> list[int]:
    """Draws `count` tokens after the prompt, one by one; temperature 0 takes the likeliest."""
    longest = int(_run().setup.config["block_size"])
    draw = np.random.default_rng(seed)
    tokens = list(prompt)
    for _ in range(count):
        scores = logits(load, np.array([tokens[-longest:]], dtype=np.int64))[0, -1]
        tokens.append(_drawn(scores.astype(np.float64), temperature, top_k, draw))
    return tokens[len(prompt) :]


def _drawn(scores: Array, temperature: float, top_k: int, draw: np.random.Generator) -> int:
    if temperature == 0:
        return int(scores.argmax())
    scores = (scores - scores.max()) / temperature
    if 0 < top_k < len(scores):
        scores[scores < np.sort(scores)[-top_k]] = -np.inf
    weights = np.exp(scores)
    return int(draw.choice(len(scores), p=weights / weights.sum()))


def state(load: Load) -> dict[str, Array]:  # noqa: ARG001
    """All that a checkpoint needs: "model.…" tensors, "optimizer.…" moments, and the step."""
    run = _run()
    found = {f"model.{name}": array(t.cpu(), name) for name, t in _tensors(run.model).items()}
    for name, p in run.model.named_parameters():
        for key, value in run.optimizer.state.get(p, {}).items():
            found[f"optimizer.{key}.{name}"] = array(value.cpu(), key)
    found["step"] = np.array(run.step)
    return found


def restore(load: Load, saved: dict[str, Array]) -> int:  # noqa: ARG001
    """Puts a checkpoint back; returns its step. BadAnswer where it does not fit the model."""
    import torch

    run = _run()
    with torch.no_grad():
        for name, t in _tensors(run.model).items():
            a = saved.get(f"model.{name}")
            if a is None or a.shape != tuple(t.shape):
                raise BadAnswer(f"the checkpoint does not fit the model at {name}")
            t.copy_(tensor(a))
    for name, p in run.model.named_parameters():
        kept = {key: saved.get(f"optimizer.{key}.{name}") for key in MOMENTS}
        run.optimizer.state[p] = {
            key: tensor(a).to("cpu" if key == "step" else p.device)
            for key, a in kept.items()
            if a is not None
        }
    run.step = int(saved["step"])
    return run.step


def _tensors(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """The model's tensors by name, shared ones once."""
    seen: dict[int, str] = {}
    for name, t in model.state_dict().items():
        seen.setdefault(t.data_ptr(), name)
    return {name: t for name, t in model.state_dict().items() if name in seen.values()}


def _run() -> _Run:
    return _runs[0]
