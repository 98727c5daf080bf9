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
        raise NotImplementedError


class Neuron(Module):
    """One neuron: relu(w[0]*x[0] + w[1]*x[1] + … + b), or without the relu when `nonlin` is False.

    The weights start at random between -1 and 1 (`random.uniform`), the bias at 0.
    """

    def __init__(self, nin, nonlin=True):
        """A neuron with `nin` inputs."""
        raise NotImplementedError

    def __call__(self, x):
        """The neuron's answer, a Value, to a list of `nin` numbers or Values.

        >>> neuron = Neuron(2)
        >>> neuron.w[0].data, neuron.w[1].data, neuron.b.data = 1.0, -2.0, 0.5
        >>> neuron([3.0, 1.0]).data         # 1*3 - 2*1 + 0.5
        1.5
        """
        raise NotImplementedError

    def parameters(self):
        """The weights, in the order of the inputs, then the bias.

        >>> len(Neuron(3).parameters())
        4
        """
        raise NotImplementedError


class Layer(Module):
    """`nout` neurons side by side, each with its own weights, all looking at the same input."""

    def __init__(self, nin, nout, **kwargs):
        """`nout` neurons with `nin` inputs each; `nonlin`, where given, goes to each."""
        raise NotImplementedError

    def __call__(self, x):
        """The list of the neurons' answers; of a layer with one neuron, the answer itself.

        >>> len(Layer(2, 3)([1.0, -1.0]))
        3
        """
        raise NotImplementedError

    def parameters(self):
        """The first neuron's parameters, then the second's, and so on.

        >>> len(Layer(2, 3).parameters())           # 3 neurons, each 2 weights and a bias
        9
        """
        raise NotImplementedError


class MLP(Module):
    """Layers in a row, each fed with the answers of the one before.

    All layers but the last have the relu; the last is linear, so the result can be any number.
    """

    def __init__(self, nin, nouts):
        """A network with `nin` inputs and layers of the sizes in the list `nouts`.

        >>> [len(layer.neurons) for layer in MLP(2, [4, 3, 1]).layers]
        [4, 3, 1]
        """
        raise NotImplementedError

    def __call__(self, x):
        """The network's answer to a list of `nin` numbers or Values.

        A list of Values, or a single Value when the last layer has one neuron.

        >>> type(MLP(2, [4, 1])([1.0, -1.0])).__name__
        'Value'
        """
        raise NotImplementedError

    def parameters(self):
        """The first layer's parameters, then the second's, and so on.

        >>> len(MLP(2, [4, 1]).parameters())        # (2 + 1) * 4 + (4 + 1) * 1
        17
        """
        raise NotImplementedError
