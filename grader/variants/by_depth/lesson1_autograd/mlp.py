"""Dataclasses, sums in pairs, and shapes that are worked out as late as possible."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from .value import Value


def total(terms):
    """The sum of a list, half by half."""
    middle = len(terms) // 2
    return total(terms[:middle]) + total(terms[middle:]) if middle else terms[0]


class Trainable:
    def zero_grad(self) -> None:
        for p in self.parameters():
            p.grad = 0


@dataclass
class Neuron(Trainable):
    nin: int
    nonlin: bool = True
    values: list[Value] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.values = [Value(random.uniform(-1, 1)) for _ in range(self.nin)]
        self.values.append(Value(0.0))

    def __call__(self, x) -> Value:
        *weights, bias = self.values
        terms = [weights[i] * x[i] for i in reversed(range(self.nin))]
        y = total([*terms, bias])
        return y.relu() if self.nonlin else y

    def parameters(self) -> list[Value]:
        return self.values[:]


@dataclass
class Layer(Trainable):
    nin: int
    nout: int
    nonlin: bool = True

    def __post_init__(self) -> None:
        self.neurons = tuple(Neuron(self.nin, self.nonlin) for _ in range(self.nout))

    def __call__(self, x):
        first, *rest = (neuron(x) for neuron in self.neurons)
        return [first, *rest] if rest else first

    def parameters(self) -> list[Value]:
        found: list[Value] = []
        for neuron in self.neurons:
            found += neuron.parameters()
        return found


class MLP(Trainable):
    def __init__(self, nin, nouts):
        *hidden, last = nouts
        self.layers = []
        for n in hidden:
            self.layers.append(Layer(nin, n))
            nin = n
        self.layers.append(Layer(nin, last, nonlin=False))

    def __call__(self, x):
        *hidden, last = self.layers
        for layer in hidden:
            y = layer(x)
            x = y if isinstance(y, list) else [y]
        return last(x)

    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]
