"""Has hypothesis draw the same cases from the same seed, whatever else is imported.

Now and then hypothesis draws a number or a text that stands in the sources around it: in modules
that are imported and not installed. In a clone of zth these are its own modules, so that what is
drawn would depend on which command runs; and would not be what an installed zth draws.
"""

from __future__ import annotations

import contextlib


def settle() -> None:
    """Keeps hypothesis to the constants that it brings itself."""
    with contextlib.suppress(ImportError):  # another release may do it in another way
        from hypothesis.internal.conjecture import providers
        from hypothesis.internal.constants_ast import Constants

        none = Constants()
        providers._get_local_constants = lambda: none
