"""Runs beside the learner's MLP, its data and its training: plays one episode, returns data."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zth.worker import modules
from zth.worker.answers import BadAnswer, exception_of
from zth.worker.modules import Answered
from zth.worker.tensors import array, reseed, tensor, unchanged

Array = NDArray[Any]


@dataclass(frozen=True)
class Config:
    """The size of a language model, as `MLPConfig` has it."""

    vocab_size: int
    block_size: int
    context: int
    n_embd: int
    n_hidden: int


@dataclass(frozen=True)
class ClassifierConfig:
    """The size of a classifier, as the learner's class of the same name has it."""

    n_in: int
    n_hidden: int
    n_classes: int


@dataclass(frozen=True)
class Slotted:
    """A model's logits with a part in its slot, and what the part was made with, each time."""

    logits: Array
    sizes: list[int]


@dataclass(frozen=True)
class Run:
    """What a linear model meets: its table (D + 1, V), examples, a seed, the mode it starts in.

    The loss of the forward pass with the number `bad` (−1: none) is NaN. `other` seeds torch's own
    generator, which is not to matter.
    """

    table: Array
    X: Array
    Y: Array
    seed: int = 0
    training: bool = True
    bad: int = -1
    other: int = 0


@dataclass(frozen=True)
class Seen:
    """What a model saw: one entry for each forward pass. Its mode and its table afterwards."""

    inputs: list[Array]
    targets: list[Array]
    training: list[bool]
    grads_on: list[bool]
    training_after: bool
    table: Array


@dataclass(frozen=True)
class Trained:
    losses: list[float]
    seen: Seen


@dataclass(frozen=True)
class Swept:
    rates: list[float]
    losses: list[float]
    seen: Seen


@dataclass(frozen=True)
class Estimated:
    loss: float
    seen: Seen


@dataclass(frozen=True)
class Predicted:
    classes: Array
    seen: Seen


# --- data ---------------------------------------------------------------------------------------


def split(function: Any, words: list[str], seed: int) -> list[list[str]]:
    """split_words with a generator of this seed: the three splits."""
    import torch

    given = list(words)
    answer = function(given, torch.Generator().manual_seed(seed))
    if given != words:
        raise BadAnswer("split_words changed the list that it was given")
    if not isinstance(answer, tuple | list) or len(answer) != 3:
        raise BadAnswer("split_words must return three lists: train, dev, test")
    found = [list(part) for part in answer]
    if not all(isinstance(word, str) for part in found for word in part):
        raise BadAnswer("split_words must return lists of words")
    return found


def dataset(
    function: Any, words: list[str], stoi: dict[str, int], context: int
) -> tuple[Array, Array]:
    """build_dataset: inputs and targets."""
    return _two(function(list(words), dict(stoi), context), "build_dataset", "X", "Y")


def batches(
    function: Any, X: Array, Y: Array, batch_size: int, seed: int, count: int
) -> list[tuple[Array, Array]]:
    """Batches that minibatch draws one after another with a generator of this seed."""
    import torch

    inputs, targets = tensor(X), tensor(Y)
    generator = torch.Generator().manual_seed(seed)
    reseed()
    with unchanged(X=inputs, Y=targets):
        drawn = [function(inputs, targets, batch_size, generator) for _ in range(count)]
    return [_two(answer, "minibatch", "x", "y") for answer in drawn]


def _two(answer: Any, what: str, first: str, second: str) -> tuple[Array, Array]:
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise BadAnswer("{what} must return two tensors", what=what)
    return array(answer[0], first, "int64"), array(answer[1], second, "int64")


# --- the language model -------------------------------------------------------------------------


def windows(function: Any, idx: Array, context: int) -> Array:
    """The window of each position."""
    given = tensor(idx).long()
    with unchanged(idx=given):
        return array(function(given, context), "windows", "int64")


def lm(
    cls: Any, config: Config, weights: dict[str, Array], idx: Array, targets: Array | None
) -> Answered:
    """The model with these weights, forward and, given targets, backward."""
    made = modules.holding(cls(modules.namespace(config)), weights)
    return modules.answered(made, idx, targets)


def slotted(
    cls: Any, config: Config, weights: dict[str, Array], idx: Array, slope: float, shift: float
) -> Slotted:
    """The model with a part in the slot `batchnorm` that gives slope · x + shift."""
    from torch import nn

    sizes: list[int] = []

    class Part(nn.Module):
        def __init__(self, n: int) -> None:
            super().__init__()
            sizes.append(int(n))

        def forward(self, x: Any) -> Any:
            if x.shape != (*idx.shape, config.n_hidden):
                raise BadAnswer(
                    "batchnorm's module was given shape {shape}, expected (B, T, n_hidden), "
                    "{expected}",
                    shape=tuple(x.shape),
                    expected=(*idx.shape, config.n_hidden),
                )
            return slope * x + shift

    made = modules.holding(cls(modules.namespace(config), batchnorm=Part), weights)
    return Slotted(modules.answered(made, idx, None).logits, sizes)


# --- training -----------------------------------------------------------------------------------


