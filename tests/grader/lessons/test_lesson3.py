"""Lesson 3: the oracle against torch, gradients against autograd, snippets against the tree."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from grader.derivatives import check_gradients, gradients
from grader.kit import Failed
from grader.lessons.lesson3_attention import oracle
from grader.lessons.lesson3_attention.driver import Sizes
from grader.lessons.lesson3_attention.strategies import QKV, ModuleCase, modules, numbers, qkv
from zth import trees

torch = pytest.importorskip("torch")

few = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def fused(q, k, v, causal):
    """torch's own attention, with the mask aligned at the bottom right."""
    seen = torch.ones(q.shape[-2], k.shape[-2], dtype=torch.bool)
    mask = seen.tril(k.shape[-2] - q.shape[-2]) if causal else None
    return torch.nn.functional.scaled_dot_product_attention(q, k, v, mask)


def leaves(case: QKV):
    return {name: torch.tensor(getattr(case, name), requires_grad=True) for name in "qkv"}


@few
@given(qkv())
def test_the_oracle_is_torchs_attention(case):
    expected = fused(*(torch.tensor(getattr(case, n)) for n in "qkv"), case.causal)
    got = oracle.attention(case.q, case.k, case.v, case.causal)
    np.testing.assert_allclose(got, expected.numpy(), rtol=1e-10, atol=1e-12)


@few
@given(qkv(backward=True))
def test_the_complex_step_is_autograds_gradient(case):
    given = leaves(case)
    (fused(*given.values(), case.causal) * torch.tensor(case.up)).sum().backward()
    point = {name: getattr(case, name) for name in "qkv"}

    def forward(p):
        return oracle.attention(p["q"], p["k"], p["v"], case.causal)

    got = gradients(forward, point, case.up)
    for name, leaf in given.items():
        np.testing.assert_allclose(got[name], leaf.grad.numpy(), rtol=1e-8, atol=1e-10)
    check_gradients(forward, point, case.up, got, seed=1)


def test_a_wrong_gradient_is_named_by_its_element():
    case = QKV((), 2, 2, 2, 1, causal=False, seed=3)
    point = {name: getattr(case, name) for name in "qkv"}

    def forward(p):
        return oracle.attention(p["q"], p["k"], p["v"], False)

    got = gradients(forward, point, case.up)
    got["k"] = got["k"].copy()
    got["k"][1, 0] += 1e-3
    with pytest.raises(Failed, match=r"k\.grad\[1, 0\]"):
        check_gradients(forward, point, case.up, got, seed=1)


def test_large_scores_stay_finite_in_the_oracle():
    case = QKV((2,), 3, 5, 4, 2, causal=True, seed=7, scale=300.0)
    assert np.isfinite(oracle.attention(case.q, case.k, case.v, True)).all()


def test_the_simplest_numbers_read_well():
    assert set(numbers((50,), 0, 0).tolist()) == {-2.0, -1.0, 0.0, 1.0, 2.0}


@few
@given(modules("multihead"))
def test_the_widths_of_a_drawn_module_agree(case):
    y = oracle.multihead({"x": case.x, **case.weights})
    assert y.shape == case.up.shape


CASES = [
    QKV((), 1, 2, 3, 1, causal=True, seed=0),
    QKV((2,), 2, 3, 1, 2, causal=False, seed=5, backward=True),
    QKV((), 3, 3, 2, 2, causal=False, seed=4, block=2, backward=True),
    ModuleCase(Sizes("head", 3, 1, 2, 4), B=1, T=2, seed=0, backward=True),
    ModuleCase(Sizes("multihead", 3, 2, 2, 4), B=2, T=3, seed=1),
    ModuleCase(Sizes("attention", 4, 2, 2, 4, bias=False), B=1, T=2, seed=2, backward=True),
]


def test_every_kind_of_snippet_runs_in_the_reference_tree():
    code = "\n".join(case.snippet() for case in CASES)
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=trees.shipped(trees.REFERENCE),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("tensor(") >= len(CASES)


def test_a_snippet_prints_what_the_oracle_expects():
    case = CASES[0]
    done = subprocess.run(
        [sys.executable, "-c", case.snippet()],
        cwd=trees.shipped(trees.REFERENCE),
        capture_output=True,
        text=True,
        check=True,
    )
    expected = oracle.attention(case.q, case.k, case.v, case.causal)
    printed = float(done.stdout.partition("[[")[2].partition("]]")[0])
    assert printed == pytest.approx(expected[0, 0], abs=1e-4)
