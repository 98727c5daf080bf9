"""The instructors' guide shows the tables that zth prints."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grader.mutations import mutants
from zth.plugins import Plugins
from zth.probing import PROBES, table

GUIDE = Path(__file__).parents[2] / "docs/instructors"


def listing(page: str, title: str) -> list[str]:
    text = (GUIDE / page).read_text("utf-8")
    [found] = re.findall(rf'^```text title="{title}"\n(.*?)^```$', text, re.MULTILINE | re.DOTALL)
    return found.splitlines()


def answers() -> dict[str, dict[str, str]]:
    """By what is tried and by tier: "blocked" or "open", as the page has it."""
    head, *rows, _ = listing("trust.md", "zth dev sandbox")
    tiers = head.removeprefix("a worker tries to").split()
    cells = [re.split(r" {2,}(?=(?:blocked|open) )", row) for row in rows]
    return {
        tried: dict(zip(tiers, (said.split()[0] for said in heard), strict=True))
        for tried, *heard in cells
    }


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
    title = "zth dev check lesson1 --quick --part mutants --table"
    known = {mutant.name: mutant for mutant in mutants(Plugins.load().lessons()["lesson1"])}
    _, total, _, *rows = listing("kill-table.md", title)
    assert total.strip() == f"✓ mutants: {len(known)} of {len(known)} dead"
    text = re.sub(r"\n {62}", " ", "\n".join(rows[: rows.index("...")]))
    shown = [re.split(r" {2,}", row) for row in text.splitlines()]
    assert len(shown) == 8
    for name, check, verdict, mistake in shown:
        assert (check, mistake) == (known[name].fails, known[name].mistake)
        assert verdict in ("failed", "crashed", "timed out")
