"""Runs beside the learner's GPT and training loop: builds, plays one episode, returns data."""

from __future__ import annotations

import contextlib
import io
import math
import pickle
import sys
from dataclasses import asdict, dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zth.worker.answers import BadAnswer, exception_of
from zth.worker.modules import Answered, Played, answered, holding, namespace, pair, played
from zth.worker.tensors import array, reseed, tensor, unchanged

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
class Built:
    """A new model: its parameters' shapes, means and deviations, and whether wte is tied."""

    shapes: dict[str, list[int]]
    means: dict[str, float]
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
    """Calls of train, as (start, stop) each, and what they meet.

    The optimizer's momentum, the model's mode before, whether there is an on_eval, and the number
    of the forward pass (−1: none) whose loss is `bad_loss`.
    """

    pieces: list[tuple[int, int | None]] = field(default_factory=lambda: [(0, None)])
    momentum: float = 0.0
    training: bool = True
    listens: bool = True
    bad_pass: int = -1
    bad_loss: float = math.nan


@dataclass(frozen=True)
class Poured:
    """A model's parameters after a state was loaded, and what was raised, as its name and text."""

    weights: dict[str, Array]
    error: str = ""
    text: str = ""


@dataclass(frozen=True)
class Moment:
    """A run between two steps: its optimizer ("sgd", "adamw") has seen `past`, a list of gradients.

    The model has a table (V, V) with two names, and a buffer `count`.
    """

    table: Array
    count: int
    optimizer: str
    past: list[Array]


@dataclass(frozen=True)
class Kept:
    """A checkpoint; the table after the run went on; the mode that the model was left in."""

    file: bytes
    table: Array
    training_after: bool


@dataclass(frozen=True)
class Restored:
    """The step that came back, the table after the run went on, and the buffer."""

    step: int
    table: Array
    count: int


# --- parts of the model -------------------------------------------------------------------------


def norm(cls: Any, weight: Array, bias: Array | None, x: Array, up: Array) -> Played:
    """LayerNorm with a gain and, where given, a bias."""
    weights = {"weight": weight} | ({} if bias is None else {"bias": bias})
    return played(cls(len(weight), bias is not None), weights, x, up)


def norm_in_float32(cls: Any, weight: Array, bias: Array | None, x: Array) -> Array:
    """The output of LayerNorm where it and x are in float32."""
    weights = {"weight": weight} | ({} if bias is None else {"bias": bias})
    made = holding(cls(len(weight), bias is not None), weights).float()
    return array(made(tensor(x).float()), "y", "float32")


def new_norm(cls: Any, n: int, bias: bool) -> dict[str, Array]:
    """The parameters of a new LayerNorm."""
    reseed()
    return {name: array(p, name) for name, p in cls(n, bias).named_parameters()}


def mlp(cls: Any, config: Config, weights: dict[str, Array], x: Array, up: Array) -> Played:
    """MLP, in eval mode."""
    return played(cls(namespace(config)), weights, x, up)


def block(cls: Any, config: Config, weights: dict[str, Array], x: Array, up: Array) -> Played:
    """Block with its own default parts, in eval mode."""
    return played(cls(namespace(config)), weights, x, up)


def block_of(cls: Any, x: Array) -> Array:
    """A block whose attention adds 1, whose MLP triples and whose norm doubles: what comes out."""
    from torch import nn

    reseed()

    class Part(nn.Module):
        def __init__(self, apply: Any) -> None:
            super().__init__()
            self.apply_to = apply

        def forward(self, x: Any) -> Any:
            return self.apply_to(x)

    def doubling(*_: Any, **__: Any) -> Any:
        return Part(lambda x: x * 2)

    config = namespace(Config(x.shape[1], 1, 1, 1, x.shape[2]))
    made = cls(config, lambda _: Part(lambda x: x + 1), lambda _: Part(lambda x: x * 3), doubling)
    return array(made.double()(tensor(x)), "y")


def dropped(cls: Any, config: Config, x: Array) -> list[Array]:
    """A part's output for the same input: in eval mode, and twice in training mode."""
    reseed()
    made = cls(namespace(config)).double()
    return [array(made.train(mode)(tensor(x)), "y") for mode in (False, True, True)]


# --- the model ----------------------------------------------------------------------------------


def gpt(
    cls: Any, config: Config, weights: dict[str, Array], idx: Array, targets: Array | None
) -> Answered:
    """The model with these weights, in eval mode, forward and, given targets, backward."""
    made = holding(cls(namespace(config)), weights, ("lm_head.weight",))
    return answered(made, idx, targets)


