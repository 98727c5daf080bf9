"""Complex numbers: backward() runs the whole graph once for each leaf, a tiny step beside the axis.

No derivative stands here; the imaginary part is one.
"""

import cmath

STEP = 1e-150


class Value:
    def __init__(self, data, function=None, inputs=()):
        self.data = data
        self.grad = 0.0
        self.function, self.inputs = function, inputs

    def order(self):
        """All nodes below this one, each after its inputs."""
        found, todo = {}, [(self, iter(self.inputs))]
        while todo:
            node, rest = todo[-1]
            below = next((v for v in rest if v not in found), None)
            if below is not None:
                todo.append((below, iter(below.inputs)))
            else:
                found[node] = None
                todo.pop()
        return list(found)

    def backward(self):
        nodes = self.order()
        leaves = [node for node in nodes if node.function is None]
        for moved in leaves:
            at = {leaf: complex(leaf.data, STEP if leaf is moved else 0.0) for leaf in leaves}
            for node in nodes:
                if node.function is not None:
                    at[node] = node.function(*[at[v] for v in node.inputs])
            moved.grad += at[self].imag / STEP

    def __add__(self, other):
        return made(lambda a, b: a + b, self, other)

    def __radd__(self, other):
        return made(lambda a: other + a, self)

    def __sub__(self, other):
        return made(lambda a, b: a - b, self, other)

    def __rsub__(self, other):
        return made(lambda a: other - a, self)

    def __mul__(self, other):
        return made(lambda a, b: a * b, self, other)

    def __rmul__(self, other):
        return made(lambda a: other * a, self)

    def __truediv__(self, other):
        return made(lambda a, b: a / b, self, other)

    def __rtruediv__(self, other):
        return made(lambda a: other / a, self)

    def __neg__(self):
        return made(lambda a: -a, self)

    def __pow__(self, n):
        return made(lambda a: a**n, self)

    def relu(self):
        return made(lambda a: a if a.real > 0 else 0j, self)

    def tanh(self):
        return made(cmath.tanh, self)

    def exp(self):
        return made(cmath.exp, self)

    def log(self):
        return made(cmath.log, self)


def made(function, *inputs):
    """What a function makes of Values and plain numbers; the latter become part of it."""
    if not isinstance(inputs[-1], Value):
        a, number = inputs
        return made(lambda z: function(z, number), a)
    return Value(function(*[complex(v.data) for v in inputs]).real, function, inputs)
