"""No graph: each result carries its derivatives by all leaves, and backward() hands them out.

Forward mode, so there is nothing to sort and nothing to walk.
"""

import math


class Value:
    def __init__(self, data, slopes=None):
        self.data = data
        self.grad = 0.0
        self.slopes = {self: 1.0} if slopes is None else slopes  # d(this)/d(leaf), leaf by leaf

    def backward(self):
        for leaf, slope in self.slopes.items():
            leaf.grad += slope

    def _then(self, data, slope):
        """A function of this Value alone."""
        return Value(data, {leaf: slope * s for leaf, s in self.slopes.items()})

    def _with(self, other, data, mine, theirs):
        """A function of two Values, or of this one and a plain number."""
        made = {leaf: mine * s for leaf, s in self.slopes.items()}
        if isinstance(other, Value):
            for leaf, s in other.slopes.items():
                made[leaf] = made.get(leaf, 0.0) + theirs * s
        return Value(data, made)

    def __add__(self, other):
        return self._with(other, self.data + number(other), 1.0, 1.0)

    def __sub__(self, other):
        return self._with(other, self.data - number(other), 1.0, -1.0)

    def __rsub__(self, other):
        return self._with(other, other - self.data, -1.0, 0.0)

    def __mul__(self, other):
        x = number(other)
        return self._with(other, self.data * x, x, self.data)

    def __truediv__(self, other):
        x = number(other)
        return self._with(other, self.data / x, 1.0 / x, -self.data / x**2)

    def __rtruediv__(self, other):
        y = other / self.data
        return self._then(y, -y / self.data)

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self):
        return self._then(-self.data, -1.0)

    def __pow__(self, n):
        return self._then(self.data**n, n * self.data ** (n - 1) if n != 0 else 0.0)

    def relu(self):
        return self if self.data > 0 else self._then(0.0, 0.0)

    def tanh(self):
        """By expm1, which is exact where the number is small."""
        e = math.expm1(-2.0 * abs(self.data))
        t = math.copysign(-e / (e + 2.0), self.data)
        return self._then(t, 1.0 - t * t)

    def exp(self):
        y = math.e**self.data
        return self._then(y, y)

    def log(self):
        return self._then(math.log(self.data), 1.0 / self.data)


def number(x):
    return x.data if isinstance(x, Value) else x
