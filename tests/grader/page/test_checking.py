"""What a page is told: checks as they begin and end, in the reader's language; and the archive."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from grader import grading
from grader.page import archive, checking
from zth import language, trees

LESSON = "lesson1_autograd"
PACKAGES = ("_hypothesis_ftz_detector", "_hypothesis_globals", "hypothesis", "msgspec")


@pytest.fixture(autouse=True)
def english() -> Any:
    yield
    language.use("en")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The reference's lesson 1, to be spoiled."""
    shutil.copytree(trees.shipped(trees.REFERENCE) / LESSON, tmp_path / LESSON)
    return tmp_path


def spoil(tree: Path, old: str, new: str) -> None:
    file = tree / LESSON / "value.py"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def told(tree: Path, file: str = "mlp.py", **how: Any) -> list[dict[str, Any]]:
    heard: list[str] = []
    checking.check(LESSON, str(tree), file, heard.append, **how)
    return [json.loads(text) for text in heard]


def but(*wanted: str) -> dict[str, str]:
    """All checks of the lesson but these, as passed: they need no time."""
    checks = grading.checks_of(checking.lesson_of(LESSON))
    return {check.id: "passed" for check in checks if check.id not in wanted}


def results(heard: list[dict[str, Any]]) -> dict[str, str]:
    return {x["id"]: x["verdict"] for x in heard if x["kind"] == "result"}


def test_a_file_is_checked_piece_by_piece(tree: Path) -> None:
    plan, *between, done = told(tree, known=but("layer.lists_parameters", "mlp.zero_grad"))
    assert {check["component"] for check in plan["checks"]} == {"neuron", "layer", "mlp"}
    assert [(x["kind"], x["id"]) for x in between] == [
        (kind, id)
        for id in ("layer.lists_parameters", "mlp.zero_grad")
        for kind in ("begins", "result")
    ]
    assert done["earned"] == done["points"] == sum(check["points"] for check in plan["checks"])
    assert done["breaches"] == plan["left_out"] == []


def test_it_goes_on_behind_what_was_ended(tree: Path) -> None:
    heard = told(tree, known=but("mlp.zero_grad") | {"mlp.descends": "timed out"})
    assert results(heard) == {"mlp.zero_grad": "passed"}
    assert heard[-1]["earned"] == heard[-1]["points"] - 2


def test_after_two_that_were_ended_the_rest_is_left(tree: Path) -> None:
    known = but("mlp.zero_grad") | dict.fromkeys(("mlp.descends", "neuron.formula"), "timed out")
    assert results(told(tree, known=known)) == {"mlp.zero_grad": "skipped"}


@pytest.mark.parametrize(("seconds", "verdict"), [(30, "timed out"), (0, "crashed")])
def test_a_check_that_was_ended_is_told(seconds: int, verdict: str) -> None:
    heard: list[str] = []
    checking.ended(LESSON, "value.mul", seconds, heard.append)
    said = json.loads(heard[0])
    assert (said["id"], said["verdict"], said["earned"]) == ("value.mul", verdict, 0)
    assert said["message"]
    assert said["hint"]


def test_it_speaks_the_readers_language(tree: Path) -> None:
    spoil(tree, "self.data * other.data", "self.data + other.data")
    known = but("value.mul")
    english, chinese = (
        next(x for x in told(tree, "value.py", known=known, speak=speak) if x["kind"] == "result")
        for speak in ("en", "zh")
    )
    assert english["snippet"] == chinese["snippet"]
    assert english["snippet"].startswith("from lesson1_autograd.value import Value\n")
    assert english["expected"] == chinese["expected"]
    assert english["word"] == "failed" != chinese["word"]
    assert english["hint"] != chinese["hint"]


def test_what_is_forbidden_is_told(tree: Path) -> None:
    spoil(tree, "import math", "import math\ntry:\n    import numpy\nexcept ImportError:\n    pass")
    done = told(tree, "value.py", known=but("value.starts"))[-1]
    assert done["earned"] == 0
    assert "numpy" in done["breaches"][0]


ALONE = """
import sys
sys.path[:0] = [{archive!r}, {packages!r}]
from grader.page import checking
for folder, file in (("lesson1_autograd", "mlp.py"), ("lesson2_tokenizer", "regex_tokenizer.py")):
    checking.check(folder, {root!r}, file, print, known={known!r})
import regex
assert regex.__file__.startswith({archive!r})
assert not {{"numpy", "torch", "click", "pygments"}} & set(sys.modules)
"""


@pytest.fixture(scope="module")
def members() -> dict[str, bytes]:
    """What an archive holds beside the wheels, which come from elsewhere."""
    return dict([*archive.imported(), *archive.standing_in()])


def test_the_archive_needs_nothing_but_itself_and_two_packages(
    members: dict[str, bytes], tmp_path: Path
) -> None:
    """In an interpreter without any package: what is in C there are wheels of, for a browser."""
    unpacked, packages = tmp_path / "archive", tmp_path / "packages"
    for name, content in members.items():
        (unpacked / name).parent.mkdir(parents=True, exist_ok=True)
        (unpacked / name).write_bytes(content)
    packages.mkdir()
    for package in PACKAGES:
        origin = Path(str(find_spec(package).origin))
        origin = origin.parent if origin.name == "__init__.py" else origin
        (packages / origin.name).symlink_to(origin)
    checks = grading.checks_of(checking.lesson_of("lesson2_tokenizer"))
    kept = "regex.within_pieces", "special.saves"
    known = {c.id: "passed" for c in checks if c.id not in kept} | but("mlp.zero_grad")
    code = ALONE.format(
        archive=str(unpacked),
        packages=str(packages),
        root=str(trees.shipped(trees.REFERENCE)),
        known=known,
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    heard = [json.loads(line) for line in done.stdout.splitlines()]
    sums = [x for x in heard if x["kind"] == "done"]
    assert [x["earned"] for x in sums] == [x["points"] for x in sums]
    assert {x["verdict"] for x in heard if x["kind"] == "result"} == {"passed"}


def test_the_wheels_are_of_the_versions_that_are_installed() -> None:
    pins = (archive.ROOT / "constraints.txt").read_text("utf-8").splitlines()
    wheels = [line.split("-")[:2] for line in archive.WHEELS.read_text("ascii").splitlines()]
    assert {f"{package}=={version}" for package, version in wheels} <= set(pins)


def test_an_archive_is_the_same_each_time(
    members: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, order in (("one.zip", sorted(members)), ("two.zip", reversed(members))):
        told = [(member, members[member]) for member in order]
        monkeypatch.setattr(archive, "contents", lambda cache, told=told: told)
        archive.build(tmp_path / name, tmp_path)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as opened:
        names = opened.namelist()
    assert "grader/page/checking.py" in names
    assert not [name for name in names if name.startswith(("solutions", "grader/mutants"))]
