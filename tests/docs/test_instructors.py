"""The instructors' guide shows the tables that zth prints."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grader.mutations import mutants
from zth.plugins import Plugins
from zth.probing import PROBES, table

GUIDE = Path(__file__).parents[2] / "docs/instructors"


ROW = re.compile(r"^\| (.+) \| (\w+).* \| (\w+).* \| (\w+).* \|$", re.MULTILINE)


def answers() -> dict[str, dict[str, str]]:
    """By what is tried and by tier: "blocked" or "open", as the page has it."""
    table = (GUIDE / "trust.md").read_text("utf-8").partition("| a worker tries to ")[2]
    head, *rows = ROW.findall("| a worker tries to " + table.partition("\n\n")[0])
    return {tried: dict(zip(head[1:], said, strict=True)) for tried, *said in rows}


def test_the_table_of_sandboxes_has_every_probe_and_every_tier() -> None:
    shown = answers()
    assert list(shown) == [probe.title for probe in PROBES]
    tiers = Plugins.load().sandboxes().values()
    assert all(said.keys() == {tier.name for tier in tiers} for said in shown.values())
    for tier in tiers:
        if tier.isolates:
            assert {said[tier.name] for said in shown.values()} == {"blocked"}


@pytest.mark.slow
def test_the_table_of_sandboxes_is_what_the_probes_find() -> None:
    tiers = [tier for tier in Plugins.load().sandboxes().values() if not tier.why_not()]
    found = {
        row.probe.title: {
            name: "blocked" if answer.blocked else "open" for name, answer in row.answers.items()
        }
        for row in table(tiers, lambda _: None)
    }
    shown = answers()
    for tried, said in found.items():
        assert said == {name: shown[tried][name] for name in said}, tried


def test_the_kill_table_is_one_of_mutants_that_there_are() -> None:
    text = (GUIDE / "kill-table.md").read_text("utf-8")
    known = {mutant.name: mutant for mutant in mutants(Plugins.load().lessons()["lesson1"])}
    assert f"✓ mutants: {len(known)} of {len(known)} dead" in text
    rows = re.findall(r"^\| `(\S+)` \| `(\S+)` \| (.+) \| (.+) \|$", text, re.MULTILINE)
    assert f"{len(rows)} of the {len(known)}:" in text
    for name, check, verdict, mistake in rows:
        assert (check, mistake) == (known[name].fails, known[name].mistake)
        assert verdict in ("failed", "crashed", "timed out")
