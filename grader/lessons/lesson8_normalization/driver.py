"""Runs beside the learner's norms and diagnostics: builds, plays one episode, returns data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from zth.worker.answers import BadAnswer, exception_of
from zth.worker.modules import Played, backward, gradient, holding, module, played
from zth.worker.tensors import array, reseed, tensor, unchanged

Array = NDArray[Any]
Load = Callable[[str], Any]


# --- how weights start --------------------------------------------------------------------------


@dataclass(frozen=True)
class Filled:
    """A weight, what another one got from an equal generator, and a third from the same one."""

    weight: Array
    equal: Array
    next: Array


def kaiming(function: Any, shape: list[int], nonlinearity: str, seed: int) -> Filled:
    """kaiming_normal_ on weights that ask for a gradient, as those of modules do."""
    import torch

    reseed()
    generators = [torch.Generator().manual_seed(seed) for _ in range(2)]
    draws = [generators[0], generators[1], generators[0]]
    return Filled(*(_filled(function, shape, nonlinearity, g) for g in draws))


def _filled(function: Any, shape: list[int], nonlinearity: str, generator: Any) -> Array:
    import torch

    weight = torch.nn.Parameter(torch.full(shape, torch.nan, dtype=torch.float64))
    torch.rand(1)  # torch's own generator moves on: whoever draws from it is seen
    if function(weight, nonlinearity=nonlinearity, generator=generator) is not weight:
        raise BadAnswer("kaiming_normal_ must return the weight that it was given")
    if not weight.requires_grad:
        raise BadAnswer("the weight asked for a gradient before, and does not any more")
    return array(weight, "weight")


def kaiming_error(function: Any, shape: list[int], nonlinearity: str) -> str:
    """The name of the exception for a weight of this shape, or this nonlinearity."""
    import torch

    return exception_of(lambda: function(torch.zeros(shape), nonlinearity=nonlinearity))


GAIN = 3.0  # of the norms in a model that gpt2_init_ starts: nothing of it may change


def gpt2(function: Any, n_layer: int, n_embd: int, seed: int) -> list[dict[str, Array]]:
    """The parameters of two models, both started with a generator of this seed."""
    import torch

    reseed()
    models = []
    for _ in range(2):
        torch.rand(1)
        model = _untrained(n_embd)
        function(model, n_layer, torch.Generator().manual_seed(seed))
        models.append({name: array(p, name) for name, p in model.named_parameters()})
    return models


def _untrained(C: int) -> Any:
    """The modules of a GPT-2 of one block, without a forward pass."""
    import torch
    from torch import nn

    class Norm(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.full((C,), GAIN))
            self.bias = nn.Parameter(torch.full((C,), GAIN))

    attn = nn.ModuleDict({"c_attn": nn.Linear(C, 3 * C), "c_proj": nn.Linear(C, C, bias=False)})
    attn["c_proj_up"] = nn.Linear(C, C)  # no c_proj, for all its name
    mlp = nn.ModuleDict({"c_fc": nn.Linear(C, 4 * C), "c_proj": nn.Linear(4 * C, C)})
    block = nn.ModuleDict({"ln_1": Norm(), "attn": attn, "ln_2": Norm(), "mlp": mlp})
    parts = {"wte": nn.Embedding(2 * C, C), "wpe": nn.Embedding(C, C), "h": nn.ModuleList([block])}
    model = nn.ModuleDict({**parts, "ln_f": Norm(), "lm_head": nn.Linear(C, 2 * C, bias=False)})
    model.register_parameter("temperature", nn.Parameter(torch.full((), GAIN)))
    return model


# --- norms over the channels --------------------------------------------------------------------


def norm(
    cls: Any, weights: dict[str, Array], eps: float | None, bias: bool, x: Array, up: Array
) -> Played:
    """A LayerNorm or RMSNorm with these weights; without eps, with its own."""
    return played(_norm(cls, weights, eps, bias), weights, x, up)


def norm_in_float32(cls: Any, weights: dict[str, Array], bias: bool, x: Array) -> Array:
    """What it gives where it and x are in float32."""
    made = holding(_norm(cls, weights, None, bias), weights).float()
    return array(made(tensor(x).float()), "y", "float32")


def _norm(cls: Any, weights: dict[str, Array], eps: float | None, bias: bool) -> Any:
    n = len(weights["weight"])
    return cls(n, bias) if eps is None else cls(n, bias, eps)


def new_norm(cls: Any, n: int, bias: bool | None) -> dict[str, Array]:
    """The parameters of a new one; `bias` None: not said."""
    reseed()
    made = cls(n) if bias is None else cls(n, bias)
    return {name: array(p, name) for name, p in made.named_parameters()}


# --- batch normalisation ------------------------------------------------------------------------

RUNNING = ("running_mean", "running_var")


@dataclass(frozen=True)
class Batch:
    """One pass: its input, what flows back to its output, and the mode that it is in."""

    x: Array
    up: Array
    training: bool


@dataclass(frozen=True)
class Passed:
    """What a pass gave, its gradients, and the running statistics after it."""

    y: Array
    grads: dict[str, Array]
    running: dict[str, Array]


def batchnorm(
    cls: Any, weights: dict[str, Array], settings: dict[str, float], batches: list[Batch]
) -> list[Passed]:
    """A BatchNorm1d, pass after pass, forward and backward."""
    made = holding(cls(len(weights["weight"]), **settings), weights)
    return [_passed(made, batch) for batch in batches]


def _passed(made: Any, batch: Batch) -> Passed:
    x = tensor(batch.x, True)
    made.train(batch.training)
    made.zero_grad()
    with unchanged(x=x):
        y = made(x)
    got = backward(y, batch.up, {"x": x, **dict(made.named_parameters())})
    return Passed(got.y, got.grads, _running(made))


def batchnorm_in_float32(cls: Any, weights: dict[str, Array], x: Array) -> Array:
    """What it gives in training where it and x are in float32."""
    made = holding(cls(len(weights["weight"])), weights).float().train()
    return array(made(tensor(x).float()), "y", "float32")


def _running(made: Any) -> dict[str, Array]:
    """The running statistics, as a checkpoint would have them: copies, since they move on."""
    saved = made.state_dict()
    for name in RUNNING:
        if name not in saved:
            raise BadAnswer("there is no buffer {name}: it would not be saved", name=name)
    return {name: array(saved[name].clone(), name) for name in RUNNING}


def new_batchnorm(cls: Any, dim: int) -> tuple[dict[str, Array], dict[str, Array]]:
    """The parameters and the running statistics of a new one."""
    made = module(cls(dim))
    return {name: array(p, name) for name, p in made.named_parameters()}, _running(made)


def batchnorm_error(cls: Any, shape: list[int], training: bool) -> str:
    """The name of the exception for a batch of this shape."""
    import torch

    made = cls(shape[-1]).train(training)
    return exception_of(lambda: made(torch.ones(shape)))


# --- LayerScale and residual --------------------------------------------------------------------


def scale(cls: Any, gamma: Array, x: Array, up: Array) -> Played:
    """A LayerScale with these factors."""
    return played(cls(len(gamma)), {"gamma": gamma}, x, up)


def new_scale(cls: Any, dim: int, init: float | None) -> Array:
    """The factors of a new one; without init, of its own."""
    made = cls(dim) if init is None else cls(dim, init)
    return array(made.gamma, "gamma")


@dataclass(frozen=True)
class Added:
    """What a Residual gave, and the gradients of x and of its parts; how often each was called."""

    y: Array
    grads: dict[str, Array]
    calls: dict[str, int]


def residual(cls: Any, weights: dict[str, Array], x: Array, up: Array) -> Added:
    """A Residual whose part is tanh(x·Wᵀ), whose norm is x³·w and whose scale is w·x.

    Each has its weight in `weights`; a norm or scale without one is not handed in.
    """
    parts = {name: _part(name, weight) for name, weight in weights.items()}
    part, rest = parts["part"], {n: p for n, p in parts.items() if n != "part"}
    made = module(cls(part, **rest))
    _own(made, parts)
    given = tensor(x, True)
    with unchanged(x=given):
        y = made(given)
    got = backward(y, up, {"x": given, **{name: p.weight for name, p in parts.items()}})
    return Added(got.y, got.grads, {name: len(p.seen) for name, p in parts.items()})


def _own(made: Any, parts: dict[str, Any]) -> None:
    """BadAnswer unless the module has the parts as its own."""
    own = list(made.modules())
    for name, part in parts.items():
        if not any(module is part for module in own):
            raise BadAnswer(
                "{name} is no module of the Residual: it would not be trained, nor saved",
                name=name,
            )


def _part(name: str, weight: Array) -> Any:
    import torch
    from torch import nn

    class Part(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(tensor(weight))
            self.seen: list[int] = []

        def forward(self, x: Any) -> Any:
            self.seen.append(1)
            if name == "part":
                return torch.tanh(x @ self.weight.T)
            return x**3 * self.weight if name == "norm" else self.weight * x

    return Part()


def residual_error(cls: Any, shape: list[int], answer: list[int]) -> str:
    """The name of the exception where the part answers with this shape."""
    import torch
    from torch import nn

    class Part(nn.Module):
        def forward(self, x: Any) -> Any:  # noqa: ARG002
            return torch.zeros(answer)

    made = cls(Part())
    return exception_of(lambda: made(torch.ones(shape)))


# --- diagnostics --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Described:
    """What `describe` said."""

    mean: float
    std: float
    saturation: float
    density: Array
    edges: Array


def describe(function: Any, x: Array, bins: int, limit: float) -> Described:
    """describe, of a tensor that asks for a gradient and does not lie in one piece."""
    leaf = tensor(x, True)
    given = leaf.mT if x.ndim > 1 else leaf
    with unchanged(x=leaf):
        said = function(given, bins, limit)
    mean, std, saturation = (_number(said, name) for name in ("mean", "std", "saturation"))
    return Described(mean, std, saturation, _numbers(said, "density"), _numbers(said, "edges"))


def _number(said: Any, name: str) -> float:
    value = _attribute(said, name)
    if not isinstance(value, int | float):
        kind = type(value).__name__
        raise BadAnswer("{name} is a {kind}, expected a float", name=name, kind=kind)
    return float(value)


def _numbers(said: Any, name: str) -> Array:
    value = _attribute(said, name)
    found = array(value, name)
    if value.requires_grad:
        raise BadAnswer("{name} asks for a gradient: detach what you look at", name=name)
    return found


def _attribute(said: Any, name: str) -> Any:
    if not hasattr(said, name):
        kind = type(said).__name__
        raise BadAnswer("describe returned a {kind} without {name}", kind=kind, name=name)
    return getattr(said, name)


@dataclass(frozen=True)
class Network:
    """A chain of blocks, each a linear layer of these weights, then tanh; and what is run of it.

    The last tanh is of a class of its own, derived from nn.Tanh.
    After block `stops` (−1: none) the chain is detached from the loss; block `idle` does not run.
    The loss is the mean square of the last output.
    """

    weights: list[Array]
    x: Array
    stops: int
    idle: int


@dataclass(frozen=True)
class Observed:
    """What `observe` saw, by name; what stays in the model; the gradients of its parameters.

    And how often the loss was run.
    """

    outputs: dict[str, Array]
    gradients: dict[str, Array]
    hooks: int
    grads: dict[str, Array]
    runs: int


def observe(function: Any, network: Network, kind: str) -> list[Observed]:
    """observe of all "Tanh" or "Linear", twice: the second time on twice the input."""
    from torch import nn

    model, run = _chain(network)
    found = []
    for times in (1.0, 2.0):
        runs: list[float] = []

        def loss(times: float = times, runs: list[float] = runs) -> Any:
            runs.append(times)
            return run(times)

        outputs, gradients = _seen(function(model, getattr(nn, kind), loss))
        grads = {name: gradient(p, name) for name, p in model.named_parameters()}
        found.append(Observed(outputs, gradients, _hooks(model), grads, len(runs)))
    return found


def observe_failing(function: Any, network: Network) -> int:
    """The hooks that are left where the loss raises something."""
    from torch import nn

    model, _ = _chain(network)

    def fails() -> Any:
        raise ArithmeticError("this loss always fails")

    if exception_of(lambda: function(model, nn.Tanh, fails)) != "ArithmeticError":
        raise BadAnswer("what the loss raises must reach the caller of observe")
    return _hooks(model)


def _chain(network: Network) -> tuple[Any, Callable[[float], Any]]:
    """The model, whose parameters have gradients of 1, and what runs it and gives its loss."""
    import torch
    from torch import nn

    class Last(nn.Tanh):
        pass

    blocks = []
    for i, weight in enumerate(network.weights, start=1):
        linear = nn.Linear(weight.shape[1], weight.shape[0], bias=False).double()
        linear.weight.data.copy_(tensor(weight))
        linear.weight.grad = torch.ones_like(linear.weight)
        blocks.append(nn.Sequential(linear, Last() if i == len(network.weights) else nn.Tanh()))
    model = nn.ModuleDict({"h": nn.ModuleList(blocks)})

    def run(times: float) -> Any:
        x = tensor(network.x) * times
        for i, block in enumerate(blocks):
            if i != network.idle:
                x = block(x)
            x = x.detach() if i == network.stops else x
        return x.square().mean()

    return model, run


def _seen(seen: Any) -> tuple[dict[str, Array], dict[str, Array]]:
    if not isinstance(seen, dict):
        kind = type(seen).__name__
        raise BadAnswer("observe returned a {kind}, expected a dict", kind=kind)
    outputs, gradients = {}, {}
    for name, pair in seen.items():
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise BadAnswer("observe must give (output, gradient) for each module")
        outputs[str(name)] = array(pair[0], f"output of {name}")
        gradients[str(name)] = array(pair[1], f"gradient at {name}")
    return outputs, gradients


def _hooks(model: Any) -> int:
    kinds = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    return sum(len(getattr(module, kind)) for module in model.modules() for kind in kinds)


def ratio(function: Any, before: Array, after: Array) -> float:
    """update_ratio of two tensors, the first of which asks for a gradient."""
    given = tensor(before, True), tensor(after)
    with unchanged(before=given[0], after=given[1]):
        value = function(*given)
    if not isinstance(value, float):
        kind = type(value).__name__
        raise BadAnswer("update_ratio returned a {kind}, expected a float", kind=kind)
    return value
