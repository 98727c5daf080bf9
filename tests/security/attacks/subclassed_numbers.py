"""Gives numbers that are floats to those who ask, and something else when they are converted."""

LESSONS = ("lesson1",)
SAYS = "is wrong|expected|__float__|Sly"


class Sly(float):
    def __float__(self):
        return float("nan")

    def __eq__(self, _):
        return True

    __hash__ = float.__hash__
    __le__ = __lt__ = __ge__ = __gt__ = __eq__


class Value:
    def __init__(self, *_):
        self.data = self.grad = Sly(0)

    def backward(self):
        return None

    def __add__(self, *_):
        return self

    __mul__ = __radd__ = __rmul__ = __neg__ = __sub__ = __rsub__ = __pow__ = __add__
    __truediv__ = __rtruediv__ = relu = tanh = exp = log = __add__


def after(space):
    space["Value"] = Value