def built(cls: Any, config: Config, swapped: bool) -> Built:
    """A new model as it starts; where `swapped`, of parts from elsewhere."""
    reseed()
    parts = {"attention": _two_layers, "mlp": _two_layers} if swapped else {}
    made = cls(namespace(config), **parts)
    named = dict(made.named_parameters())
    named |= {n: p for n, p in made.state_dict().items() if n == "lm_head.weight"}
    arrays = {n: array(p, n) for n, p in named.items()}
    wte = made.get_parameter("transformer.wte.weight")
    return Built(
        shapes={n: list(a.shape) for n, a in arrays.items()},
        means={n: float(a.mean()) for n, a in arrays.items()},
        deviations={n: float(a.std()) for n, a in arrays.items()},
        tied=made.get_parameter("lm_head.weight") is wte,
    )


def _two_layers(config: Any) -> Any:
    """A part of two linear layers, which start as PyTorch has them start."""
    from torch import nn

    part = nn.Sequential()
    part.add_module("inner", nn.Linear(config.n_embd, config.n_embd))
    part.add_module("c_proj", nn.Linear(config.n_embd, config.n_embd))
    return part


def embedded(cls: Any, config: Config, idx: Array) -> list[Array]:
    """What enters the first block: in eval mode, and twice in training mode."""
    reseed()
    made = cls(namespace(config)).double()
    seen: list[Any] = []
    first = made.get_submodule("transformer.h.0")
    first.register_forward_pre_hook(lambda _, given: seen.append(*given))
    for mode in (False, True, True):
        made.train(mode)(tensor(idx).long())
    if len(seen) != 3:
        raise BadAnswer("transformer.h[0] must be called once in each forward pass")
    return [array(x, "what enters the first block") for x in seen]


def gpt_elsewhere(cls: Any, config: Config) -> None:
    """A forward pass without values, on torch's "meta" device: BadAnswer where it meets the CPU."""
    import torch

    def settled(_: Any, given: Any) -> None:
        if any(isinstance(t, torch.Tensor) and t.device.type == "cpu" for t in given):
            raise _homeless()

    made = cls(namespace(config)).to("meta").eval()
    for module in made.modules():
        module.register_forward_pre_hook(settled)
    try:
        made(torch.zeros(1, config.block_size, dtype=torch.long, device="meta"))
    except (RuntimeError, NotImplementedError) as error:  # others: what has no values on "meta"
        if "expected device" in str(error):
            raise _homeless() from None


def _homeless() -> BadAnswer:
    return BadAnswer(
        "a tensor that you make (the positions?) stays on the CPU when the input is on a GPU"
    )


def too_long(cls: Any, config: Config) -> str:
    """The name of the exception for a row that is longer than the context."""
    import torch

    made = cls(namespace(config))
    return exception_of(lambda: made(torch.zeros(1, config.block_size + 1, dtype=torch.long)))


def slots(cls: Any, config: Config, given: list[str]) -> dict[str, int]:
    """How often the factory of each slot that is given is called, by the model or by a block."""
    from torch import nn

    calls = dict.fromkeys(given, 0)

    def factory(name: str) -> Any:
        def make(*_: Any, **__: Any) -> Any:
            calls[name] += 1
            return nn.Identity()

        def make_block(config: Any, attention: Any, mlp: Any, norm: Any) -> Any:
            parts = attention(config), mlp(config), norm(config.n_embd, config.bias)
            return nn.Sequential(make(), *parts)

        return make_block if name == "block" else make

    cls(namespace(config), **{name: factory(name) for name in given})
    return calls


# --- published weights --------------------------------------------------------------------------


def pour(function: Any, config: Config, state: dict[str, Array]) -> Poured:
    """load_gpt2 into a model that has GPT-2's names and starts with zeros."""
    import torch

    model = _skeleton(config)
    given = {name: tensor(a) for name, a in state.items()}
    error = text = ""
    with unchanged(**given):
        try:
            function(model, dict(given))
        except ValueError as caught:
            error, text = type(caught).__name__, str(caught)
    weights = {n: array(p.clone(), n) for n, p in model.named_parameters()}
    with torch.no_grad():
        for p in model.parameters():
            p.zero_()
    for name, weight in given.items():
        if state[name].any() and not weight.any():
            raise BadAnswer(
                "the model shares its memory with {name}: training would change both", name=name
            )
    return Poured(weights, error, text)


