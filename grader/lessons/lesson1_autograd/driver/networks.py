"""Neurons, layers and networks of them: filled, played, counted, trained."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, Literal

from zth.worker.answers import BadAnswer

from .values import kind_of, number_of

# --- Neuron, Layer, MLP -------------------------------------------------------------------------


@dataclass(frozen=True)
class Shape:
    """What to build: `MLP(nin, nouts)`, `Layer(nin, nouts[0])` or `Neuron(nin)`.

    `nonlin` False is handed on to a neuron or a layer; True is left to the default.
    """

    kind: Literal["neuron", "layer", "mlp"]
    nin: int
    nouts: list[int]
    nonlin: bool = True

    def call(self) -> str:
        """The constructor's call, as Python."""
        args = {"neuron": [self.nin], "layer": [self.nin, *self.nouts]}.get(
            self.kind, [self.nin, self.nouts]
        )
        name = {"neuron": "Neuron", "layer": "Layer", "mlp": "MLP"}[self.kind]
        rest = "" if self.nonlin else ", nonlin=False"
        return f"{name}({', '.join(map(str, args))}{rest})"


@dataclass(frozen=True)
class Pass:
    """One pass forward and back: outputs, gradients of the parameters, gradients of the inputs."""

    outputs: list[float]
    grads: list[float]
    dx: list[float]


@dataclass(frozen=True)
class Inventory:
    """What parameters() lists: the numbers, how many different Values, and if always the same."""

    data: list[float]
    distinct: int
    same: bool


@dataclass(frozen=True)
class Zeroed:
    """Gradients before zero_grad(), after it, and after one more pass; and whether data stayed."""

    before: list[float]
    after: list[float]
    again: list[float]
    kept: bool


def play(
    Module: Any,
    shape: Shape,
    weights: list[float],
    x: list[float],
    upstream: list[float],
    values: bool,
) -> Pass:
    """Outputs for x, then backward() on the outputs' sum, weighted with `upstream`.

    With `values` the inputs are Values, otherwise plain numbers (and `dx` is empty).
    """
    model = _build(Module, shape)
    parameters = _fill(model, weights)
    inputs: list[Any] = [type(parameters[0])(v) for v in x] if values else list(x)
    out = _outputs(model(inputs), shape)
    outputs = [number_of(o.data, f"y[{i}].data") for i, o in enumerate(out)]
    _weighted(out, upstream).backward()
    dx = [number_of(v.grad, f"x[{i}].grad") for i, v in enumerate(inputs)] if values else []
    return Pass(outputs, _grads(parameters), dx)


def inventory(Module: Any, shape: Shape, seed: int) -> Inventory:
    """What a new module's parameters() lists, twice."""
    model = _build(Module, shape, seed)
    first, second = _parameters(model), _parameters(model)
    return Inventory(
        data=[number_of(p.data, f"parameters()[{i}].data") for i, p in enumerate(first)],
        distinct=len({id(p) for p in first}),
        same=[id(p) for p in first] == [id(p) for p in second],
    )


def zero_grad(Module: Any, shape: Shape, weights: list[float], x: list[float]) -> Zeroed:
    """The parameters' gradients around a call of zero_grad()."""
    model = _build(Module, shape)
    parameters = _fill(model, weights)
    ones = [1.0] * (shape.nouts[-1] if shape.nouts else 1)
    _weighted(_outputs(model(list(x)), shape), ones).backward()
    before = _grads(parameters)
    model.zero_grad()
    after = _grads(_parameters(model))
    _weighted(_outputs(model(list(x)), shape), ones).backward()
    kept = [p.data for p in parameters] == weights
    return Zeroed(before, after, _grads(parameters), kept)


def descend(
    Module: Any,
    shape: Shape,
    weights: list[float],
    xs: list[list[float]],
    ts: list[float],
    rate: float,
    steps: int,
) -> list[float]:
    """The mean squared error before each of `steps` steps of gradient descent, and after them."""
    model = _build(Module, shape)
    parameters = _fill(model, weights)
    losses = []
    for _ in range(steps + 1):
        errors = [_outputs(model(x), shape)[0] + -t for x, t in zip(xs, ts, strict=True)]
        loss = _weighted([e * e for e in errors], [1 / len(errors)] * len(errors))
        losses.append(number_of(loss.data, "loss.data"))
        model.zero_grad()
        loss.backward()
        for p in parameters:
            p.data -= rate * p.grad
    return losses


