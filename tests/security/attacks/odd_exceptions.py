"""Raises what no handler of errors expects, in turn."""

import itertools

SAYS = "KeyboardInterrupt|GeneratorExit|Stop|Group|Base"
TURN = itertools.count()


class Base(BaseException):
    __slots__ = ()


def strike(*_):
    group = BaseExceptionGroup("Group", [KeyboardInterrupt()])
    strange = (
        KeyboardInterrupt(),
        GeneratorExit(),
        StopIteration(1),
        group,
        Base(),
        StopAsyncIteration(),
    )
    raise strange[next(TURN) % len(strange)]
