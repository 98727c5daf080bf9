"""Runs beside the learner's bigram model: plays one episode, returns plain data."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from zth.worker import modules
from zth.worker.answers import BadAnswer
from zth.worker.modules import Answered
from zth.worker.tensors import array, reseed, tensor, unchanged

Array = NDArray[Any]


@dataclass(frozen=True)
class Config:
    """The size of a model, as `BigramConfig` has it."""

    vocab_size: int
    block_size: int


@dataclass(frozen=True)
class Trained:
    """The losses that train returned, and W after."""

    losses: list[float]
    W: Array


# --- counting -----------------------------------------------------------------------------------


def counts(function: Any, tokens: Array, vocab_size: int) -> Array:
    """count_bigrams of a text."""
    given = tensor(tokens).long()
    with unchanged(tokens=given):
        return array(function(given, vocab_size), "counts", "int64")


def probabilities(function: Any, counts: Array, smoothing: float | None) -> Array:
    """Probabilities of counts; smoothing None: the default."""
    given = tensor(counts).long()
    with unchanged(counts=given):
        answer = function(given) if smoothing is None else function(given, smoothing)
    return _floating(answer, "probs")


def likelihood(function: Any, probs: Array, tokens: Array) -> Array:
    """negative_log_likelihood of a text: whatever shape it has."""
    given, text = tensor(probs), tensor(tokens).long()
    with unchanged(probs=given, tokens=text):
        return _floating(function(given, text), "the result")


def _floating(answer: Any, what: str) -> Array:
    got = array(answer, what)
    if got.dtype.kind != "f":
        raise BadAnswer(
            "{what} has dtype {name}, expected floating point", what=what, name=got.dtype
        )
    return got


def names(
    function: Any, probs: Array, seed: int, count: int, longest: int | None, other: int = 0
) -> list[list[int]]:
    """Names that sample draws one after another with a generator of this seed.

    `longest` None: the default. `other` seeds torch's own generator, which is not to matter.
    """
    import torch

    given = tensor(probs)
    generator = torch.Generator().manual_seed(seed)
    torch.default_generator.manual_seed(other)
    more = () if longest is None else (longest,)
    with unchanged(probs=given):
        return [_name(function(given, generator, *more)) for _ in range(count)]


def _name(answer: Any) -> list[int]:
    if not isinstance(answer, list):
        kind = type(answer).__name__
        raise BadAnswer("sample returned a {kind}, expected a list of tokens", kind=kind)
    for token in answer:
        if type(token) is not int:
            kind = type(token).__name__
            raise BadAnswer(
                "sample returned a {kind} in its list, expected ints: .item()", kind=kind
            )
    return answer


# --- the network --------------------------------------------------------------------------------


def bigram(cls: Any, config: Config, W: Array, idx: Array, targets: Array | None) -> Answered:
    """The model with this W in float32, as it is trained, forward and, given targets, backward."""
    made = modules.holding(cls(modules.namespace(config)), {"W": W}).float()
    return modules.answered(made, idx, targets)


def built(cls: Any, config: Config) -> dict[str, Array]:
    """The parameters of a new model."""
    reseed()
    made = cls(modules.namespace(config))
    return {name: array(p, name) for name, p in modules.module(made).named_parameters()}


def trained(
    function: Any,
    W: Array,
    tokens: Array,
    settings: dict[str, float],
    steps: int,
    old: Array | None,
) -> Trained:
    """train, of a model of ours that holds W in float32 and `old`, a gradient from before."""
    import torch
    from torch import nn

    class Table(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.W = nn.Parameter(tensor(W).float())
            self.W.grad = None if old is None else tensor(old).float()

        def forward(self, idx: Any, targets: Any = None) -> tuple[Any, Any]:
            logits = self.W[idx]
            if targets is None:
                return logits, None
            loss = nn.functional.cross_entropy(logits.flatten(0, -2), targets.flatten())
            return logits, loss

    model, text = Table(), tensor(tokens).long()
    with unchanged(tokens=text), torch.enable_grad():
        losses = _losses(function(model, text, steps, **settings))
    return Trained(losses, array(model.W, "W"))


def _losses(returned: Any) -> list[float]:
    if not isinstance(returned, list):
        kind = type(returned).__name__
        raise BadAnswer("train returned a {kind}, expected a list of losses", kind=kind)
    for loss in returned:
        if not isinstance(loss, float):
            kind = type(loss).__name__
            raise BadAnswer(
                "train returned a {kind} in its list, expected floats: loss.item()", kind=kind
            )
    return returned


def learned(
    function: Any, config: Config, tokens: Array, steps: int, settings: dict[str, float]
) -> Array:
    """What the learner's model, trained by the learner's train, says after each token: logits."""
    import torch

    cls = getattr(sys.modules.get(function.__module__), "Bigram", None)
    if cls is None:
        raise BadAnswer("there is no Bigram beside train")
    model = modules.module(cls(modules.namespace(config)))
    function(model, tensor(tokens).long(), steps, **settings)
    every = torch.arange(config.vocab_size)[:, None]  # (V, 1): each token on its own
    with torch.no_grad():
        logits, _ = modules.pair(model.eval()(every))
    return array(logits, "logits")[:, 0]
