"""Has hypothesis draw cases that are independent, and the same from the same seed.

Now and then hypothesis draws a number or a text that stands in the sources around it: in modules
that are imported and not installed. In a clone of zth these are its own modules, so that what is
drawn would depend on which command runs; and would not be what an installed zth draws.

Once it has drawn a dozen cases, it also plays several copies of each new one, in which one part is
exchanged for another: good for finding crashes, but of the cases of a check less than half would
then be independent, and a mistake that one case in ten shows would be missed now and then.
"""

from __future__ import annotations

import contextlib


def settle() -> None:
    """Keeps hypothesis to the constants that it brings itself, and to cases drawn afresh."""
    with contextlib.suppress(ImportError):  # another release may do it in another way
        from hypothesis.internal.conjecture.engine import ConjectureRunner

        ConjectureRunner.generate_mutations_from = lambda *_: None  # type: ignore[method-assign]
    with contextlib.suppress(ImportError):
        from hypothesis.internal.conjecture import providers
        from hypothesis.internal.constants_ast import Constants

        none = Constants()
        providers._get_local_constants = lambda: none
