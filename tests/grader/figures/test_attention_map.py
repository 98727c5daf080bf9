"""The weights of lesson 3's figure follow from its scores, and the scores from the model."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from grader.figures import attention_map, driver, record
from grader.lessons.lesson3_attention.driver import attend
from solutions.lesson3_attention.attention import scaled_dot_product_attention
from solutions.lesson5_gpt.gpt import GPT

KEPT = record.read("attention_map")["data"]


def test_the_weights_are_those_of_the_reference() -> None:
    scores = np.array(KEPT["heads"][0]["scores"])
    for example in KEPT["examples"]:
        asked = attention_map._asked(scores / example["temperature"])
        found = attend(scaled_dot_product_attention, *asked, example["causal"], scores).y
        assert np.abs(found - example["weights"]).max() < 1e-6
        assert np.abs(found.sum(axis=-1) - 1).max() < 1e-12


def test_scores_are_what_the_model_attends_by(monkeypatch: pytest.MonkeyPatch) -> None:
    size = driver.Size(block_size=8, vocab_size=11, n_layer=2, n_head=3, n_embd=12, bias=True)
    torch.manual_seed(0)
    weights = {name: p.detach().numpy() for name, p in GPT(size).named_parameters()}
    seen, attend = [], F.scaled_dot_product_attention

    def noted(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, **rest: object) -> torch.Tensor:
        seen.append((q @ k.mT / math.sqrt(q.shape[-1]))[0].detach().numpy())
        return attend(q, k, v, **rest)

    monkeypatch.setattr(F, "scaled_dot_product_attention", noted)
    found = driver.scores(GPT, size, weights, np.array([3, 1, 4, 1, 5]))
    assert found.shape == (2, 3, 5, 5)
    assert np.abs(found - np.stack(seen)).max() < 1e-9


def test_a_head_is_found_by_what_it_looks_at() -> None:
    T = len(attention_map.TEXT)
    planted = np.zeros((2, 2, T, T))
    planted[1, 0] = 20 * np.eye(T, k=-1)
    planted[0, 1] = 20 * (np.array(list(attention_map.TEXT)) == " ")
    traits = attention_map._traits(planted)
    places = {id: divmod(int(trait.argmax()), 2) for id, trait in traits.items()}
    assert places["previous"] == (1, 0)
    assert places["spaces"] == (0, 1)
    assert places["spread"] in [(0, 0), (1, 1)]


def test_the_heads_look_at_what_they_are_shown_for() -> None:
    tokens, heads = KEPT["tokens"], KEPT["heads"]
    assert "".join(tokens) == attention_map.TEXT
    assert [head["id"] for head in heads] == ["previous", "spaces", "same", "spread"]
    previous = SimpleNamespace(**heads[0])
    weights = attention_map._weights(np.array(previous.scores))
    assert np.mean(np.diag(weights, k=-1)) == pytest.approx(previous.measure, abs=2e-3)
    assert previous.measure > 0.5
