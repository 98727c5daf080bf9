"""Lesson 3: the oracle against torch, gradients against autograd, answers of a wrong kind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, seed, settings

from grader import grading
from grader.derivatives import check_gradients, gradients
from grader.kit import Check, Failed
from grader.lessons.lesson3_attention import LESSON, driver, oracle
from grader.lessons.lesson3_attention.checks import dot_product
from grader.lessons.lesson3_attention.strategies.devices import Elsewhere
from grader.lessons.lesson3_attention.strategies.functions import QKV, qkv
from grader.lessons.lesson3_attention.strategies.modules import modules
from grader.lessons.lesson3_attention.strategies.numbers import numbers
from zth import trees
from zth.host import Nursery
from zth.records import Tree, Verdict
from zth.worker.answers import BadAnswer

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
    check_gradients(forward, point, case.up, got, seed=1, tolerance=1e-7)


def test_a_wrong_gradient_is_named_by_its_element():
    case = QKV((), 2, 2, 2, 1, causal=False, seed=3)
    point = {name: getattr(case, name) for name in "qkv"}

    def forward(p):
        return oracle.attention(p["q"], p["k"], p["v"], False)

    got = gradients(forward, point, case.up)
    got["k"] = got["k"].copy()
    got["k"][1, 0] += 1e-3
    with pytest.raises(Failed, match=r"k\.grad\[1, 0\]"):
        check_gradients(forward, point, case.up, got, seed=1, tolerance=1e-7)


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


# --- what stays on the CPU ----------------------------------------------------------------------


def attention(mask, scores=lambda q, k: q @ k.mT):
    """A right causal attention, but for where its mask is made."""

    def attend(q, k, v, is_causal=False):
        s = scores(q, k)
        return s.masked_fill(~mask(s), -torch.inf).softmax(-1) @ v

    return attend


STAYS = {
    "ones": lambda s: torch.ones(3, 3).tril().bool(),
    "dtype alone": lambda s: torch.ones(3, 3).tril().to(torch.bool),
    "compared": lambda s: torch.arange(3)[:, None] >= torch.arange(3),
    "one of two": lambda s: torch.ones(3, 3, device=s.device).tril() > torch.zeros(3, 3),
}
MOVES = {
    "device": lambda s: torch.ones(3, 3, device=s.device).tril().bool(),
    "to": lambda s: torch.ones(3, 3).tril().to(s.device).bool(),
    "to a tensor": lambda s: torch.ones(3, 3).tril().to(s).bool(),
    "type_as": lambda s: torch.ones(3, 3).tril().type_as(s).bool(),
    "like": lambda s: torch.ones_like(s).tril().bool(),
    "new": lambda s: s.new_ones(3, 3).tril().bool(),
    "a number": lambda s: torch.ones_like(s).tril() > torch.tensor(0.5),
    "an index": lambda s: torch.ones_like(s)[:, torch.arange(3)].tril().bool(),
}


@pytest.mark.parametrize("mask", STAYS.values(), ids=STAYS)
def test_a_mask_that_stays_on_the_cpu_is_told(mask):
    with pytest.raises(BadAnswer, match="on the CPU"):
        driver.elsewhere(attention(mask), Elsewhere("sdpa").sizes)


@pytest.mark.parametrize("mask", MOVES.values(), ids=MOVES)
def test_a_mask_that_moves_is_right(mask):
    driver.elsewhere(attention(mask), Elsewhere("sdpa").sizes)


def test_a_result_on_the_cpu_is_told():
    def attend(q, k, v, is_causal=False):
        y = torch.zeros(2, 3, 4)
        y[...] = q
        return y

    with pytest.raises(BadAnswer, match="y is on the CPU"):
        driver.elsewhere(attend, Elsewhere("sdpa").sizes)


# --- answers of other shapes --------------------------------------------------------------------

STRANGE = {
    "number": "v.sum()",
    "vector": "v.flatten()",
    "without rows": "v.sum(-1)",
    "one more": "v[None]",
    "empty": "v[:0]",
    "one": "v.sum().reshape((1,) * v.ndim)",
    "whole": "v.long()",
    "nan": "v * float('nan')",
    "list": "v.tolist()",
    "nothing": "None",
}


@pytest.fixture(scope="module")
def nursery():
    with Nursery(["torch"]) as nursery:
        yield nursery


@pytest.mark.parametrize("value", STRANGE.values(), ids=STRANGE)
def test_strange_answers_fail_and_earn_nothing(value, nursery, tmp_path):
    file = tmp_path / LESSON.folder / "attention.py"
    file.parent.mkdir()
    file.write_text(
        f"""
