"""Layers first: a neuron is a layer of one, and a network a list of layers."""

import random

from .value import Value


class Layer:
    def __init__(self, nin, nout, nonlin=True):
        self.rows = []
        for _ in range(nout):
            weights = tuple(Value(random.uniform(-1.0, 1.0)) for _ in range(nin))
            self.rows.append((weights, Value(0.0)))
        self.nonlin = nonlin

    def all(self, x):
        for weights, bias in self.rows:
            y = sum(w * v for w, v in zip(weights, x, strict=True)) + bias
            yield y.relu() if self.nonlin else y

    def __call__(self, x):
        answers = list(self.all(x))
        return answers[0] if len(answers) == 1 else answers

    def parameters(self):
        return tuple(p for weights, bias in self.rows for p in (*weights, bias))

    def zero_grad(self):
        for p in self.parameters():
            p.grad = 0.0


class Neuron(Layer):
    def __init__(self, nin, nonlin=True):
        super().__init__(nin, 1, nonlin)


class MLP(Layer):
    def __init__(self, nin, nouts):
        self.layers = []
        for n in nouts:
            self.layers.append(Layer(nin, n))
            nin = n
        self.layers[-1].nonlin = False

    def __call__(self, x):
        for layer in self.layers:
            x = list(layer.all(x))
        return x[0] if len(x) == 1 else x

    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]
