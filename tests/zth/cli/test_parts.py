"""What a run is put together from: a corpus whose lines are a list is shuffled, always alike."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from zth.cli import parts
from zth.plugins import Plugins

WORDS = "".join(f"{a}{b}\n" for a in "abcdef" for b in "uvwxyz")


@pytest.mark.parametrize("by_line", [True, False])
def test_a_list_of_lines_is_shuffled(tmp_path, monkeypatch, by_line):
    plugins = Plugins.load()
    recipe = plugins.recipes()["names-bigram"]
    digest = hashlib.sha256(WORDS.encode()).hexdigest()
    known = replace(plugins.datasets()["names"], sha256=digest, by_line=by_line)
    file = tmp_path / known.path
    file.parent.mkdir()
    file.write_text(WORDS, "utf-8")
    monkeypatch.setenv("ZTH_DATA", str(tmp_path))
    monkeypatch.setattr(Plugins, "datasets", lambda _: {"names": known})
    recipe = replace(recipe, config={**recipe.config, "block_size": 4})
    corpus = parts.corpus_of(recipe, plugins)
    tokens = [*corpus.train.tolist(), *corpus.val.tolist()]
    text = "".join(corpus.vocabulary[i] for i in tokens)
    assert sorted(text.split()) == WORDS.split()
    assert (text == WORDS) is not by_line
    assert parts.corpus_of(recipe, plugins).train.tolist() == corpus.train.tolist()
