"""Returns an object that is equal to everything, and has every attribute."""

SAYS = "is a Liar|Liar"


class Liar(float):
    __eq__ = __le__ = __lt__ = __ge__ = __gt__ = lambda self, other: True
    __ne__ = lambda self, other: False
    __hash__ = float.__hash__

    def __getattr__(self, name):
        return Liar()


def strike(*_):
    return Liar()
