"""What `zth dev sandbox` claims of each tier, and that `auto` and `--sandbox` choose rightly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.security import tries
from tests.security.conftest import ISOLATING, opened, planted, tier_named
from zth import landlock
from zth.hookspecs import hookimpl
from zth.host import Nursery, sandbox
from zth.plugins import Plugins
from zth.probing import PROBES, Answer, Bait, Probe, answer, baited
from zth.records import Tier, ZthError

# What bubblewrap's namespaces keep away alone, without what the worker then does to itself.
APART = {
    "tcp", "udp", "unix", "abstract", "passwd", "secret", "solutions", "write", "truncate",
    "chmod", "look", "signal", "memory", "file", "disk",
}  # fmt: skip
LIMITED = {"memory", "file", "disk"}  # what the process tier claims
each_probe = pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.id)


@pytest.fixture(scope="module")
def bait() -> Iterator[Bait]:
    with baited() as bait:
        yield bait


def tried(probe: Probe, nursery: Nursery, bait: Bait) -> Answer:
    bait.victim.write_text("untouched")
    said = answer(probe, nursery, bait)
    if said.blocked:
        assert bait.victim.read_text() == "untouched"
        assert not bait.victim.with_suffix(".new").exists()
    return said


@each_probe
def test_what_may_hold_strangers_code_blocks_every_probe(
    probe: Probe, nursery: Nursery, bait: Bait
) -> None:
    assert tried(probe, nursery, bait).blocked


@pytest.fixture(scope="module")
def namespaces() -> Iterator[Nursery]:
    with Nursery(tier=replace(tier_named("bwrap"), confine=False)) as nursery:
        yield nursery


@each_probe
def test_bubblewrap_alone_keeps_the_machine_away(
    probe: Probe, namespaces: Nursery, bait: Bait
) -> None:
    if probe.id in APART:
        assert tried(probe, namespaces, bait).blocked


@pytest.mark.parametrize("version", range(1, 8))
def test_older_kernels_landlock_blocks_every_probe(
    version: int, bait: Bait, monkeypatch: pytest.MonkeyPatch
) -> None:
    if version > landlock.abi():
        pytest.skip(f"this kernel's Landlock is of version {landlock.abi()}")
    monkeypatch.setattr(landlock, "abi", lambda: version)
    with Nursery(tier=tier_named("landlock")) as nursery:
        assert [p.id for p in PROBES if not tried(p, nursery, bait).blocked] == []


@pytest.fixture(scope="module")
def process() -> Iterator[Nursery]:
    with Nursery(tier="process") as nursery:
        yield nursery


@pytest.mark.parametrize("probe", [p for p in PROBES if p.id in LIMITED], ids=lambda p: p.id)
def test_the_process_tier_keeps_its_limits(probe: Probe, process: Nursery, bait: Bait) -> None:
    assert tried(probe, process, bait).blocked


def test_a_probe_can_find_something_open(process: Nursery, bait: Bait) -> None:
    """Else the tests above would pass whatever a tier does."""
    for probe in PROBES:
        if probe.id in ("tcp", "udp", "unix", "secret", "solutions", "write", "chmod", "fork"):
            assert not tried(probe, process, bait).blocked, probe.id


# --- which tier -----------------------------------------------------------------------------------


def tier(name: str, rank: int, reason: str = "", isolates: bool = True) -> Tier:
    return Tier(name, rank, "", lambda: reason, isolates=isolates)


def test_auto_takes_the_strongest_that_works() -> None:
    tiers = [tier("weak", 1), tier("broken", 9, "no kernel"), tier("strong", 5)]
    assert sandbox.choose("auto", tiers).name == "strong"


def test_a_tier_that_does_not_work_says_why() -> None:
    with pytest.raises(ZthError, match="the sandbox broken does not work here: no kernel"):
        sandbox.choose("broken", [tier("broken", 9, "no kernel")])


def test_a_plugin_offers_a_tier_of_its_own(tmp_path: Path) -> None:
    """One that starts the nursery by another program, with a mark in its environment."""

    class Plugin:
        @staticmethod
        @hookimpl
        def zth_sandboxes() -> list[Tier]:
            wrapped = Tier(
                "marked", 99, "", lambda: "", lambda c, view: ["env", "MARK=1", *c], False
            )
            return [wrapped]

    plugins = Plugins()
    plugins.register(Plugin, "theirs")
    marked = sandbox.choose("auto", plugins.sandboxes().values())
    part = planted(tmp_path, "import os\ndef f(): return os.environ['MARK']")
    with Nursery(tier=marked) as nursery, opened(nursery, (part,)) as session:
        assert session.call(tries.play, part="f") == "1"


def test_an_unknown_tier_is_named_with_those_that_there_are() -> None:
    with pytest.raises(ZthError, match="no sandbox 'castle'; there are: auto, strong, weak"):
        sandbox.choose("castle", [tier("weak", 1), tier("strong", 5)])


def test_strangers_code_needs_a_tier_that_isolates_or_an_explicit_word() -> None:
    tiers = [tier("broken", 9, "no kernel"), tier("process", 1, isolates=False)]
    with pytest.raises(ZthError, match="--sandbox process takes the risk"):
        sandbox.choose("auto", tiers, strangers=True)
    assert sandbox.choose("process", tiers, strangers=True).name == "process"
    assert sandbox.choose("auto", tiers).name == "process"


def test_without_linux_only_the_process_tier_works(monkeypatch: pytest.MonkeyPatch) -> None:
    landlock.abi.cache_clear()
    monkeypatch.setattr("sys.platform", "darwin")
    assert sandbox.choose().name == "process"
    for name in ISOLATING:
        with pytest.raises(ZthError, match="is a feature of Linux"):
            sandbox.choose(name)
    landlock.abi.cache_clear()
