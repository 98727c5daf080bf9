"""Functions that build lists, and one class that is a neuron, a layer or a network."""

import random

from .value import Value


def neuron(nin):
    return [Value(random.random() * 2.0 - 1.0) for _ in range(nin)], Value(0.0)


def answer(wb, x, nonlin):
    w, y = wb
    for i, xi in enumerate(x):
        y = w[i] * xi + y
    return y.relu() if nonlin else y


class _Net:
    layers = ()

    def __call__(self, x):
        for rows, nonlin in self.layers:
            x = [answer(row, x, nonlin) for row in rows]
        return x if len(x) != 1 else x[0]

    def parameters(self):
        found = []
        for rows, _ in self.layers:
            for w, b in rows:
                found += w
                found.append(b)
        return found

    def zero_grad(self):
        for p in self.parameters():
            p.grad -= p.grad


class Layer(_Net):
    def __init__(self, nin, nout, nonlin=True):
        self.layers = [([neuron(nin) for _ in range(nout)], nonlin)]


class Neuron(Layer):
    def __init__(self, nin, nonlin=True):
        super().__init__(nin, 1, nonlin)


class MLP(_Net):
    def __init__(self, nin, nouts):
        self.layers = []
        for i, nout in enumerate(nouts, start=1):
            self.layers.append(([neuron(nin) for _ in range(nout)], i < len(nouts)))
            nin = nout
