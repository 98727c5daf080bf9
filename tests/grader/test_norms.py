"""Norms that lessons share: the oracles are torch's, and cases write themselves as code."""

from __future__ import annotations

import numpy as np
import pytest

from grader.norms import FarNorm, NewNorm, NormCase, layer_norm, rms_norm
from zth import trees

torch = pytest.importorskip("torch")

PLACES = ["lesson5_gpt.gpt.LayerNorm", "lesson8_normalization.normalization.LayerNorm"]
WEIGHT, BIAS = np.arange(5.0), np.ones(5)


@pytest.mark.parametrize("eps", [1e-5, 0.5])
@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_layer_norm_is_torchs(offset, eps):
    x = offset + np.random.default_rng(0).normal(size=(3, 5))
    given = [torch.tensor(a) for a in (x, WEIGHT, BIAS)]
    expected = torch.nn.functional.layer_norm(given[0], (5,), *given[1:], eps)
    np.testing.assert_allclose(layer_norm(x, WEIGHT, BIAS, eps), expected.numpy(), rtol=1e-6)


def test_layer_norm_over_another_dimension_is_that_of_the_transpose():
    x = np.random.default_rng(0).normal(size=(5, 3))
    one = np.ones(3)
    np.testing.assert_allclose(layer_norm(x, one, axis=0), layer_norm(x.T, np.ones(5)).T)


@pytest.mark.parametrize("eps", [1e-5, 0.5])
def test_rms_norm_is_torchs(eps):
    x = np.random.default_rng(0).normal(size=(3, 5))
    expected = torch.nn.functional.rms_norm(torch.tensor(x), (5,), torch.tensor(WEIGHT), eps)
    np.testing.assert_allclose(rms_norm(x, WEIGHT, eps), expected.numpy(), rtol=1e-9)


@pytest.mark.parametrize("place", PLACES)
def test_the_snippet_of_a_norm_has_the_numbers_of_its_case(place, monkeypatch, capsys):
    monkeypatch.syspath_prepend(str(trees.shipped(trees.REFERENCE)))
    names: dict[str, object] = {}
    case = NormCase((2, 3), True, 1.0, 5, True, place)
    exec(case.snippet(), names)
    expected = layer_norm(case.x, **case.weights)
    np.testing.assert_allclose(names["y"].detach().numpy(), expected, atol=1e-12)
    exec(FarNorm((2, 3), False, 4.0, 5, False, place).snippet(), names)
    assert names["x"].dtype == torch.float32
    assert names["x"].min() > 4000
    exec(NewNorm(2, True, place).snippet(), names)
    assert capsys.readouterr().out.endswith("requires_grad=True))\n")
