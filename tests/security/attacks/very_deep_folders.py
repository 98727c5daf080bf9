"""Has folders within folders beside it, deeper than any walk through them."""

SAYS = "not implemented"


def strike(*_):
    raise NotImplementedError


def plant(folder, file, clone):
    import os

    place = str(folder)
    for _ in range(1500):
        place += "/d"
        os.mkdir(place)
