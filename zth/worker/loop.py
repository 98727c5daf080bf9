"""The loop around a model: batches, rates, gradients, steps; each of them zth's, or a part's.

Every step seeds its own generators from (seed, step), so a run goes on exactly where it stopped
from parameters, optimizer state and step alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from zth.worker.answers import BadAnswer

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

    from zth.worker.optimizers import Optimizer


@dataclass(frozen=True)
class Setup:
    """What to build and how to train it.

    `slots` are the components that fill the model's slots, `loop` those that take a place in the
    loop around it: "optimizer", "clipping", "schedule", "batches", or "training" in place of the
    last three. `learning_rate` is the peak for torch's AdamW, `rate` (0: the same) for a part;
    both fall to `floor` of it. A `clip` of 0 clips nothing. `in_turn` has every window of the text
    come once before any comes again.
    """

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
    rate: float = 0.0
    loop: list[str] = field(default_factory=list)
    floor: float = 0.1
    mixed_precision: bool = False
    in_turn: bool = False

    @property
    def T(self) -> int:  # noqa: N802 (the field's name for it)
        """Tokens in a row."""
        return int(self.config["block_size"])


@dataclass
class Loop:
    """A model in training. `parts` are the components that take a place in the loop, by id."""

    setup: Setup
    model: torch.nn.Module
    optimizer: Optimizer
    tokens: torch.Tensor
    device: torch.device
    parts: Mapping[str, Any]
    step: int = 0
    _order: tuple[int, NDArray[Any]] = (-1, np.empty(0))  # an epoch, and where its windows begin

    def advance(self) -> float:
        """Takes one step on a batch of the training split; returns its loss."""
        if "training" in self.parts:
            return self._advance_by_part(self.parts["training"])
        return self.update(*self._batch())

    def update(self, x: torch.Tensor, y: torch.Tensor) -> float:
        """Takes one step on a batch; returns its loss. BadAnswer where that is not finite."""
        import torch

        self._seed()
        self.optimizer.steer(self._factor())
        with precision(self.device, self.setup.mixed_precision):
            loss = _loss(self.model(x, y))
        value = loss.detach().item()
        self._check_finite(value)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        if self.setup.clip:
            clip = self.parts.get("clipping", torch.nn.utils.clip_grad_norm_)
            clip(list(self.model.parameters()), self.setup.clip)
        self.optimizer.step()
        self.step += 1
        return value

    def _seed(self) -> None:
        import torch

        torch.manual_seed(self._number())

    def _number(self) -> int:
        """The seed of the present step."""
        return self.setup.seed * 1_000_003 + self.step + 1

    def _check_finite(self, loss: float) -> None:
        if not math.isfinite(loss):
            raise BadAnswer(
                "the training loss is {loss} at step {step}: the run diverged",
                loss=loss,
                step=self.step + 1,
            )

    def _factor(self) -> float:
        """The learning rate of the present step, as a fraction of its peak."""
        setup = self.setup
        if "schedule" not in self.parts:
            return cosine(self.step, setup.steps, setup.warmup, setup.floor)
        given = self.parts["schedule"](self.step, setup.steps, setup.warmup, 1.0, setup.floor)
        if not isinstance(given, int | float) or not math.isfinite(given):
            raise BadAnswer(
                "schedule returned {given} for step {step}, expected a finite number",
                given=repr(given),
                step=self.step,
            )
        return float(given)

    def _batch(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Random windows of the training split: inputs and targets, (B, T) each."""
        if "batches" in self.parts:
            return self._batch_by_part(self.parts["batches"])
        import torch

        T = self.setup.T
        starts = self._in_turn() if self.setup.in_turn else self._anywhere()
        rows = [self.tokens[s : s + T + 1] for s in starts]
        whole = torch.stack(rows).to(self.device)
        return whole[:, :-1], whole[:, 1:]

    def _anywhere(self) -> list[int]:
        """Where the windows of the present step begin, each as likely as any other."""
        draw = np.random.default_rng([self.setup.seed, self.step])
        starts: list[int] = draw.integers(
            0, len(self.tokens) - self.setup.T, self.setup.batch
        ).tolist()
        return starts

    def _in_turn(self) -> list[int]:
        """Where the windows of the present step begin: each once, side by side, then all anew."""
        starts = len(self.tokens) - self.setup.T
        count = max(1, starts // self.setup.T)  # windows side by side, wherever the first begins
        first = self.step * self.setup.batch
        numbers = range(first, first + self.setup.batch)
        return [int(self._epoch(n // count, count, starts)[n % count]) for n in numbers]

    def _epoch(self, epoch: int, count: int, starts: int) -> NDArray[Any]:
        """Where the windows of an epoch begin, in its order and from its offset."""
        if self._order[0] != epoch:
            draw, T = np.random.default_rng([self.setup.seed, epoch]), self.setup.T
            offset = draw.integers(0, starts - (count - 1) * T)
            self._order = epoch, offset + T * draw.permutation(count)
        return self._order[1]

    def _batch_by_part(self, get_batch: Callable[..., Any]) -> tuple[torch.Tensor, torch.Tensor]:
        import torch

        generator = torch.Generator().manual_seed(self._number())
        shape = (self.setup.batch, self.setup.T)
        answer = get_batch(self.tokens, *shape, generator)
        if not isinstance(answer, tuple) or len(answer) != 2:
            raise BadAnswer("batches must return (inputs, targets)")
        for name, rows in zip(("inputs", "targets"), answer, strict=True):
            if not isinstance(rows, torch.Tensor) or rows.shape != shape:
                got = getattr(rows, "shape", type(rows).__name__)
                raise BadAnswer(
                    "batches returned {name} of {got}, expected {shape}",
                    name=name,
                    got=got,
                    shape=shape,
                )
        return answer[0].to(self.device), answer[1].to(self.device)

    def _advance_by_part(self, train: Callable[..., Any]) -> float:
        """One step of a part's own loop, which brings its batches, clipping and schedule."""
        self._seed()
        kind, before = type(self.model), self._fingerprint()
        losses = train(
            self.model,
            self.optimizer,
            self.tokens.to(self.device),
            self._config(),
            start=self.step,
            stop=self.step + 1,
        )
        if type(self.model) is not kind:
            raise BadAnswer(
                "training changed the class of the model to {kind}", kind=type(self.model)
            )
        if not isinstance(losses, list) or len(losses) != 1:
            what = f"{len(losses)} losses" if isinstance(losses, list) else repr(losses)[:80]
            raise BadAnswer(
                "training returned {what} for one step, expected a list of one loss", what=what
            )
        loss = float(losses[0])
        self._check_finite(loss)
        if self._fingerprint() == before:
            raise BadAnswer(
                "training took step {step}, and no parameter has changed: does it call "
                "optimizer.step()?",
                step=self.step + 1,
            )
        self.step += 1
        return loss

    def _config(self) -> SimpleNamespace:
        """What `train` is told: the fields of lesson 5's TrainConfig."""
        setup = self.setup
        peak = setup.rate or setup.learning_rate
        return SimpleNamespace(
            steps=setup.steps,
            batch_size=setup.batch,
            block_size=setup.T,
            accumulation=1,
            learning_rate=peak,
            min_lr=peak * setup.floor,
            warmup=setup.warmup,
            clip=setup.clip or math.inf,
            mixed_precision=self.device.type == "cuda",
            eval_every=0,
            eval_batches=20,
            seed=setup.seed,
        )

    def _fingerprint(self) -> list[float]:
        return [float(p.detach().double().sum()) for p in self.model.parameters()]


def cosine(step: int, steps: int, warmup: int, floor: float = 0.1) -> float:
    """Rises to 1 for `warmup` steps, then falls along a cosine to the floor."""
    if step < warmup:
        return (step + 1) / warmup
    done = (step - warmup) / max(1, steps - warmup)
    return floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


@contextmanager
def precision(device: torch.device, mixed: bool = False) -> Iterator[None]:
    """bfloat16 on a CUDA device, and, if `mixed`, on a CPU that has it; float32 elsewhere."""
    import torch

    enabled = device.type == "cuda" or (mixed and device.type == "cpu" and computes_in_bfloat16())
    with torch.autocast(device.type, torch.bfloat16, enabled=enabled):
        yield


def computes_in_bfloat16() -> bool:
    """Whether this CPU multiplies matrices in bfloat16 faster than in float32."""
    import torch

    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()


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
