"""Each node knows how deep it lies; backward() empties the depths one by one, from the top.

Everything is made of five operations: sums, products, powers, exp and log.
"""

import math
from collections import defaultdict


class Value:
    def __init__(self, data, made_of=()):
        self.data, self.grad = data, 0.0
        self.made_of = made_of
        self.depth = 1 + max([v.depth for v, _ in made_of], default=0)

    def backward(self):
        pending = defaultdict(dict)  # by depth: what has arrived at each node
        pending[self.depth][self] = 1.0
        for depth in range(self.depth, 0, -1):
            for node, gradient in pending.pop(depth, {}).items():
                if not node.made_of:
                    node.grad += gradient
                    continue
                node.grad = gradient
                for v, slope in node.made_of:
                    below = pending[v.depth]
                    below[v] = below.get(v, 0.0) + slope() * gradient

    def __add__(self, other):
        other = value(other)
        return Value(self.data + other.data, ((self, one), (other, one)))

    def __mul__(self, other):
        other = value(other)
        a, b = self.data, other.data
        return Value(a * b, ((self, lambda: b), (other, lambda: a)))

    def __pow__(self, n):
        x = self.data
        if n == 2:
            return self * self
        return Value(math.pow(x, n), ((self, lambda: n * math.pow(x, n - 1) if n else 0.0),))

    def exp(self):
        y = math.exp(self.data)
        return Value(y, ((self, lambda: y),))

    def log(self):
        x = self.data
        return Value(math.log(x), ((self, lambda: 1 / x),))

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return -(-self + other)

    def __truediv__(self, other):
        return self * value(other) ** -1

    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, other):
        return -self + other

    def __rtruediv__(self, other):
        return self**-1 * other

    def relu(self):
        return (self + abs(self)) * 0.5

    def __abs__(self):
        return self if self.data >= 0 else -self

    def tanh(self):
        """(1 − e) / (1 + e), for e = exp(−2 |x|), with the sign of x."""
        e = (abs(self) * -2.0).exp()
        t = (1.0 - e) / (1.0 + e)
        return t if self.data >= 0 else -t


def one():
    return 1.0


def value(x):
    return x if isinstance(x, Value) else Value(float(x))
