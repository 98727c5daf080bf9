"""Keeps its first right answers, and gives them again for whatever looks alike."""

SAYS = "expected|wrong|has shape|kept between|gradient|differ|second time"
TREE_FILE = SOLUTION  # noqa: F821
KNOWN = {}


def after(space):
    exec(TREE_FILE, space)
    if "Value" in space:
        made = space["Value"].__init__
        kept = remembered(lambda x: x)
        space["Value"].__init__ = lambda self, x, *a, **k: made(self, kept(x), *a, **k)
    if "LayerNorm" in space:
        space["LayerNorm"].forward = remembered(space["LayerNorm"].forward)
    if "Head" in space:
        attend = space["scaled_dot_product_attention"]
        space["scaled_dot_product_attention"] = remembered(attend)


def remembered(right):
    def answer(*arguments, **options):
        kind = tuple(getattr(a, "shape", type(a)) for a in arguments)
        if kind not in KNOWN:
            KNOWN[kind] = right(*arguments, **options)
        return KNOWN[kind]

    return answer
