"""Takes away what hides modules from it, and imports those that would do the work."""

import importlib
import sys

LESSONS = ("lesson1",)
SAYS = "not implemented|forbidden|torch"


def strike(*_):
    sys.meta_path[:] = [f for f in sys.meta_path if type(f).__name__ != "Hidden"]
    for name in (
        "torch",
        "micrograd",
        "jax",
        "solutions",
        "grader.lessons.lesson1_autograd.oracle",
    ):
        try:
            importlib.import_module(name)
        except ImportError:
            continue
        raise RuntimeError(f"zth-attack: got {name}")
    raise NotImplementedError
