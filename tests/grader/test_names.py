"""Names: real ones in splits, made-up ones whose entropy is exact."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from grader import names
from grader.names import Made, Names
from zth import data


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the file of names is looked for; it is not there yet."""
    monkeypatch.setattr(data.files, "folders", lambda: [tmp_path])
    dataset = next(d for d in data.DATASETS if d.name == "names")
    return tmp_path / dataset.path


def test_without_the_file_names_are_made_up_and_say_so(file: Path) -> None:
    found = names.names(3)
    assert found.generated
    assert not file.exists()
    assert found.source == f"generated names, entropy {found.entropy:.4f} nats"
    assert found == names.names(3) != names.names(4)
    assert len(found.train_words) == 25_626
    assert len(found.words("val")) == 3203
    assert all(3 <= len(word) <= 12 for word in found.test_words)


def test_real_names_are_split_by_the_seed(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "find", lambda dataset: file)
    file.parent.mkdir(parents=True)
    file.write_text("".join(f"{a}{b}\n" for a in "abcde" for b in "uvwxyz"), "utf-8")
    found = names.names(0)
    assert not found.generated
    assert found.source == "names.txt"
    assert math.isnan(found.entropy)
    splits = [found.words(split) for split in names.SPLITS]
    assert [len(split) for split in splits] == [24, 3, 3]
    assert len(set().union(*splits)) == 30
    assert names.names(1).train_words != found.train_words


def test_a_split_is_a_text_that_begins_with_a_newline() -> None:
    found = Names(("emma", "ava"), (), ())
    assert "".join(found.vocabulary[t] for t in found.train) == "\nemma\nava\n"
    assert found.train.dtype == np.int32


@pytest.mark.parametrize("seed", [0, 1])
def test_the_entropy_is_what_words_of_the_source_carry(seed: int) -> None:
    source = Made(seed)
    words = source.words(20_000, np.random.default_rng(5))
    nats = np.array([source.nats(word) for word in words])
    counts = np.array([len(word) + 1 for word in words])
    found = nats.sum() / counts.sum()
    margin = (nats - found * counts).std() / len(words) ** 0.5 / counts.mean()
    assert abs(found - source.entropy) < 4 * margin < 0.02


def test_the_source_is_a_distribution() -> None:
    """All words of a small one carry the whole probability, and its entropy by enumeration."""
    source = Made(0, shortest=1, longest=2)
    letters = names.VOCABULARY[1:]
    words = [*letters, *(a + b for a in letters for b in letters)]
    p = np.exp([-source.nats(word) for word in words])
    assert p.sum() == pytest.approx(1)
    tokens = p @ np.array([len(word) + 1 for word in words])
    assert source.entropy == pytest.approx(float(-(p * np.log(p)).sum() / tokens))
