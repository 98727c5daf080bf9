"""Raises errors that raise another error when they are asked what they are."""

import itertools

SAYS = "Silent|ended|Mute|Sealed"
TURN = itertools.count()


class Silent(Exception):
    def __str__(self):
        raise SystemExit(0)


class Mute(Exception):
    def __str__(self):
        return None


class Sealed(SyntaxError):
    @property
    def msg(self):
        raise Silent

    __traceback__ = filename = lineno = msg


def strike(*_):
    raise (Silent, Mute, Sealed)[next(TURN) % 3]
