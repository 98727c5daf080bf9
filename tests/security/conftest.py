"""Nurseries of each tier, for the tests that attack them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.security import tries
from zth.host import Limits, Nursery, Session
from zth.host.sandbox import TIERS
from zth.records import Part, Tier

ISOLATING = [tier.name for tier in TIERS if tier.isolates]
Try = Callable[..., str]


def tier_named(name: str) -> Tier:
    """The tier; skips the test, with the reason, where it does not work here."""
    [tier] = [tier for tier in TIERS if tier.name == name]
    if reason := tier.why_not():
        pytest.skip(f"{name}: {reason}")
    return tier


@pytest.fixture(scope="module", params=ISOLATING)
def nursery(request: pytest.FixtureRequest) -> Iterator[Nursery]:
    """A nursery of each tier that may hold strangers' code."""
    with Nursery(tier=tier_named(request.param)) as nursery:
        yield nursery


@pytest.fixture
def attempt(nursery: Nursery) -> Try:
    """Runs a source's `f()` in a fresh worker: what it returned, or the name of its error."""

    def run(source: str, parts: tuple[Part, ...] = (), **limits: int) -> str:
        with opened(nursery, parts, **limits) as session:
            return session.call(tries.run, source)

    return run


def opened(nursery: Nursery, parts: tuple[Part, ...] = (), **limits: int) -> Session:
    return nursery.session(driver=Path(tries.__file__), parts=list(parts), limits=Limits(**limits))


def planted(root: Path, source: str, folder: str = "lesson0_x") -> Part:
    """A tree with a function `f` of this source."""
    (root / folder).mkdir(parents=True, exist_ok=True)
    (root / folder / "file.py").write_text(source, "utf-8")
    return Part("f", root, f"{folder}/file.py", "f")
