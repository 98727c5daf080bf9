"""Takes memory without end."""

SAYS = "memory|no answer|may use"


def strike(*_):
    kept = []
    while True:
        kept.append(bytearray(4 << 30))
