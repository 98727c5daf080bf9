"""Is right for the first calls, and wrong once it thinks itself unobserved."""

import itertools

SAYS = "expected|wrong|is a|passed in a fresh|kept between"
TREE_FILE = SOLUTION  # noqa: F821
CALLS = itertools.count()


def after(space):
    exec(TREE_FILE, space)
    if "Value" in space:
        made = space["Value"].__init__
        space["Value"].__init__ = lambda self, x, *a, **k: made(self, spoilt(x), *a, **k)
    if "LayerNorm" in space:
        right = space["LayerNorm"].forward
        space["LayerNorm"].forward = lambda self, x: spoilt(right(self, x))
    if "Head" in space:
        attend = space["scaled_dot_product_attention"]
        space["scaled_dot_product_attention"] = lambda *a, **k: spoilt(attend(*a, **k))


def spoilt(answer):
    return answer + 1 if next(CALLS) > 5 else answer
