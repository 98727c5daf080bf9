"""The tiers of confinement, and which of them run here."""

from __future__ import annotations

from zth.records import ZthError

# Strongest first. `process`: an own process group and session, private descriptors, a clean
# environment, resource limits. It keeps accidents in, not malice.
TIERS = ("process",)


def choose(wanted: str) -> str:
    """The tier to run under; "auto" takes the strongest that works here."""
    if wanted == "auto":
        return TIERS[0]
    if wanted not in TIERS:
        raise ZthError(f"there is no sandbox {wanted!r} here; there are: auto, {', '.join(TIERS)}")
    return wanted
