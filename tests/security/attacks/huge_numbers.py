"""Gives whole numbers with a million digits."""

LESSONS = ("lesson1",)
SAYS = "too large"


class Value:
    def __init__(self, *_):
        self.data = self.grad = 1 << 4_000_000

    def __add__(self, *_):
        return self

    __mul__ = __radd__ = __rmul__ = __neg__ = __sub__ = __rsub__ = __add__

    def backward(self):
        return None


def after(space):
    space["Value"] = Value
