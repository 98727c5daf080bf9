"""With functools, and a Layer that is itself the list of its neurons."""

import random
from functools import reduce
from itertools import chain, pairwise

from .value import Value


class Neuron:
    def __init__(self, nin, nonlin=True):
        self.weights_and_bias = [Value(random.triangular(-1, 1)) for _ in range(nin)] + [Value(0.0)]
        self.nonlin = nonlin

    def parameters(self):
        return list(self.weights_and_bias)

    def __call__(self, x):
        inputs = [*x, 1.0]
        products = map(Value.__mul__, self.weights_and_bias, inputs)
        total = reduce(Value.__add__, products)
        return total.relu() if self.nonlin else total

    def zero_grad(self):
        for p in self.parameters():
            p.grad = 0.0


class Layer(list):
    def __init__(self, nin, nout, **options):
        super().__init__(Neuron(nin, **options) for _ in range(nout))

    def __call__(self, x):
        return [neuron(x) for neuron in self] if len(self) > 1 else self[0](x)

    def parameters(self):
        return list(chain.from_iterable(neuron.parameters() for neuron in self))

    def zero_grad(self):
        for neuron in self:
            neuron.zero_grad()


class MLP(Layer):
    def __init__(self, nin, nouts):
        sizes = [nin, *nouts]
        pairs = list(pairwise(sizes))
        list.__init__(self, (Layer(a, b) for a, b in pairs[:-1]))
        self.append(Layer(*pairs[-1], nonlin=False))

    def __call__(self, x):
        return reduce(lambda values, layer: layer(values), self, x)
