"""Switches off what makes addresses hard to guess, for all that it would start."""

import ctypes

ISOLATING = True
SAYS = "not implemented"


def strike(*_):
    for persona in (0x0040000, 0x0400000, 0x0000008):
        if ctypes.CDLL(None, use_errno=True).personality(persona) != -1:
            raise RuntimeError(f"zth-attack: got persona {persona:x}")
    raise NotImplementedError
