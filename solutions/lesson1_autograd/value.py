"""A number that remembers where it came from, and can work out every derivative behind it."""

import math


class Value:
    """A number in a computation, with the gradient of the final result with respect to it.

    Calculate with Values as with floats, then call `backward()` on the result:

        >>> a = Value(2.0)
        >>> b = Value(-3.0)
        >>> c = a * b + a
        >>> c.data
        -4.0
        >>> c.backward()
        >>> a.grad, b.grad          # dc/da = b + 1, dc/db = a
        (-2.0, 2.0)

    Each operation makes a new Value. It stores the number, the Values it was made from, and the
    local derivative for each of those: how fast the new number grows when that one alone grows.
    """

    __slots__ = ("_local", "_op", "_prev", "data", "grad")

    def __init__(self, data, _prev=(), _local=(), _op=""):
        """A leaf: `Value(2.0)`. Operations may pass more: where their result came from.

        >>> Value(2.0).data, Value(2.0).grad
        (2.0, 0.0)
        """
        self.data = data
        self.grad = 0.0
        self._prev = _prev  # the Values this one was made from
        self._local = _local  # d(this)/d(each of them)
        self._op = _op  # what made it, for drawings of the graph

    def __add__(self, other):
        """self + other, where other is a Value or a plain number.

        >>> (Value(2.0) + Value(3.0)).data, (Value(2.0) + 1).data
        (5.0, 3.0)
        """
        if not isinstance(other, Value):
            other = Value(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0), "+")

    def __mul__(self, other):
        """self * other, where other is a Value or a plain number.

        >>> (Value(2.0) * Value(3.0)).data, (Value(2.0) * 10).data
        (6.0, 20.0)
        """
        if not isinstance(other, Value):
            other = Value(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data), "*")

    def backward(self):
        """Adds d(self)/d(leaf) to the `grad` of every leaf that this Value was made from.

        >>> a = Value(3.0)
        >>> (a * a).backward()      # two ways from a to the result: 3 + 3
        >>> a.grad
        6.0

        A leaf's gradient is added to what is already there, so that several results can share
        leaves; set `grad` to 0 to start afresh.
        """
        order = self._topological()
        for node in order:
            if node._prev:
                node.grad = 0.0  # an earlier backward() may have come through here
        self.grad = 1.0
        for node in reversed(order):
            grad = node.grad
            for parent, local in zip(node._prev, node._local, strict=True):
                parent.grad += local * grad

    def _topological(self):
        """All that this Value was made from, then itself; each after everything it was made from.

        The same walk as a recursive depth-first search, with a list for the stack, so that a
        graph may be a million nodes deep.
        """
        order, seen, stack = [], set(), [self]
        while stack:
            node = stack.pop()
            if node is None:  # all that the node below this mark was made from is in order
                order.append(stack.pop())
            elif node not in seen:
                seen.add(node)
                stack += [node, None]
                stack += node._prev
        return order

    def __neg__(self):
        """-self

        >>> (-Value(2.0)).data
        -2.0
        """
        return Value(-self.data, (self,), (-1.0,), "neg")

    def __sub__(self, other):
        """self - other, where other is a Value or a plain number.

        >>> (Value(2.0) - Value(3.0)).data
        -1.0
        """
        if not isinstance(other, Value):
            other = Value(other)
        return Value(self.data - other.data, (self, other), (1.0, -1.0), "-")

    def __pow__(self, exponent):
        """self ** exponent, where exponent is a plain int or float (not a Value).

        >>> (Value(3.0) ** 2).data, (Value(4.0) ** -0.5).data
        (9.0, 0.5)
        """
        local = exponent * self.data ** (exponent - 1) if exponent else 0.0
        return Value(self.data**exponent, (self,), (local,), f"**{exponent}")

    def __truediv__(self, other):
        """self / other, where other is a Value or a plain number.

        >>> (Value(3.0) / Value(2.0)).data
        1.5
        """
        if not isinstance(other, Value):
            other = Value(other)
        out = self.data / other.data
        return Value(out, (self, other), (1.0 / other.data, -out / other.data), "/")

    def relu(self):
        """The number itself where it is positive, else 0.

        >>> Value(2.0).relu().data, Value(-2.0).relu().data
        (2.0, 0.0)
        """
        positive = self.data > 0
        return Value(self.data if positive else 0.0, (self,), (float(positive),), "relu")

    def tanh(self):
        """The hyperbolic tangent, which squashes any number into (-1, 1).

        >>> round(Value(1.0).tanh().data, 4)
        0.7616
        """
        out = math.tanh(self.data)
        return Value(out, (self,), (1.0 - out * out,), "tanh")

    def exp(self):
        """e to the power of this number.

        >>> Value(0.0).exp().data
        1.0
        """
        out = math.exp(self.data)
        return Value(out, (self,), (out,), "exp")

    def log(self):
        """The natural logarithm of this number, which must be positive.

        >>> Value(1.0).log().data
        0.0
        """
        return Value(math.log(self.data), (self,), (1.0 / self.data,), "log")

    def __radd__(self, other):
        """other + self, where other is a plain number: Python asks here when 2 + a finds no answer.

        >>> (1 + Value(2.0)).data
        3.0
        """
        return self + other

    def __rmul__(self, other):
        """other * self, where other is a plain number.

        >>> (10 * Value(2.0)).data
        20.0
        """
        return self * other

    def __rsub__(self, other):
        """other - self, where other is a plain number. Mind the order.

        >>> (10 - Value(2.0)).data
        8.0
        """
        return Value(other) - self

    def __rtruediv__(self, other):
        """other / self, where other is a plain number. Mind the order.

        >>> (10 / Value(4.0)).data
        2.5
        """
        return Value(other) / self

    def __repr__(self):
        return f"Value(data={self.data}, grad={self.grad})"
