"""A nursery of each tier, and sessions on a function."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.zth.host import echo_driver as driver
from tests.zth.host.processes import Open, children
from zth.host import Limits, Nursery, Session
from zth.host.sandbox import TIERS
from zth.records import Part


@pytest.fixture(scope="module", params=[tier.name for tier in TIERS])
def nursery(request: pytest.FixtureRequest) -> Iterator[Nursery]:
    [tier] = [tier for tier in TIERS if tier.name == request.param]
    if reason := tier.why_not():
        pytest.skip(f"{tier.name}: {reason}")
    with Nursery(tier=tier) as nursery:
        yield nursery
        if not tier.wrap:
            assert children(nursery.pid) == []


@pytest.fixture
def opened(nursery: Nursery, tmp_path: Path) -> Iterator[Open]:
    """Opens sessions on a function `f` of this source."""
    sessions: list[Session] = []

    def start(source: str, **limits: int) -> Session:
        folder = tmp_path / "lesson0_x"
        folder.mkdir(exist_ok=True)
        (folder / "file.py").write_text(source, "utf-8")
        part = Part("f", tmp_path, "lesson0_x/file.py", "f")
        sessions.append(
            nursery.session(driver=Path(driver.__file__), parts=[part], limits=Limits(**limits))
        )
        return sessions[-1]

    yield start
    for session in sessions:
        session.close()