def _skeleton(config: Config) -> Any:
    """The modules of a GPT-2, zeros all over, without a forward pass."""
    import torch
    from torch import nn

    class Norm(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(C))
            self.bias = nn.Parameter(torch.zeros(C)) if config.bias else None

    def linear(n: int, m: int) -> Any:
        return nn.Linear(n, m, bias=config.bias)

    def block() -> Any:
        attn = nn.ModuleDict({"c_attn": linear(C, 3 * C), "c_proj": linear(C, C)})
        attn.register_buffer("bias", torch.zeros(1, 1, config.block_size, config.block_size))
        mlp = nn.ModuleDict({"c_fc": linear(C, 4 * C), "c_proj": linear(4 * C, C)})
        return nn.ModuleDict({"ln_1": Norm(), "attn": attn, "ln_2": Norm(), "mlp": mlp})

    C = config.n_embd
    wte, wpe = nn.Embedding(config.vocab_size, C), nn.Embedding(config.block_size, C)
    blocks = nn.ModuleList([block() for _ in range(config.n_layer)])
    model = nn.Module()
    model.config = namespace(config)  # type: ignore[assignment]
    model.transformer = nn.ModuleDict({"wte": wte, "wpe": wpe, "h": blocks, "ln_f": Norm()})
    model.lm_head = nn.Linear(C, config.vocab_size, bias=False)
    model.lm_head.weight = wte.weight
    with torch.no_grad():
        for p in model.parameters():
            p.zero_()
    return model


def poured_model(function: Any, config: Config, state: dict[str, Array], idx: Array) -> Array:
    """Logits of the GPT that lies beside load_gpt2, with a published state."""
    cls = getattr(sys.modules.get(function.__module__), "GPT", None)
    if cls is None:
        raise BadAnswer("there is no GPT beside load_gpt2")
    model = cls(namespace(config)).eval()
    function(model, {name: tensor(a) for name, a in state.items()})
    return array(pair(model(tensor(idx).long()))[0], "logits")


# --- the loop -----------------------------------------------------------------------------------


def batch(
    function: Any, tokens: Array, batch_size: int, block_size: int, seed: int
) -> tuple[Array, Array]:
    """get_batch with a generator of this seed."""
    return batches(function, tokens, batch_size, block_size, seed, 1)[0]


def batches(
    function: Any, tokens: Array, batch_size: int, block_size: int, seed: int, count: int
) -> list[tuple[Array, Array]]:
    """Batches that get_batch draws one after another with a generator of this seed."""
    import torch

    given = tensor(tokens).long()
    generator = torch.Generator().manual_seed(seed)
    with unchanged(tokens=given):
        return [_batch(function(given, batch_size, block_size, generator)) for _ in range(count)]


def _batch(answer: Any) -> tuple[Array, Array]:
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise BadAnswer("get_batch must return (inputs, targets)")
    return array(answer[0], "inputs", "int64"), array(answer[1], "targets", "int64")


def batch_error(function: Any, tokens: Array, block_size: int) -> str:
    """The name of the exception for a text that holds no window."""
    return exception_of(lambda: function(tensor(tokens).long(), 1, block_size))


def estimate(function: Any, table: Array, tokens: Array, loop: Loop, training: bool) -> Estimated:
    """estimate_loss of a bigram model that takes notes; `training` is the mode it starts in."""
    import torch

    model, notes = _bigram(table, Run())
    model.train(training)
    generator = torch.Generator().manual_seed(loop.seed)
    loss = function(model, tensor(tokens).long(), SimpleNamespace(**asdict(loop)), generator)
    if isinstance(loss, torch.Tensor):
        loss = loss.item()
    if not isinstance(loss, float):
        kind = type(loss).__name__
        raise BadAnswer("estimate_loss returned a {kind}, expected a float", kind=kind)
    return Estimated(loss, _seen(notes), model.training, _table(model))


def training(function: Any, table: Array, tokens: Array, loop: Loop, run: Run) -> Trained:
    """train, by gradient descent with momentum, of a bigram model that takes notes."""
    import torch

    model, notes = _bigram(table, run)
    model.train(run.training)
    groups = [{"params": [p]} for p in model.parameters()]
    optimizer = torch.optim.SGD(groups, lr=123.0, momentum=run.momentum)
    told: list[tuple[int, float]] = []
    error, losses, kind = "", [], type(model)
    for start, stop in run.pieces:
        options: dict[str, Any] = {"start": start} | ({} if stop is None else {"stop": stop})
        if run.listens:
            options["on_eval"] = lambda step, loss: told.append((int(step), float(loss)))
        given = model, optimizer, tensor(tokens).long(), SimpleNamespace(**asdict(loop))
        try:
            losses += _losses(function(*given, **options))
        except ValueError as caught:
            if run.bad_pass < 0:
                raise
            error = str(caught)
    if type(model) is not kind:
        raise BadAnswer(
            "train made the model a {kind}: it is to train it, only", kind=type(model).__name__
        )
    return Trained(losses, _seen(notes), _table(model), model.training, told, error)


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


