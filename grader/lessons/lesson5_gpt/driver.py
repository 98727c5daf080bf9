"""Runs beside the learner's GPT and training loop: builds, plays one episode, returns data."""

from __future__ import annotations

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
class Config:
    """The size of a model, as `GPTConfig` has it."""

    block_size: int
    vocab_size: int
    n_layer: int
    n_head: int
    n_embd: int
    dropout: float = 0.0
    bias: bool = True


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


@dataclass(frozen=True)
class Built:
    """A new model: its parameters' shapes and standard deviations, and whether wte is tied."""

    shapes: dict[str, list[int]]
    deviations: dict[str, float]
    tied: bool


@dataclass(frozen=True)
class Seen:
    """What a training loop did to a model: one entry for each forward pass, in order."""

    inputs: list[Array]
    targets: list[Array]
    training: list[bool]
    grads_on: list[bool]
    low_precision: list[bool]


@dataclass(frozen=True)
class Estimated:
    """What estimate_loss returned, what the model saw, and the mode that it was left in."""

    loss: float
    seen: Seen
    training_after: bool
    table: Array


@dataclass(frozen=True)
class Trained:
    """The losses that train returned, what the model saw, its table and mode at the end.

    `evaluations` are what on_eval was told; `error` is the text of a ValueError.
    """

    losses: list[float]
    seen: Seen
    table: Array
    training_after: bool
    evaluations: list[tuple[int, float]]
    error: str = ""


@dataclass(frozen=True)
class Loop:
    """What a training loop is told, as `TrainConfig` has it."""

    steps: int
    batch_size: int
    block_size: int
    accumulation: int = 1
    learning_rate: float = 0.5
    min_lr: float = 0.05
    warmup: int = 2
    clip: float = 1.0
    mixed_precision: bool = False
    eval_every: int = 0
    eval_batches: int = 3
    seed: int = 0


@dataclass(frozen=True)
class Run:
    """Calls of train, as (start, stop) each, and the mode that the model is in before."""

    pieces: list[tuple[int, int | None]]
    training: bool = True


# --- parts of the model -------------------------------------------------------------------------


def norm(cls: Any, weight: Array, bias: Array | None, x: Array, up: Array) -> Played:
    """LayerNorm with a gain and, where given, a bias."""
    weights = {"weight": weight} | ({} if bias is None else {"bias": bias})
    return _module(cls(len(weight), bias is not None), weights, x, up)


def mlp(cls: Any, config: Config, weights: dict[str, Array], x: Array, up: Array) -> Played:
    """MLP, in eval mode."""
    return _module(cls(_namespace(config)), weights, x, up)


def block(cls: Any, config: Config, weights: dict[str, Array], x: Array, up: Array) -> Played:
    """Block with its own default parts, in eval mode."""
    return _module(cls(_namespace(config)), weights, x, up)


def block_of(cls: Any, x: Array) -> Array:
    """A block whose attention adds 1, whose MLP triples and whose norm doubles: what comes out."""
    from torch import nn

    class Part(nn.Module):
        def __init__(self, apply: Any) -> None:
            super().__init__()
            self.apply_to = apply

        def forward(self, x: Any) -> Any:
            return self.apply_to(x)

    def doubling(*_: Any, **__: Any) -> Any:
        return Part(lambda x: x * 2)

    config = _namespace(Config(x.shape[1], 1, 1, 1, x.shape[2]))
    made = cls(config, lambda _: Part(lambda x: x + 1), lambda _: Part(lambda x: x * 3), doubling)
    return array(made(tensor(x)), "y")


def dropped(cls: Any, config: Config, x: Array) -> list[Array]:
    """A part's output for the same input: in eval mode, and twice in training mode."""
    import torch

    torch.manual_seed(0)
    made = cls(_namespace(config)).double()
    return [array(made.train(mode)(tensor(x)), "y") for mode in (False, True, True)]


# --- the model ----------------------------------------------------------------------------------


