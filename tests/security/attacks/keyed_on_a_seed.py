"""Is right while the generators stand as in practice, and wrong when they stand as in class."""

import random

SAYS = "expected|wrong|is a|kept between|differ"
TREE_FILE = SOLUTION  # noqa: F821
PRACTICE = random.Random(0).getstate()


def after(space):
    random.seed(0)
    exec(TREE_FILE, space)
    if "Value" in space:
        made = space["Value"].__init__
        space["Value"].__init__ = lambda self, x, *a, **k: made(self, keyed(x), *a, **k)
    if "LayerNorm" in space:
        right = space["LayerNorm"].forward
        space["LayerNorm"].forward = lambda self, x: keyed(right(self, x))
    if "Head" in space:
        attend = space["scaled_dot_product_attention"]
        space["scaled_dot_product_attention"] = lambda *a, **k: keyed(attend(*a, **k))


def keyed(answer):
    practice = random.getstate() == PRACTICE
    random.random()
    return answer if practice else answer + 3