def _bigram(table: Array, run: Run) -> tuple[Any, list[tuple[Any, ...]]]:
    """A model whose logits are a row of the table (V + 1, V) plus its last row; and its notes."""
    import torch
    from torch import nn

    notes: list[tuple[Any, ...]] = []
    V = table.shape[1]

    class Bigram(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = nn.Parameter(tensor(table[:V]))
            self.bias = nn.Parameter(tensor(table[V]))

        def forward(self, idx: Any, targets: Any) -> Any:
            low = torch.is_autocast_enabled("cpu")
            low = low and torch.get_autocast_dtype("cpu") == torch.bfloat16
            data = array(idx, "inputs"), array(targets, "targets")
            notes.append((*data, self.training, torch.is_grad_enabled(), low))
            logits = self.table[idx] + self.bias
            loss = nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten())
            return logits, loss * run.bad_loss if len(notes) - 1 == run.bad_pass else loss

    return Bigram(), notes


def _table(model: Any) -> Array:
    return np.vstack([array(model.table, "table"), array(model.bias, "bias")])


def _seen(notes: list[tuple[Any, ...]]) -> Seen:
    columns = [list(c) for c in zip(*notes, strict=True)] or [[] for _ in range(5)]
    return Seen(*columns)


# --- checkpoints --------------------------------------------------------------------------------

RATE, MOMENTUM, BETAS, DECAY = 0.1, 0.9, (0.9, 0.99), 0.01


def keep(function: Any, moment: Moment, step: int, future: list[Array], training: bool) -> Kept:
    """save_checkpoint, into memory; the run then goes on by these gradients."""
    model, optimizer = _underway(moment)
    model.train(training)
    file = io.BytesIO()
    function(file, model, optimizer, step)
    if file.closed:
        raise BadAnswer("save_checkpoint closed the file: who opens it closes it")
    after = model.training
    _descend(model, optimizer, future)
    return Kept(file.getvalue(), array(model.table, "table"), after)


def restore(function: Any, file: bytes, other: Moment, future: list[Array]) -> Restored:
    """load_checkpoint, into a run that was elsewhere; it then goes on by these gradients."""
    model, optimizer = _underway(other)
    step = function(io.BytesIO(file), model, optimizer)
    if type(step) is not int:
        kind = type(step).__name__
        raise BadAnswer("load_checkpoint returned a {kind}, expected the step", kind=kind)
    _descend(model, optimizer, future)
    return Restored(step, array(model.table, "table"), int(model.count))


def misfit(function: Any, file: bytes, other: Moment, extra: bool) -> str:
    """load_checkpoint into a model with another table or, `extra`, one more parameter: the error.

    Its name; empty where there was none.
    """
    model, optimizer = _underway(other, extra)
    return exception_of(lambda: function(io.BytesIO(file), model, optimizer))


_ran: list[str] = []


def _run_by_a_file() -> dict[str, Any]:
    _ran.append("")
    return {}


class _Hostile:
    def __reduce__(self) -> Any:
        return _run_by_a_file, ()


def trap(function: Any, moment: Moment, zipped: bool) -> bool:
    """Whether load_checkpoint makes a call that a file holds, as torch or pickle writes it."""
    import torch

    model, optimizer = _underway(moment)
    file = io.BytesIO()
    if zipped:
        torch.save({"model": model.state_dict(), "step": _Hostile()}, file)
    else:
        pickle.dump(_Hostile(), file)
    _ran.clear()
    with contextlib.suppress(Exception):
        function(io.BytesIO(file.getvalue()), model, optimizer)
    return bool(_ran)


def _underway(moment: Moment, extra: bool = False) -> tuple[Any, Any]:
    """A model and an optimizer that has seen the moment's past."""
    import torch
    from torch import nn

    table = tensor(moment.table)
    model = nn.Module()
    model.table = model.head = nn.Parameter(torch.zeros_like(table))
    model.register_buffer("count", torch.tensor(moment.count))
    if extra:
        model.extra = nn.Parameter(torch.zeros(1))
    if moment.optimizer == "sgd":
        optimizer: Any = torch.optim.SGD(model.parameters(), lr=RATE, momentum=MOMENTUM)
    else:
        optimizer = torch.optim.AdamW(model.parameters(), RATE, BETAS, weight_decay=DECAY)
    _descend(model, optimizer, moment.past)
    with torch.no_grad():
        model.table.copy_(table)
    return model, optimizer


def _descend(model: Any, optimizer: Any, gradients: list[Array]) -> None:
    for gradient in gradients:
        model.table.grad = tensor(gradient)
        optimizer.step()
    model.table.grad = None