class _Linear:
    """A linear model that takes notes; a copy of it writes into the same ones."""

    def __init__(self, run: Run) -> None:
        import torch
        from torch import nn

        notes: list[tuple[Array, Array, bool, bool]] = []

        class Linear(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.table = nn.Parameter(tensor(run.table[:-1]))
                self.bias = nn.Parameter(tensor(run.table[-1]))
                self.spare = nn.Parameter(torch.ones(1))  # it has no gradient, ever

            def forward(self, x: Any, targets: Any = None) -> Any:
                y = np.zeros(0, np.int64) if targets is None else array(targets, "y", "int64")
                notes.append((array(x, "x"), y, self.training, torch.is_grad_enabled()))
                logits = x @ self.table + self.bias
                if targets is None:
                    return logits, None
                loss = nn.functional.cross_entropy(logits, targets)
                return logits, loss * float("nan") if len(notes) - 1 == run.bad else loss

        self.notes, self.model = notes, Linear().train(run.training)
        self.X, self.Y = tensor(run.X), tensor(run.Y).long()

    def seen(self) -> Seen:
        """The notes so far."""
        import torch

        table = torch.cat([self.model.table, self.model.bias[None]])
        return Seen(
            inputs=[note[0] for note in self.notes],
            targets=[note[1] for note in self.notes],
            training=[note[2] for note in self.notes],
            grads_on=[note[3] for note in self.notes],
            training_after=self.model.training,
            table=array(table, "table"),
        )


def trained(function: Any, run: Run, lr: float, steps: int, batch_size: int) -> Trained:
    """train, of a linear model that takes notes."""
    given = _Linear(run)
    with unchanged(X=given.X, Y=given.Y):
        losses = function(
            *(given.model, given.X, given.Y),
            lr=lr,
            steps=steps,
            batch_size=batch_size,
            generator=_generator(run),
        )
    return Trained(_floats(losses, "train", "losses"), given.seen())


def swept(function: Any, run: Run, low: float, high: float, steps: int, batch_size: int) -> Swept:
    """sweep, of a linear model that takes notes."""
    given = _Linear(run)
    with unchanged(X=given.X, Y=given.Y):
        answer = function(
            *(given.model, given.X, given.Y),
            low=low,
            high=high,
            steps=steps,
            batch_size=batch_size,
            generator=_generator(run),
        )
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise BadAnswer("sweep must return two lists: the rates, the losses")
    rates, losses = (
        _floats(a, "sweep", w) for a, w in zip(answer, ("rates", "losses"), strict=True)
    )
    return Swept(rates, losses, given.seen())


def _generator(run: Run) -> Any:
    import torch

    torch.default_generator.manual_seed(run.other)
    return torch.Generator().manual_seed(run.seed)


def _floats(returned: Any, name: str, what: str) -> list[float]:
    if not isinstance(returned, list):
        kind = type(returned).__name__
        raise BadAnswer(
            "{name} returned a {kind}, expected a list of {what}", name=name, kind=kind, what=what
        )
    return [_number(x, name) for x in returned]


def _number(returned: Any, name: str) -> float:
    if type(returned) not in (float, int):
        kind = type(returned).__name__
        raise BadAnswer("{name} returned a {kind}, expected a float: .item()", name=name, kind=kind)
    return float(returned)


def chosen(
    function: Any, rates: list[float], losses: list[float], smoothing: float | None
) -> float:
    """choose_rate; smoothing None: the default."""
    more = () if smoothing is None else (smoothing,)
    return _number(function(list(rates), list(losses), *more), "choose_rate")


def choice_error(function: Any) -> str:
    """The name of the exception for a sweep without rates."""
    return exception_of(lambda: function([], []))


def whole(function: Any, run: Run, batch_size: int | None) -> Estimated:
    """split_loss of a linear model that takes notes; batch_size None: the default."""
    given = _Linear(run)
    more = {} if batch_size is None else {"batch_size": batch_size}
    with unchanged(X=given.X, Y=given.Y):
        loss = function(given.model, given.X, given.Y, **more)
    return Estimated(_number(loss, "split_loss"), given.seen())


# --- pictures -----------------------------------------------------------------------------------


def classifier(
    cls: Any,
    config: ClassifierConfig,
    weights: dict[str, Array],
    x: Array,
    targets: Array | None,
) -> Answered:
    """The classifier with these weights, forward and, given targets, backward."""
    made = modules.holding(cls(modules.namespace(config)), weights)
    following = () if targets is None else (tensor(targets).long(),)
    logits, loss = modules.pair(made(tensor(x), *following))
    if targets is None:
        if loss is not None:
            raise BadAnswer("without targets, the loss is None")
        return Answered(array(logits, "logits"), None)
    if getattr(loss, "shape", None) != ():
        raise BadAnswer("given targets, the loss is a tensor of one number")
    loss.backward()
    grads = {n: modules.gradient(p, n) for n, p in made.named_parameters()}
    return Answered(array(logits, "logits"), float(loss.detach()), grads)


def predicted(function: Any, run: Run) -> Predicted:
    """predict, of a linear model that takes notes."""
    given = _Linear(run)
    with unchanged(X=given.X):
        classes = function(given.model, given.X)
    return Predicted(array(classes, "classes", "int64"), given.seen())


def pictures(
    function: Any, config: ClassifierConfig, images: Array, labels: Array, seed: int
) -> dict[str, Array]:
    """A new Classifier, trained by train_digits: its weights."""
    import torch

    torch.manual_seed(seed)
    model = _classifier(function, config)
    x, y = tensor(images).float(), tensor(labels).long()
    with unchanged(images=x, labels=y):
        function(model, x, y, torch.Generator().manual_seed(seed))
    return {name: array(p, name, "float32") for name, p in model.named_parameters()}


def read(
    function: Any, config: ClassifierConfig, weights: dict[str, Array], images: Array
) -> Array:
    """The scores (N, classes) that a Classifier with these weights gives to images."""
    import torch

    made = modules.holding(_classifier(function, config), weights).float()
    with torch.no_grad():
        logits, _ = modules.pair(made(tensor(images).float()))
    return array(logits, "logits")


def _classifier(function: Any, config: ClassifierConfig) -> Any:
    cls = getattr(sys.modules.get(function.__module__), "Classifier", None)
    if cls is None:
        raise BadAnswer("there is no Classifier beside train_digits")
    return modules.module(cls(modules.namespace(config)))
