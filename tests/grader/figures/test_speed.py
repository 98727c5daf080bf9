"""The table of speed is that of the benchmarks' records."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from grader.figures import record, speed
from zth.language import speaking
from zth.records import ZthError

KEPT = record.read("speed")["data"]
MACHINE = {"system": "Linux", "processor": "x86_64", "model": "One", "cores": 2}
ROW = {
    "what": "training",
    "unit": "s",
    "ours": 0.00123,
    "spread": [0.25, 1234.5],
    "peer": 2.0,
    "ratio": 0.5,
    "against": "all at once",
}
ALONE = {**ROW, "unit": "", "ours": -1.0, "peer": None, "ratio": None, "against": ""}


def one(rows: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {"date": "2026-01-02", "commit": "abc", "machine": MACHINE, "rows": rows, **changed}


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(record, "root", lambda: tmp_path)
    folder = tmp_path / speed.RECORDS
    folder.mkdir(parents=True)
    return folder


def test_it_is_what_the_records_say_today() -> None:
    assert speed.measure(0, lambda _: None) == KEPT, "zth docs figures speed"


def test_a_record_without_rows_has_no_part_in_it(results: Path) -> None:
    (results / "pages.json").write_text(json.dumps({"machine": "of before"}))
    (results / "growth.json").write_text(json.dumps(one({"a": ROW})))
    (results / "blame.json").write_text(json.dumps(one({"a": ROW})))
    assert [*speed.measure(0, lambda _: None)["benchmarks"]] == ["growth"]


def test_where_nothing_was_measured_the_command_is_said(results: Path) -> None:
    with pytest.raises(ZthError, match="make bench"):
        speed.measure(0, lambda _: None)


def test_a_row_has_its_peer_and_the_spread_of_the_ratio(results: Path) -> None:
    (results / "growth.json").write_text(json.dumps(one({"a": ROW, "b": ALONE})))
    table = speed.draw(speed.measure(0, lambda _: None)).splitlines()
    assert table[2:4] == [
        "|training|0.00123\xa0s|2.00\xa0s, all at once|**0.500**|0.250 – 1,234|",
        "|training|−1.00|||0.250 – 1,234|",
    ]


def test_rows_of_one_machine_and_day_are_told_together(results: Path) -> None:
    for name, commit in (("tokenizer", "abc"), ("growth", "def"), ("pages", "abc")):
        (results / f"{name}.json").write_text(json.dumps(one({"a": ROW}, commit=commit)))
    table = speed.draw(speed.measure(0, lambda _: None)).splitlines()
    assert table[-2:] == [
        "- `tokenizer`, `pages`: Linux, One, 2 cores; 2026-01-02, abc",
        "- `growth`: Linux, One, 2 cores; 2026-01-02, def",
    ]


def test_it_is_chinese_on_a_chinese_page(results: Path) -> None:
    rows = {"a": ROW, **{unit: {**ROW, "unit": unit} for unit in ("nats", "steps/s", "tokens/s")}}
    (results / "growth.json").write_text(json.dumps(one(rows, commit="abc and changes")))
    with speaking("zh"):
        table = speed.draw(speed.measure(0, lambda _: None))
    assert "，一次算完|" in table
    assert re.findall(r"\xa0([^|，]+)\|", table) == ["s", "nat", "步／秒", "词元／秒"]
    assert "`growth`：Linux，One，2 个核心；2026-01-02，abc，另有未提交的改动" in table