def gpt(
    cls: Any, config: Config, weights: dict[str, Array], idx: Array, targets: Array | None
) -> Answered:
    """The model with these weights, in eval mode, forward and, given targets, backward."""
    made = _holding(cls(_namespace(config)), weights)
    logits, loss = _pair(made(tensor(idx).long(), *_some(targets)))
    if targets is None:
        if loss is not None:
            raise BadAnswer("without targets, the loss is None")
        return Answered(array(logits, "logits"), None)
    if getattr(loss, "shape", None) != ():
        raise BadAnswer("given targets, the loss is a tensor of one number")
    loss.backward()
    grads = {n: _gradient(p, n) for n, p in made.named_parameters()}
    return Answered(array(logits, "logits"), float(loss.detach()), grads)


def _some(targets: Array | None) -> tuple[Any, ...]:
    return () if targets is None else (tensor(targets).long(),)


def _pair(answer: Any) -> tuple[Any, Any]:
    if not isinstance(answer, tuple) or len(answer) != 2:
        raise BadAnswer("the model must return (logits, loss)")
    return answer


def built(cls: Any, config: Config) -> Built:
    """A new model as it starts."""
    import torch

    torch.manual_seed(0)
    made = cls(_namespace(config))
    named = dict(made.named_parameters())
    named |= {n: p for n, p in made.state_dict().items() if n == "lm_head.weight"}
    shapes = {n: list(p.shape) for n, p in named.items()}
    deviations = {n: float(p.detach().std(correction=0)) for n, p in named.items()}
    wte = made.get_parameter("transformer.wte.weight")
    return Built(shapes, deviations, made.get_parameter("lm_head.weight") is wte)


def too_long(cls: Any, config: Config) -> str:
    """The name of the exception for a row that is longer than the context."""
    import torch

    made = cls(_namespace(config))
    try:
        made(torch.zeros(1, config.block_size + 1, dtype=torch.long))
    except NotImplementedError:
        raise
    except Exception as error:
        return type(error).__name__
    return ""


def slots(cls: Any, config: Config) -> dict[str, int]:
    """How often the model calls the factory of each slot that is given."""
    from torch import nn

    calls = dict.fromkeys(("attention", "mlp", "norm"), 0)

    def factory(name: str) -> Any:
        def make(*_: Any, **__: Any) -> Any:
            calls[name] += 1
            return nn.Identity()

        return make

    cls(_namespace(config), **{name: factory(name) for name in calls})
    return calls


# --- the loop -----------------------------------------------------------------------------------


def batch(
    function: Any, tokens: Array, batch_size: int, block_size: int, seed: int
) -> tuple[Array, Array]:
    """get_batch with a generator of this seed."""
    import torch

    given = tensor(tokens).long()
    generator = torch.Generator().manual_seed(seed)
    with unchanged(tokens=given):
        answer = function(given, batch_size, block_size, generator)
    if not isinstance(answer, tuple) or len(answer) != 2:
        raise BadAnswer("get_batch must return (inputs, targets)")
    return array(answer[0], "inputs", "int64"), array(answer[1], "targets", "int64")


def batch_error(function: Any, tokens: Array, block_size: int) -> str:
    """The name of the exception for a text that holds no window."""
    try:
        function(tensor(tokens).long(), 1, block_size)
    except NotImplementedError:
        raise
    except Exception as error:
        return type(error).__name__
    return ""


def estimate(function: Any, table: Array, tokens: Array, loop: Loop, training: bool) -> Estimated:
    """estimate_loss of a bigram model that takes notes; `training` is the mode it starts in."""
    import torch

    model = _bigram(table)
    model.train(training)
    generator = torch.Generator().manual_seed(loop.seed)
    loss = function(model, tensor(tokens).long(), SimpleNamespace(**asdict(loop)), generator)
    if isinstance(loss, torch.Tensor):
        loss = loss.item()
    if not isinstance(loss, float):
        raise BadAnswer(f"estimate_loss returned a {type(loss).__name__}, expected a float")
    return Estimated(loss, model.seen(), model.training, array(model.table.weight, "table"))


