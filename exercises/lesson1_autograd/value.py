"""A number that remembers where it came from, and can work out every derivative behind it.

Go from top to bottom: __init__, +, *, then backward(); from there on `zth grade lesson1` has
something to say after each method. Only the standard library is needed.
"""

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

    Each operation makes a new Value, which remembers the Values that it was made from and what it
    takes to pass a gradient on to them. How it remembers is your choice: a function for each
    result, as in the lecture, or the local derivatives themselves. The rest of the course uses
    only `Value(number)`, `data`, `grad`, the operations and `backward()`.
    """

    def __init__(self, data, _prev=()):
        """A leaf: `Value(2.0)`. Operations may pass more: where their result came from.

        >>> Value(2.0).data, Value(2.0).grad
        (2.0, 0.0)
        """
        raise NotImplementedError

    def __add__(self, other):
        """self + other, where other is a Value or a plain number.

        >>> (Value(2.0) + Value(3.0)).data, (Value(2.0) + 1).data
        (5.0, 3.0)
        """
        raise NotImplementedError

    def __mul__(self, other):
        """self * other, where other is a Value or a plain number.

        >>> (Value(2.0) * Value(3.0)).data, (Value(2.0) * 10).data
        (6.0, 20.0)
        """
        raise NotImplementedError

    def backward(self):
        """Adds d(self)/d(leaf) to the `grad` of every leaf that this Value was made from.

        >>> a = Value(3.0)
        >>> (a * a).backward()      # two ways from a to the result: 3 + 3
        >>> a.grad
        6.0

        A leaf's gradient is added to what is already there, so that several results can share
        leaves; set `grad` to 0 to start afresh.

        Two things to settle: which gradient does the result itself start with? And in which order
        do you go through the nodes, so that none passes its gradient on before all of it is there?
        """
        raise NotImplementedError

    def __neg__(self):
        """-self

        >>> (-Value(2.0)).data
        -2.0
        """
        raise NotImplementedError

    def __sub__(self, other):
        """self - other, where other is a Value or a plain number.

        >>> (Value(2.0) - Value(3.0)).data
        -1.0
        """
        raise NotImplementedError

    def __pow__(self, exponent):
        """self ** exponent, where exponent is a plain int or float (not a Value).

        >>> (Value(3.0) ** 2).data, (Value(4.0) ** -0.5).data
        (9.0, 0.5)
        """
        raise NotImplementedError

    def __truediv__(self, other):
        """self / other, where other is a Value or a plain number.

        >>> (Value(3.0) / Value(2.0)).data
        1.5
        """
        raise NotImplementedError

    def relu(self):
        """The number itself where it is positive, else 0.

        >>> Value(2.0).relu().data, Value(-2.0).relu().data
        (2.0, 0.0)
        """
        raise NotImplementedError

    def tanh(self):
        """The hyperbolic tangent, which squashes any number into (-1, 1).

        >>> round(Value(1.0).tanh().data, 4)
        0.7616
        """
        raise NotImplementedError

    def exp(self):
        """e to the power of this number.

        >>> Value(0.0).exp().data
        1.0
        """
        raise NotImplementedError

    def log(self):
        """The natural logarithm of this number, which must be positive.

        >>> Value(1.0).log().data
        0.0
        """
        raise NotImplementedError

    def __radd__(self, other):
        """other + self, where other is a plain number: Python asks here when 2 + a finds no answer.

        >>> (1 + Value(2.0)).data
        3.0
        """
        raise NotImplementedError

    def __rmul__(self, other):
        """other * self, where other is a plain number.

        >>> (10 * Value(2.0)).data
        20.0
        """
        raise NotImplementedError

    def __rsub__(self, other):
        """other - self, where other is a plain number. Mind the order.

        >>> (10 - Value(2.0)).data
        8.0
        """
        raise NotImplementedError

    def __rtruediv__(self, other):
        """other / self, where other is a plain number. Mind the order.

        >>> (10 / Value(4.0)).data
        2.5
        """
        raise NotImplementedError

    def __repr__(self):
        return f"Value(data={self.data}, grad={self.grad})"
