"""What a slot is filled with must give what the model asked it for."""

import sys

import numpy as np
import pytest

from zth.worker import fit
from zth.worker.answers import BadAnswer
from zth.worker.loop import Setup

torch = pytest.importorskip("torch")

MODEL = """
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Config:
    vocab_size: int
    block_size: int


class Model(torch.nn.Module):
    def __init__(self, config, mixing):
        super().__init__()
        self.wte = torch.nn.Embedding(config.vocab_size, 3)
        self.mixing = mixing(3, config.vocab_size, bias=False)

    def forward(self, idx, targets=None):
        return self.mixing(self.wte(idx)), None
"""


@pytest.fixture
def scores(tmp_path, monkeypatch):
    """The scores of a model of three channels and five tokens, with this part in its slot."""
    (tmp_path / "made_model.py").write_text(MODEL)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "made_model", raising=False)
    import made_model

    sizes = {"vocab_size": 5, "block_size": 4}
    setup = Setup(
        "model", "Config", sizes, ["mixing"], 0, "cpu", 1, 1, 0.1, 0, 0.0, (0.9, 0.99), 1.0
    )

    def ask(part):
        parts = {"model": made_model.Model, "mixing": part}
        fit.build(parts.__getitem__, setup, np.zeros(9, np.int32))
        return fit.logits(parts.__getitem__, np.zeros((2, 4), np.int64))

    return ask


def test_a_part_may_give_other_channels_than_it_is_given(scores):
    assert scores(torch.nn.Linear).shape == (2, 4, 5)


def test_a_part_gives_the_channels_that_it_was_made_for(scores):
    words = r"mixing returned shape \(2, 4, 3\) for an input of \(2, 4, 3\), expected \(2, 4, 5\)"
    with pytest.raises(BadAnswer, match=words):
        scores(lambda inputs, outputs, bias: torch.nn.Linear(inputs, inputs, bias))
