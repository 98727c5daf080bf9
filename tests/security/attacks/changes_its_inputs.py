"""Overwrites what it is given."""

SAYS = "changed in place|not implemented"


def strike(*arguments):
    for argument in arguments:
        for name in ("zero_", "clear"):
            if hasattr(argument, name):
                getattr(getattr(argument, "data", argument), name)()
    raise NotImplementedError
