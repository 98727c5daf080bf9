"""No sort at all: nodes are numbered as they are made, and a heap hands out the youngest first."""

import heapq
import itertools
import math

_numbers = itertools.count()


class Value:
    def __init__(self, data, inputs=()):
        self.data = float(data)
        self.grad = 0.0
        self.inputs = inputs  # (Value, local derivative) pairs
        self.age = -next(_numbers)

    @staticmethod
    def lift(x):
        return x if isinstance(x, Value) else Value(x)

    def __lt__(self, other):
        return self.age < other.age

    def __add__(self, other):
        other = Value.lift(other)
        return Value(self.data + other.data, ((self, 1), (other, 1)))

    def __mul__(self, other):
        other = Value.lift(other)
        return Value(self.data * other.data, ((self, other.data), (other, self.data)))

    def __pow__(self, n):
        if n == 0:
            return Value(1.0, ((self, 0.0),))
        return Value(self.data**n, ((self, n * self.data ** (n - 1)),))

    def __neg__(self):
        return Value(-self.data, ((self, -1),))

    def __sub__(self, other):
        return self + -Value.lift(other)

    def __truediv__(self, other):
        return self * Value.lift(other) ** -1

    def __rsub__(self, other):
        return Value.lift(other) - self

    def __rtruediv__(self, other):
        return Value.lift(other) / self

    __radd__ = __add__
    __rmul__ = __mul__

    def relu(self):
        return Value(max(self.data, 0.0), ((self, 1.0 if self.data > 0 else 0.0),))

    def tanh(self):
        return Value(math.tanh(self.data), ((self, 1 / math.cosh(self.data) ** 2),))

    def exp(self):
        e = math.exp(self.data)
        return Value(e, ((self, e),))

    def log(self):
        return Value(math.log(self.data), ((self, 1 / self.data),))

    def backward(self):
        arrived = {self: 1.0}
        heap = [self]
        while heap:
            node = heapq.heappop(heap)
            gradient = arrived.pop(node)
            node.grad = node.grad + gradient if not node.inputs else gradient
            for value, local in node.inputs:
                if value not in arrived:
                    arrived[value] = 0.0
                    heapq.heappush(heap, value)
                arrived[value] += local * gradient
