"""Raises an error whose class, function and file are named so as to deceive who reads of it."""

SAYS = "Error|passed|PASSED"
NAME = "PASSED\x1b[2J\u202e<img src=x onerror=alert(1)>[a](javascript:1)|=cmd|'/c calc'!A1\r\n\t"


def strike(*_):
    kind = type(NAME, (Exception,), {"__module__": NAME, "__qualname__": NAME})
    code = compile("def f(kind): raise kind(kind.__name__)", NAME, "exec")
    space = {}
    exec(code, space)
    space["f"].__code__ = space["f"].__code__.replace(co_name=NAME, co_filename=NAME)
    space["f"](kind)
