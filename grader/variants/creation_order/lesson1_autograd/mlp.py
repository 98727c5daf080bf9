"""One flat list of parameters, cut up at each call."""

from itertools import pairwise
from random import random

from .value import Value


class Net:
    def __init__(self, sizes, relu):
        self.sizes, self.relu = sizes, relu
        self.flat = []
        for nin, nout in pairwise(sizes):
            for _ in range(nout):
                self.flat += [Value(2 * random() - 1) for _ in range(nin)] + [Value(0)]

    def parameters(self):
        return self.flat

    def zero_grad(self):
        for p in self.flat:
            p.grad = 0

    def __call__(self, x):
        at = 0
        for (nin, nout), relu in zip(pairwise(self.sizes), self.relu, strict=True):
            answers = []
            for _ in range(nout):
                total = self.flat[at + nin]
                for i in range(nin):
                    total = total + x[i] * self.flat[at + i]
                answers.append(total.relu() if relu else total)
                at += nin + 1
            x = answers
        return x if len(x) > 1 else x[0]


class Neuron(Net):
    def __init__(self, nin, nonlin=True):
        super().__init__([nin, 1], [nonlin])


class Layer(Net):
    def __init__(self, nin, nout, nonlin=True):
        super().__init__([nin, nout], [nonlin])


class MLP(Net):
    def __init__(self, nin, nouts):
        super().__init__([nin, *nouts], [True] * (len(nouts) - 1) + [False])
