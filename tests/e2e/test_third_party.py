"""A third party's package brings an attention by one hook; `zth train` trains with it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Install = Callable[[dict[str, str], Path], Path]

FILES = {
    "pyproject.toml": """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "quick-attention"
version = "2.5"

[project.entry-points.zth]
quick_attention = "quick_attention"
""",
    "quick_attention/__init__.py": """
from pathlib import Path

from zth.hookspecs import hookimpl
from zth.records import Tree


@hookimpl
def zth_trees():
    parts = {"attention": "layers/quick.py:QuickAttention"}
    return [Tree("quick", Path(__file__).parent, parts)]
""",
    "quick_attention/layers/quick.py": """
import torch.nn.functional as F
from torch import nn


class QuickAttention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.n_head, self.dropout = config.n_head, config.dropout
        self.c_attn = nn.Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.c_proj = nn.Linear(config.n_embd, config.n_embd, bias=config.bias)
        print("quick attention at work")

    def forward(self, x):
        B, T, C = x.shape
        shape = (B, T, self.n_head, C // self.n_head)
        q, k, v = (part.view(shape).transpose(1, 2) for part in self.c_attn(x).split(C, dim=2))
        rate = self.dropout if self.training else 0.0
        y = F.scaled_dot_product_attention(q, k, v, dropout_p=rate, is_causal=True)
        y = self.c_proj(y.transpose(1, 2).reshape(B, T, C))
        return F.dropout(y, self.dropout, self.training)
""",
}

BROKEN = {
    "pyproject.toml": FILES["pyproject.toml"].replace("quick", "broken"),
    "broken_attention/__init__.py": "raise SystemExit('no licence found')\n",
}


@pytest.fixture(scope="module")
def site(install: Install, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(FILES, tmp_path_factory.mktemp("third-party"))


@pytest.fixture
def corpus() -> None:
    data = os.environ.get("ZTH_DATA", "")
    if not data or not Path(data, "tinyshakespeare/input.txt").is_file():
        pytest.skip("tiny Shakespeare is not here: set ZTH_DATA to a folder that holds it")


def test_what_it_offers_is_listed(zth: Run, site: Path) -> None:
    result = zth("plugins", installed=(site,))
    assert result.returncode == 0, result.stderr
    assert "quick_attention  (quick-attention 2.5)\n  tree quick\n" in result.stdout


@pytest.mark.slow
def test_its_attention_trains(zth: Run, site: Path, tmp_path: Path, corpus: None) -> None:
    swap = ("--with", "attention=quick", "--steps", "3", "--out", tmp_path / "run")
    result = zth("train", "shakespeare-tiny", *swap, installed=(site,))
    assert result.returncode == 0, result.stdout + result.stderr
    assert "attention" in result.stdout
    assert "quick" in result.stdout


def test_it_is_graded_by_its_name_and_its_fused_kernel_is_a_breach(zth: Run, site: Path) -> None:
    options = ("--component", "attention", "--impl", "quick", "--format", "json")
    result = zth("grade", "lesson3", *options, installed=(site,))
    assert result.returncode == 1, result.stdout + result.stderr
    [lesson] = json.loads(result.stdout)["lessons"]
    assert {r["verdict"] for r in lesson["results"]} == {"passed"}
    assert {r["earned"] for r in lesson["results"]} == {0}
    breaches = {breach["name"] for breach in lesson["breaches"]}
    assert "torch.nn.functional.scaled_dot_product_attention" in breaches


def test_an_unknown_tree_is_one_line_and_exit_2(zth: Run, site: Path) -> None:
    result = zth("train", "shakespeare-tiny", "--with", "attention=quik", installed=(site,))
    assert result.returncode == 2
    assert result.stderr.startswith("error: ")
    assert len(result.stderr.splitlines()) == 1
    assert "quick" in result.stderr


def test_a_broken_plugin_is_a_warning(zth: Run, install: Install, tmp_path: Path) -> None:
    site = install(BROKEN, tmp_path)
    result = zth("plugins", installed=(site,))
    assert result.returncode == 0
    assert "warning: plugin broken_attention: cannot be loaded" in result.stderr
    assert "no licence found" in result.stderr
    assert zth("plugins", "--strict", installed=(site,)).returncode == 1
