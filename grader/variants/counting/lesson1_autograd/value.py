"""Each node first learns how many gradients to wait for, and moves on when the last has arrived."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field


@dataclass(eq=False)
class Value:
    data: float
    grad: float = 0.0
    sources: list[tuple[Value, float]] = field(default_factory=list, repr=False)

    def backward(self) -> None:
        due = self._uses()
        for node in due:
            if node.sources:
                node.grad = 0.0
        self.grad = 1.0
        ready = [self]
        for node in ready:
            for source, slope in node.sources:
                source.grad += node.grad * slope
                due[source] -= 1
                if due[source] == 0:
                    ready.append(source)

    def _uses(self) -> Counter[Value]:
        """How often each node below this one is used."""
        uses: Counter[Value] = Counter()
        found = [self]
        for node in found:
            for source, _ in node.sources:
                if source not in uses:
                    found.append(source)
                uses[source] += 1
        return uses

    def __add__(self, other: Value | float) -> Value:
        other = _node(other)
        return Value(self.data + other.data, sources=[(self, 1.0), (other, 1.0)])

    def __sub__(self, other: Value | float) -> Value:
        other = _node(other)
        return Value(self.data - other.data, sources=[(self, 1.0), (other, -1.0)])

    def __mul__(self, other: Value | float) -> Value:
        if not isinstance(other, Value):
            return Value(self.data * other, sources=[(self, other)])
        return Value(self.data * other.data, sources=[(self, other.data), (other, self.data)])

    def __truediv__(self, other: Value | float) -> Value:
        return self * (other**-1)

    def __pow__(self, exponent: float) -> Value:
        if exponent == 0:
            return Value(1.0, sources=[(self, 0.0)])
        power = self.data ** (exponent - 1)
        return Value(power * self.data, sources=[(self, exponent * power)])

    def __neg__(self) -> Value:
        return 0.0 - self

    def __radd__(self, other: float) -> Value:
        return self + other

    def __rsub__(self, other: float) -> Value:
        return _node(other) - self

    def __rmul__(self, other: float) -> Value:
        return self * other

    def __rtruediv__(self, other: float) -> Value:
        return _node(other) * self**-1

    def relu(self) -> Value:
        return self * 1.0 if self.data > 0 else self * 0.0

    def tanh(self) -> Value:
        """1 - 2 / (e^(2x) + 1)"""
        return 1 - 2 / ((self * 2).exp() + 1)

    def exp(self) -> Value:
        result = math.exp(self.data)
        return Value(result, sources=[(self, result)])

    def log(self) -> Value:
        return Value(math.log(self.data), sources=[(self, 1 / self.data)])


def _node(x: Value | float) -> Value:
    return x if isinstance(x, Value) else Value(x)
