"""Computes for ever, and catches whatever would stop it."""

SAYS = "no answer"


def strike(*_):
    while True:
        try:
            while True:
                pass
        except BaseException:
            continue
