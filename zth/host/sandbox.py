"""The tiers of confinement that zth brings, and which of them runs here."""

from __future__ import annotations

from collections.abc import Iterable

from zth import landlock, seccomp
from zth.host import bubblewrap
from zth.language import tr
from zth.records import Tier, ZthError


def _itself() -> str:
    """Why a worker cannot confine itself here, in a line; empty where it can."""
    return landlock.why_not() or seccomp.why_not()


BWRAP = Tier(
    name="bwrap",
    rank=30,
    description="bubblewrap's namespaces, and in them what landlock does",
    why_not=lambda: _itself() or bubblewrap.why_not(),
    wrap=bubblewrap.wrap,
)
LANDLOCK = Tier(
    name="landlock",
    rank=20,
    description="Landlock, a seccomp filter and resource limits; needs neither root nor namespaces",
    why_not=_itself,
)
PROCESS = Tier(
    name="process",
    rank=10,
    description="a process of its own with resource limits: keeps accidents in, not malice",
    why_not=lambda: "",
    confine=False,
    isolates=False,
)
TIERS = (BWRAP, LANDLOCK, PROCESS)


def choose(wanted: str = "auto", tiers: Iterable[Tier] = TIERS, *, strangers: bool = False) -> Tier:
    """The tier of that name; "auto" takes the strongest that works here.

    For strangers' code "auto" takes none that does not isolate. Raises ZthError with the reasons.
    """
    known = {tier.name: tier for tier in sorted(tiers, key=lambda tier: -tier.rank)}
    if wanted != "auto":
        if wanted not in known:
            raise ZthError(
                tr(
                    "there is no sandbox {wanted!r}; there are: auto, {known}",
                    wanted=wanted,
                    known=", ".join(known),
                )
            )
        if reason := known[wanted].why_not():
            raise ZthError(
                tr(
                    "the sandbox {wanted} does not work here: {reason}",
                    wanted=wanted,
                    reason=reason,
                )
            )
        return known[wanted]
    reasons = []
    for tier in known.values():
        if strangers and not tier.isolates:
            continue
        reason = tier.why_not()
        if not reason:
            return tier
        reasons.append(f"{tier.name}: {reason}")
    raise ZthError(
        tr(
            "no sandbox that holds strangers' code works here; --sandbox process takes the "
            "risk ({reasons})",
            reasons="; ".join(reasons),
        )
    )
