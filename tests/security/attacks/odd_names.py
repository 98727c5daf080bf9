"""Has files beside it whose names collide, turn the text round, and are formulas or no text."""

SAYS = "not implemented"


def strike(*_):
    raise NotImplementedError


def plant(folder, file, clone):
    import os

    odd = ("VALUE.PY", "Value.py", "\u0065\u0301.py", "\u00e9.py", "\u202egnp.py", "-rf.py")
    odd += ("=1+1.py", "a\nb.py", "\x1b[2J.py", "<script>.py", "con.py", " .py", "..py")
    odd += ("x" * 250 + ".py",)
    for name in odd:
        (folder / name).write_text("raise SystemExit(0)")
    with open(os.fsencode(folder) + b"/\xff\xfe.py", "w") as stream:
        stream.write("raise SystemExit(0)")