def separate(
    MLP: Any,
    seed: int,
    points: list[tuple[float, float]],
    labels: list[int],
    asked: list[tuple[float, float]],
) -> list[float]:
    """Trains MLP(2, [16, 1]) on labelled points (±1); its answers for the points asked about.

    The hinge loss max(0, MARGIN − label·score) of batches, and Adam (D. Kingma and J. Ba, 2015),
    which depends less on lucky first weights than plain gradient descent does. Its averages are
    short, and so is the training.
    """
    model = _build(MLP, MOONS, seed)
    draw = random.Random(seed)
    parameters = _parameters(model)
    mean, square = [0.0] * len(parameters), [0.0] * len(parameters)
    for step in range(STEPS):
        batch = draw.sample(range(len(points)), BATCH)
        losses = [(_score(model, points[i]) * -labels[i] + MARGIN).relu() for i in batch]
        loss = _weighted(losses, [1 / BATCH] * BATCH)
        model.zero_grad()
        loss.backward()
        rate = RATE * (1 - 0.95 * step / STEPS)
        for i, (p, g) in enumerate(zip(parameters, _grads(parameters), strict=True)):
            mean[i] = 0.6 * mean[i] + 0.4 * g
            square[i] = 0.9 * square[i] + 0.1 * g * g
            m, v = mean[i] / (1 - 0.6 ** (step + 1)), square[i] / (1 - 0.9 ** (step + 1))
            p.data -= rate * m / (v**0.5 + 1e-8)
    return [number_of(_score(model, point).data, "model(point).data") for point in asked]


MOONS = Shape("mlp", 2, [16, 1])


STEPS, BATCH, RATE, MARGIN = 225, 4, 0.08, 0.5


def _score(model: Any, point: tuple[float, float]) -> Any:
    return _outputs(model(list(point)), MOONS)[0]


def _build(Module: Any, shape: Shape, seed: int = 0) -> Any:
    """A new module. Seeded, so that one that keeps its first weights is wrong in the same way."""
    random.seed(seed)
    options = {} if shape.nonlin else {"nonlin": False}
    if shape.kind == "neuron":
        return Module(shape.nin, **options)
    if shape.kind == "layer":
        return Module(shape.nin, shape.nouts[0], **options)
    return Module(shape.nin, list(shape.nouts))


def _parameters(model: Any) -> list[Any]:
    found = model.parameters()
    if not isinstance(found, list | tuple):
        raise BadAnswer(
            "parameters() gave None, expected a list of Values"
            if found is None
            else "parameters() gave a {kind}, expected a list of Values",
            kind=kind_of(found),
        )
    for i, p in enumerate(found):
        if not (hasattr(p, "data") and hasattr(p, "grad")):
            raise BadAnswer(
                "{what} is None, expected a Value"
                if p is None
                else "{what} is a {kind}, expected a Value",
                what=f"parameters()[{i}]",
                kind=kind_of(p),
            )
    return list(found)


def _fill(model: Any, weights: list[float]) -> list[Any]:
    """Sets the parameters, in the order in which parameters() lists them."""
    parameters = _parameters(model)
    if len(parameters) != len(weights):
        raise BadAnswer(
            "parameters() lists {count} Values, expected {expected}: "
            "each neuron's weights, then its bias",
            count=len(parameters),
            expected=len(weights),
        )
    for p, w in zip(parameters, weights, strict=True):
        p.data = w
    return parameters


def _outputs(out: Any, shape: Shape) -> list[Any]:
    """The outputs as a list. A single one may come alone or in a list."""
    due = 1 if shape.kind == "neuron" else shape.nouts[-1]
    found = list(out) if isinstance(out, list | tuple) else [out]
    if len(found) != due:
        raise BadAnswer(
            "{call} gave {count} outputs, expected {expected}",
            call=shape.call(),
            count=len(found),
            expected=due,
        )
    for o in found:
        if not (hasattr(o, "data") and hasattr(o, "grad")):
            raise BadAnswer(
                "{call} gave None, expected a Value"
                if o is None
                else "{call} gave a {kind}, expected a Value",
                call=shape.call(),
                kind=kind_of(o),
            )
    return found


def _weighted(out: list[Any], upstream: list[float]) -> Any:
    total = out[0] * upstream[0]
    for o, u in zip(out[1:], upstream[1:], strict=True):
        total = total + o * u
    return total


def _grads(parameters: list[Any]) -> list[float]:
    return [number_of(p.grad, f"parameters()[{i}].grad") for i, p in enumerate(parameters)]