from torch import nn
def scaled_dot_product_attention(q, k, v, is_causal=False):
    return {value}
def blockwise_attention(q, k, v, block_size):
    return {value}
class Head(nn.Module):
    def __init__(self, head_size, *, n_embd, block_size, dropout=0.0):
        super().__init__()
        for name in ("key", "query", "value"):
            setattr(self, name, nn.Linear(n_embd, head_size, bias=False))
    def forward(self, x):
        v = self.value(x)
        return {value}
"""
    )
    selection = grading.Selection(components=("sdpa", "head", "blockwise"))
    report = grading.grade(LESSON, Tree("odd", tmp_path), nursery, selection=selection)
    verdicts = {r.id: r.verdict for r in report.results}
    assert set(verdicts.values()) <= {Verdict.FAILED, Verdict.CRASHED, Verdict.SKIPPED}
    assert report.earned == 0


def hides_the_largest(case: QKV) -> bool:
    """Whether some query sees scores below −10,000 alone: what is not −∞ for its mask shows."""
    seen = np.tril(np.ones((case.Tq, case.Tk), bool), case.Tk - case.Tq)
    scores = case.q @ np.swapaxes(case.k, -1, -2) / np.sqrt(case.d)
    largest = np.where(seen, scores, -np.inf).max(axis=-1)
    return case.causal and bool((largest < -10_000)[..., ~seen.all(axis=-1)].any())


def drawn(check: Check, number: int) -> list[Any]:
    """The cases that the check draws with this seed."""
    cases: list[Any] = []

    @seed(number)
    @settings(few, max_examples=check.examples, database=None)
    @given(check.case)
    def draw(case):
        cases.append(case)

    draw()
    return cases


@pytest.mark.parametrize("number", range(4))
def test_large_scores_come_with_a_mask_that_must_hide_them(number):
    assert sum(map(hides_the_largest, drawn(dot_product.large_scores, number))) >= 2


REMEMBERED = """
_right, _known = scaled_dot_product_attention, {}


def scaled_dot_product_attention(q, k, v, is_causal=False):
    return _known.setdefault((q.shape, k.shape, v.shape), _right(q, k, v, is_causal))
"""


def test_an_answer_kept_for_its_shapes_is_found(nursery, tmp_path):
    file = tmp_path / LESSON.components[0].file
    file.parent.mkdir()
    file.write_text((trees.shipped(trees.REFERENCE) / LESSON.components[0].file).read_text("utf-8"))
    with file.open("a") as source:
        source.write(REMEMBERED)
    selection = grading.Selection(checks=("sdpa.matches_the_formula",))
    report = grading.grade(LESSON, Tree("kept", tmp_path), nursery, selection=selection)
    assert report.results[0].earned == 0


READ_BY_A_KERNEL = """
_right = scaled_dot_product_attention


def scaled_dot_product_attention(q, k, v, is_causal=False):
    y = _right(q, k, v, is_causal)

    def detach():
        torch.ops.aten.scaled_dot_product_attention(*(torch.ones(1, 2, 2) for _ in range(3)))
        return torch.Tensor.detach(y)

    y.detach = detach
    return y
"""


def test_what_a_result_computes_only_when_it_is_read_is_noted_too(nursery, tmp_path):
    file = "lesson3_attention/attention.py"
    (tmp_path / file).parent.mkdir()
    text = (trees.shipped(trees.REFERENCE) / file).read_text("utf-8")
    (tmp_path / file).write_text(text + READ_BY_A_KERNEL, "utf-8")
    chosen = grading.Selection(checks=("sdpa.matches_the_formula",))
    report = grading.grade(LESSON, Tree("late", tmp_path), nursery, selection=chosen)
    assert [b.name for b in report.breaches] == ["torch.nn.functional.scaled_dot_product_attention"]
