"""Reports as the command line gives them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from zth.render.json import schema

STUBS = ["grade", "lesson1", "--impl", "exercises", "--milestone", "none", "--sandbox", "process"]


@pytest.fixture
def stubs(root):
    return [str(root / "exercises") if word == "exercises" else word for word in STUBS]


def test_several_reports_of_one_grading(zth, stubs, tmp_path):
    files = {name: tmp_path / f"a report.{name}" for name in ("json", "junit", "markdown")}
    wanted = [w for name, file in files.items() for w in ("--format", name, "-o", file)]
    done = zth(*stubs, *wanted, "--format", "terminal", "--plain")
    assert done.returncode == 1, done.stderr
    assert "not implemented yet" in done.stdout
    assert done.stdout.isascii()
    data = json.loads(files["json"].read_text("utf-8"))
    jsonschema.validate(data, schema())
    cases = ET.parse(files["junit"]).getroot().iter("testcase")
    assert len(list(cases)) == len(data["lessons"][0]["results"])
    assert files["markdown"].read_text("utf-8").startswith("## 0 of ")


def test_files_alone_are_named_in_a_line(zth, stubs, tmp_path):
    done = zth(*stubs, "--component", "mlp", "-o", tmp_path / "report.txt")
    assert f"the report is in {tmp_path}/report.txt" in done.stdout
    assert "lesson1" in (tmp_path / "report.txt").read_text("utf-8")


@pytest.mark.parametrize(
    "options",
    [
        ["--format", "json", "--format", "junit"],
        ["-o", "a", "-o", "b"],
        ["--format", "json", "-o", "a", "-o", "b"],
    ],
)
def test_each_file_has_its_format(zth, stubs, options):
    done = zth(*stubs, *options)
    assert done.returncode == 2
    assert "give an -o for each --format" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_a_stream_of_few_signs_is_no_reason_to_crash(encoding, stubs, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "zth", *stubs, "--component", "value"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "?" not in done.stdout.decode(encoding)
