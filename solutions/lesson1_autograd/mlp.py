"""A multi-layer perceptron made of single Values: neurons, layers, and the whole."""

import random

from .value import Value


class Module:
    """What a neuron, a layer and a network have in common: parameters."""

    def parameters(self):
        """The list of all Values that training may change."""
        return []

    def zero_grad(self):
        """Sets the gradient of every parameter to 0, before the next backward().

        >>> neuron = Neuron(2)
        >>> neuron([1.0, 2.0]).backward()
        >>> neuron.zero_grad()
        >>> [p.grad for p in neuron.parameters()]
        [0.0, 0.0, 0.0]
        """
        for p in self.parameters():
            p.grad = 0.0


class Neuron(Module):
    """One neuron: relu(w[0]*x[0] + w[1]*x[1] + … + b), or without the relu when `nonlin` is False.

    The weights start at random between -1 and 1 (`random.uniform`), the bias at 0.
    """

    def __init__(self, nin, nonlin=True):
        """A neuron with `nin` inputs."""
        self.w = [Value(random.uniform(-1, 1)) for _ in range(nin)]
        self.b = Value(0.0)
        self.nonlin = nonlin

    def __call__(self, x):
        """The neuron's answer, a Value, to a list of `nin` numbers or Values.

        >>> neuron = Neuron(2)
        >>> neuron.w[0].data, neuron.w[1].data, neuron.b.data = 1.0, -2.0, 0.5
        >>> neuron([3.0, 1.0]).data         # 1*3 - 2*1 + 0.5
        1.5
        """
        act = self.b
        for wi, xi in zip(self.w, x, strict=True):
            act = act + wi * xi
        return act.relu() if self.nonlin else act

    def parameters(self):
        """The weights, in the order of the inputs, then the bias.

        >>> len(Neuron(3).parameters())
        4
        """
        return [*self.w, self.b]


class Layer(Module):
    """`nout` neurons side by side, each with its own weights, all looking at the same input."""

    def __init__(self, nin, nout, **kwargs):
        """`nout` neurons with `nin` inputs each; `nonlin`, where given, goes to each."""
        self.neurons = [Neuron(nin, **kwargs) for _ in range(nout)]

    def __call__(self, x):
        """The list of the neurons' answers; of a layer with one neuron, the answer itself.

        >>> len(Layer(2, 3)([1.0, -1.0]))
        3
        """
        out = [neuron(x) for neuron in self.neurons]
        return out[0] if len(out) == 1 else out

    def parameters(self):
        """The first neuron's parameters, then the second's, and so on.

        >>> len(Layer(2, 3).parameters())           # 3 neurons, each 2 weights and a bias
        9
        """
        return [p for neuron in self.neurons for p in neuron.parameters()]


class MLP(Module):
    """Layers in a row, each fed with the answers of the one before.

    All layers but the last have the relu; the last is linear, so the result can be any number.
    """

    def __init__(self, nin, nouts):
        """A network with `nin` inputs and layers of the sizes in the list `nouts`.

        >>> [len(layer.neurons) for layer in MLP(2, [4, 3, 1]).layers]
        [4, 3, 1]
        """
        sizes = [nin, *nouts]
        last = len(nouts) - 1
        self.layers = [Layer(sizes[i], sizes[i + 1], nonlin=(i != last)) for i in range(len(nouts))]

    def __call__(self, x):
        """The network's answer to a list of `nin` numbers or Values.

        A list of Values, or a single Value when the last layer has one neuron.

        >>> type(MLP(2, [4, 1])([1.0, -1.0])).__name__
        'Value'
        """
        for layer in self.layers:
            x = layer([x] if isinstance(x, Value) else x)  # a layer of one neuron answers a Value
        return x

    def parameters(self):
        """The first layer's parameters, then the second's, and so on.

        >>> len(MLP(2, [4, 1]).parameters())        # (2 + 1) * 4 + (4 + 1) * 1
        17
        """
        return [p for layer in self.layers for p in layer.parameters()]