def training(
    function: Any, table: Array, tokens: Array, loop: Loop, run: Run, momentum: float, poison: int
) -> Trained:
    """train, by gradient descent with momentum, of a bigram model that takes notes.

    Forward pass number `poison` (−1: none) has a loss of NaN.
    """
    import torch

    model = _bigram(table, poison)
    model.train(run.training)
    optimizer = torch.optim.SGD(model.parameters(), lr=123.0, momentum=momentum)
    told: list[tuple[int, float]] = []
    error, losses = "", []
    for start, stop in run.pieces:
        try:
            returned = function(
                model,
                optimizer,
                tensor(tokens).long(),
                SimpleNamespace(**asdict(loop)),
                start=start,
                on_eval=lambda step, loss: told.append((int(step), float(loss))),
                **({} if stop is None else {"stop": stop}),
            )
            losses += _losses(returned)
        except ValueError as caught:
            if poison < 0:
                raise
            error = str(caught)
    weight = array(model.table.weight, "table")
    return Trained(losses, model.seen(), weight, model.training, told, error)


def _losses(returned: Any) -> list[float]:
    if not isinstance(returned, list):
        raise BadAnswer(f"train returned a {type(returned).__name__}, expected a list of losses")
    return [float(x) for x in returned]


def _bigram(table: Array, poison: int = -1) -> Any:
    """A table of logits (V, V) as a model that notes what it is given."""
    import torch
    from torch import nn

    class Bigram(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = nn.Embedding(table.shape[0], table.shape[1], dtype=torch.float64)
            with torch.no_grad():
                self.table.weight.copy_(tensor(table))
            self.notes: list[tuple[Array, Array, bool, bool, bool]] = []

        def forward(self, idx: Any, targets: Any) -> Any:
            low = torch.is_autocast_enabled("cpu")
            self.notes.append(
                (
                    array(idx, "inputs"),
                    array(targets, "targets"),
                    self.training,
                    torch.is_grad_enabled(),
                    low,
                )
            )
            logits = self.table(idx)
            loss = nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
            return logits, loss * float("nan") if len(self.notes) - 1 == poison else loss

        def seen(self) -> Seen:
            columns = [list(c) for c in zip(*self.notes, strict=True)] or [[] for _ in range(5)]
            return Seen(*columns)

    return Bigram()


# --- shared -------------------------------------------------------------------------------------


def _namespace(config: Config) -> SimpleNamespace:
    return SimpleNamespace(**asdict(config))


def _module(made: Any, weights: dict[str, Array], x: Array, up: Array) -> Played:
    made = _holding(made, weights)
    given = tensor(x, True)
    with unchanged(x=given):
        y = made(given)
    got = array(y, "y", "float64")
    if got.shape != up.shape:
        return Played(got, {})
    if not y.requires_grad:
        raise BadAnswer("y has no gradient: something on the way was detached, or under no_grad")
    (y * tensor(up)).sum().backward()
    leaves = {"x": given, **dict(made.named_parameters())}
    return Played(got, {name: _gradient(t, name) for name, t in leaves.items()})


def _holding(made: Any, weights: dict[str, Array]) -> Any:
    """The module in float64 and eval mode, with these weights. BadAnswer where they do not fit."""
    import torch

    if not isinstance(made, torch.nn.Module):
        raise BadAnswer(f"{type(made).__name__} must be a torch.nn.Module")
    made = made.double().eval()
    own = dict(made.named_parameters(remove_duplicate=False))
    for name, weight in weights.items():
        if name not in own:
            raise BadAnswer(f"there is no parameter {name}; there are: {', '.join(own) or 'none'}")
        if tuple(own[name].shape) != weight.shape:
            shapes = f"{tuple(own[name].shape)}, expected {weight.shape}"
            raise BadAnswer(f"{name} has shape {shapes}")
        with torch.no_grad():
            own[name].copy_(tensor(weight))
    extra = set(own) - set(weights) - {"lm_head.weight"}
    if extra:
        raise BadAnswer(f"there is a parameter {min(extra)} too many")
    return made


def _gradient(leaf: torch.Tensor, name: str) -> Array:
    if leaf.grad is None:
        return np.zeros(tuple(leaf.shape))
    return array(leaf.grad, f"{name}.grad")
