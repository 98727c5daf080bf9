"""`zth play` as a shell sees it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.mark.parametrize("far", [True, False], ids=["over SSH", "without a screen"])
def test_it_serves_the_chapter_until_it_is_interrupted(far: bool, tmp_path: Path) -> None:
    hidden = {"DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION", "ZTH_LANG"}
    environment = {k: v for k, v in os.environ.items() if k not in hidden}
    environment |= {"PYTHONUNBUFFERED": "1", "ZTH_LANG": "en", "LOGNAME": "ada"}
    if far:
        environment["SSH_CONNECTION"] = "10.0.0.1 50000 10.0.0.2 2222"
    command = [sys.executable, "-m", "zth", "play", "lesson3#mask"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, text=True, stdout=-1, stderr=-1
    ) as process:
        assert process.stdout and process.stderr  # noqa: PT018 (for mypy)
        first = process.stdout.readline()
        said = first if not far else process.stdout.readline()
        address = re.search(r"http://127\.0\.0\.1:(\d+)/\S+#mask$", said.strip())
        assert address
        if far:
            at = f"{address[1]}:127.0.0.1:{address[1]}"
            assert first.endswith(f"ssh -N -p 2222 -L {at} ada@10.0.0.2\n")
        assert process.stdout.readline() == "Ctrl-C ends it\n"
        with urllib.request.urlopen(address[0], timeout=10) as answer:
            assert 'id="mask"' in answer.read().decode()
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
        assert process.stderr.read() == ""


def test_a_chapter_can_be_printed(zth: Run) -> None:
    done = zth("play", "lesson3", "--text")
    assert done.returncode == 0
    assert "The causal mask" in done.stdout
    assert "{ #mask }" not in done.stdout


def test_an_unknown_section_is_one_line_with_the_nearest_first(zth: Run) -> None:
    done = zth("play", "lesson3#masks")
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: lesson3 has no section 'masks'; there are: mask, ")
    assert line.count("mask,") == 1
    assert "blocks" in line


def test_an_unknown_lesson_is_one_line(zth: Run) -> None:
    done = zth("play", "lesson33")
    assert done.returncode == 2
    assert done.stderr == "error: there is no lesson named 'lesson33'; did you mean lesson3?\n"
