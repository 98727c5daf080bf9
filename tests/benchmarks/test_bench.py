from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import bench
import pytest
import record

from grader.figures import speed

SCRIPT = """
import sys
import record
from record import Row

options = record.parser("{name}", "One.").parse_args()
if {fails}:
    sys.exit("no")
rows = {{"a": Row.of("what {name} does", "s", [1.0, 2.0], [2.0, 2.0], "a peer")}}
record.write(options.output, record.made(), rows)
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of benchmarks, of which the second fails."""
    (tmp_path / "record.py").write_bytes((record.HERE / "record.py").read_bytes())
    for name, fails in (("first", False), ("second", True), ("third", False)):
        text = SCRIPT.format(name=name, fails=fails)
        (tmp_path / f"{name}.py").write_text(text, "utf-8")
    monkeypatch.setattr(record, "HERE", tmp_path)
    monkeypatch.setattr(record, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(bench, "BENCHMARKS", {"first": 1, "second": 1, "third": 600})
    return tmp_path


def ended(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["bench.py", *words])
    with pytest.raises(SystemExit) as caught:
        bench.main()
    code = caught.value.code
    assert isinstance(code, int)
    return code


def test_what_fails_does_not_keep_the_others_from_the_table(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(monkeypatch) == 1
    said = capsys.readouterr()
    assert "what first does" in said.out
    assert "what third does" in said.out
    assert said.err == "error: second failed, as said above\n"
    assert [p.name for p in sorted((place / "results").iterdir())] == ["first.json", "third.json"]


def test_a_short_look_is_kept_apart(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(monkeypatch, "first", "--quick") == 0
    assert [p.name for p in (place / "quick").iterdir()] == ["first.json"]
    assert not (place / "results").exists()
    assert ended(monkeypatch, "first", "--table") == 0
    assert capsys.readouterr().err.startswith("first has no rows yet")


def test_an_unknown_name_is_said_with_those_that_there_are(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(monkeypatch, "frist") == 2
    assert "no benchmark is called frist; there are first, second, third" in capsys.readouterr().err


def test_the_table_says_which_machine_each_record_is_of() -> None:
    machine = {"system": "Linux", "processor": "x86_64", "model": "One", "cores": 2}
    kept = {
        "a": {"machine": machine, "date": "2026-01-02", "rows": {}},
        "b": {"machine": machine | {"model": ""}, "date": "2026-01-02", "rows": {}},
        "of before": {"machine": "x86_64"},
    }
    assert bench.by_machine(kept) == {
        "Linux, x86_64 One, 2 cores, 2026-01-02": ["a"],
        "Linux, x86_64, 2 cores, 2026-01-02": ["b"],
    }


def test_each_benchmark_can_be_asked_for_a_short_look() -> None:
    for name in bench.BENCHMARKS:
        text = (record.HERE / f"{name}.py").read_text("utf-8")
        assert f'record.parser("{name}",' in text, name


def test_the_page_has_a_place_for_each() -> None:
    assert sorted(bench.BENCHMARKS) == sorted(speed.NAMES)


def test_make_runs_them(root: Path) -> None:
    words = ["make", "--no-print-directory", "-n", "-o", ".venv/.dev"]
    words += ["bench", "QUICK=1", "NAMES=growth"]
    done = subprocess.run(words, cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout == ".venv/bin/python benchmarks/bench.py --quick growth\n"
