"""Gives NaN for everything, which no comparison calls wrong."""

SAYS = "nan|NaN|infinity|expected|wrong"


class Value:
    data = grad = float("nan")

    def __init__(self, *_):
        pass

    def __add__(self, *_):
        return self

    __mul__ = __radd__ = __rmul__ = __neg__ = __sub__ = __rsub__ = __pow__ = __add__
    __truediv__ = __rtruediv__ = relu = tanh = exp = log = backward = __add__


def strike(*arguments):
    return arguments[0] * float("nan")


def after(space):
    if "Value" in space:
        space["Value"] = Value
    if "LayerNorm" in space:
        nn = space["nn"]
        made = {"__init__": built, "forward": lambda self, x: self.weight * x * float("nan")}
        space["LayerNorm"] = type("LayerNorm", (nn.Module,), made)


def built(self, ndim, bias=True):
    import torch

    super(type(self), self).__init__()
    self.weight = torch.nn.Parameter(torch.ones(ndim))
    self.bias = torch.nn.Parameter(torch.zeros(ndim)) if bias else None
