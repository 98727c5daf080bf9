"""One tape for everybody: operations are written down as they happen and played backwards once."""

import math
from operator import add, mul, sub, truediv

_tape = []  # (result, inputs, local derivatives)


class Value:
    def __init__(self, data):
        self.data = data
        self.grad = 0.0
        self.leaf = True

    def backward(self):
        gradients = {id(self): 1.0}
        if self.leaf:
            self.grad += 1.0
        for out, inputs, locals_ in reversed(_tape):
            gradient = gradients.get(id(out))
            if gradient is None:
                continue
            for value, local in zip(inputs, locals_, strict=True):
                if value.leaf:
                    value.grad += local * gradient
                else:
                    gradients[id(value)] = gradients.get(id(value), 0.0) + local * gradient
        _tape.clear()

    def __neg__(self):
        return _record(-self.data, [self], [-1])

    def __pow__(self, n):
        slope = 0.0 if n == 0 else n * math.pow(self.data, n - 1)
        return _record(math.pow(self.data, n), [self], [slope])

    def relu(self):
        return _record(self.data, [self], [1]) if self.data > 0 else _record(0.0, [self], [0])

    def tanh(self):
        t = math.tanh(self.data)
        return _record(t, [self], [(1 - t) * (1 + t)])

    def exp(self):
        y = math.exp(self.data)
        return _record(y, [self], [y])

    def log(self):
        return _record(math.log(self.data), [self], [self.data**-1])


def _record(data, inputs, locals_):
    out = Value(data)
    out.leaf = False
    _tape.append((out, inputs, locals_))
    return out


def _operator(name, function, slopes):
    """Defines __name__ and __rname__."""

    def forward(left, right):
        left, right = (v if isinstance(v, Value) else Value(v) for v in (left, right))
        data = function(left.data, right.data)
        return _record(data, [left, right], slopes(left.data, right.data))

    setattr(Value, f"__{name}__", forward)
    setattr(Value, f"__r{name}__", lambda right, left: forward(left, right))


_operator("add", add, lambda _a, _b: (1, 1))
_operator("sub", sub, lambda _a, _b: (1, -1))
_operator("mul", mul, lambda a, b: (b, a))
_operator("truediv", truediv, lambda a, b: (1 / b, -a / (b * b)))
