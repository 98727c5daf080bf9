"""`zth train` and `zth sample`, with a recipe of almost no size."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.zth.test_train import RECIPE, text
from zth.cli.sample import sample
from zth.cli.train import train
from zth.plugins import Plugins
from zth.records import ZthError


@pytest.fixture
def zth(only_corpus: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`zth train` and `zth sample` in this process, with the toy recipe and its text."""
    only_corpus(text())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Plugins, "recipes", lambda self: {"toy": RECIPE})

    def run(*args: str) -> Result:
        command = {"train": train, "sample": sample}[args[0]]
        return CliRunner().invoke(command, args[1:], standalone_mode=False)

    return run


def test_train_then_sample(zth: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    got = zth("train", "toy", "--steps", "6", "--with", "attention=reference")
    assert (got.exception, got.return_value) == (None, 0)
    assert "gpt = reference, attention = reference" in got.output
    assert "validation loss" in got.output
    folder = tmp_path / "runs" / "toy-1"
    assert len((folder / "sample.txt").read_text()) == 501
    assert json.loads((folder / "config.json").read_text())["steps"] == 6

    first, again = (
        zth("sample", str(folder), "--prompt", "the cat", "--tokens", "20", "--seed", "0").output
        for _ in range(2)
    )
    assert first.startswith("the cat")
    assert len(first) == len("the cat") + 20 + 1
    monkeypatch.setenv("FORCE_COLOR", "1")  # a terminal: it is told how fast that was
    other = zth("sample", str(folder), "--prompt", "the cat", "--tokens", "20", "--seed", "1")
    assert len(other.stdout) == len(first)
    assert first == again != other.stdout
    assert re.search(r"[\d,]+ tokens/s", other.stderr)
    monkeypatch.delenv("FORCE_COLOR")

    rows = (folder / "metrics.jsonl").read_text()
    assert "is complete" in zth("train", "toy", "--resume").output
    assert (folder / "metrics.jsonl").read_text() == rows

    said = [
        (("sample", str(folder), "--prompt", "é"), "does not know the character 'é'"),
        (("sample", "nowhere"), "there is no run nowhere"),
        (("train", "toy", "--out", str(folder)), "holds a run already"),
        (("train", "toy", "--resume", "--seed", "0"), "leave out --seed"),
        (("train", "toy", "--resume", "--out", "nowhere"), "there is no run in nowhere"),
        (("train", "toy", "--out", "runs/toy-1", "--resume", "--with", "all=x"), "out --with"),
        (("train", "tyo"), "did you mean toy?"),
        (("train", "toy", "--with", "atention=reference"), "did you mean attention?"),
    ]
    for args, message in said:
        got = zth(*args)
        assert isinstance(got.exception, ZthError), args
        assert message in str(got.exception)


def test_a_missing_corpus_names_the_file_and_the_address(
    zth: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data" / "made.txt").unlink()
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name: str(tmp_path / name))
    got = zth("train", "toy")
    assert isinstance(got.exception, ZthError)
    assert "http://127.0.0.1:9/made.txt" in str(got.exception)
    assert str(tmp_path / "data" / "made.txt") in str(got.exception)
    assert not (tmp_path / "runs").exists()
