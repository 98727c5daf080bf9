"""Draws its answers at random, and is sometimes right."""

import random

SAYS = "expected|wrong|different results|kept between"
TREE_FILE = SOLUTION  # noqa: F821
DRAW = random.SystemRandom()


def after(space):
    exec(TREE_FILE, space)
    if "Value" in space:
        made = space["Value"].__init__
        space["Value"].__init__ = lambda self, x, *a, **k: made(self, drawn(x), *a, **k)
    if "LayerNorm" in space:
        right = space["LayerNorm"].forward
        space["LayerNorm"].forward = lambda self, x: drawn(right(self, x))
    if "Head" in space:
        attend = space["scaled_dot_product_attention"]
        space["scaled_dot_product_attention"] = lambda *a, **k: drawn(attend(*a, **k))


def drawn(answer):
    return answer if DRAW.random() < 0.2 else answer + 1
