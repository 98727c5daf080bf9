"""Real trees on the boards: the reference, and who has no number."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from grader.classroom.boards.board import boards
from grader.classroom.boards.lanes import Lane
from grader.classroom.boards.measuring import barred, measure
from tests.grader.classroom.small_boards import (
    SEED,
    SMALL,
    board,
    edited,
    measured,
    passing,
    reference,
)
from zth.host import Nursery
from zth.records import Breach, Verdict, ZthError

# --- the reference ------------------------------------------------------------------------------


def test_the_reference_has_a_loss_and_a_curve_on_a_public_text(warm: Nursery) -> None:
    found = measured("shakespeare-cpu", reference(), warm, known=1.0)
    assert not found.problem
    assert 0 < found.value < np.log(8)
    assert [step for step, _ in found.curve] == [0, 10, 20]
    assert found.curve[0][1] > found.curve[-1][1] == found.value
    assert found.tokens == SMALL.tokens
    assert found.seconds > 0
    assert "torch" in found.machine


@pytest.mark.parametrize("name", ["bpe-speed", "attention-speed", "tokens-per-second"])
def test_the_reference_has_a_time_beside_its_own(name: str, warm: Nursery) -> None:
    found = measured(name, reference(), warm)
    assert not found.problem
    assert found.reference == 1.0
    assert found.value > 0
    assert found.tokens > 0
    assert found.seconds > 0
    assert found.curve == ()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak")
def test_the_reference_takes_as_much_memory_as_itself(warm: Nursery) -> None:
    found = measured("attention-memory", reference(), warm)
    assert not found.problem
    assert 0 < found.value < 16
    assert found.value == pytest.approx(found.reference, abs=4)


def test_a_known_reference_is_not_measured_again(warm: Nursery) -> None:
    found = measured("attention-memory", reference(), warm, known=123.0)
    assert found.reference == 123.0


# --- who has no number --------------------------------------------------------------------------


def test_a_tree_that_does_not_pass_has_no_number_and_a_reason(
    warm: Nursery, tmp_path: Path
) -> None:
    on = board("attention-speed")
    mask = "causal_mask(T, T, x.device)"
    found = measure(on, edited(tmp_path, on, mask, f"{mask}.T"), warm, SEED)
    assert np.isnan(found.value)
    assert found.problem == (
        "attention.attention_matches_the_formula: failed; what is measured must pass its checks"
    )


def test_what_is_forbidden_has_no_number_where_the_checks_did_not_see_it(
    warm: Nursery, tmp_path: Path
) -> None:
    on = board("attention-speed")
    fused = """        if T > 10:
            y = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            return self.c_proj(y.transpose(1, 2).reshape(B, T, C))
"""
    scores = "        scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])  # (B, nh, T, T)\n"
    found = measured("attention-speed", edited(tmp_path, on, scores, fused + scores), warm)
    assert "scaled_dot_product_attention, which its lesson forbids" in found.problem


def test_a_breach_that_the_report_names_is_the_reason(warm: Nursery) -> None:
    on = board("attention-speed")
    breach = Breach("attention", "torch.nn.MultiheadAttention", "attention.py:3")
    other = Breach("head", "torch.nn.MultiheadAttention", "attention.py:9")
    assert not barred(on, replace(passing(on), breaches=(other,)))
    assert "MultiheadAttention" in barred(on, replace(passing(on), breaches=(other, breach)))


def test_milestones_and_advice_bar_nobody() -> None:
    on = board("bpe-speed")
    report = passing(on)
    failed = replace(report.results[0], verdict=Verdict.FAILED, earned=0)
    advice = replace(failed, points=0, advisory=True)
    others = (replace(failed, component="basic"), replace(failed, milestone=True), advice)
    assert not barred(on, replace(report, results=(*report.results, *others)))
    assert barred(on, replace(report, results=(*report.results, failed)))


def test_what_was_not_graded_has_no_number() -> None:
    on = board("bpe-speed")
    assert barred(on, passing(board("entropy"))) == "regex was not graded"


def test_a_failure_of_the_grader_is_nobodys_reason() -> None:
    on = board("bpe-speed")
    report = passing(on)
    ours = replace(report.results[0], verdict=Verdict.GRADER_ERROR)
    with pytest.raises(ZthError, match=r"the grader failed in x\.right"):
        barred(on, replace(report, results=(ours,)))


def test_an_exception_is_one_line_with_its_place(warm: Nursery, tmp_path: Path) -> None:
    line = "        check_size(vocab_size)\n        words ="
    tree = edited(tmp_path, board("bpe-speed"), line, f"        raise KeyError('a' * 2000)\n{line}")
    found = measured("bpe-speed", tree, warm)
    assert found.problem.startswith("lesson2_tokenizer/regex_tokenizer.py:")
    assert "KeyError: " in found.problem
    assert len(found.problem) < 350


def test_a_tree_that_hangs_has_no_number(warm: Nursery, tmp_path: Path) -> None:
    on = board("attention-speed")
    line = "        B, T, C = x.shape\n"
    tree = edited(tmp_path, on, line, f"        while True: pass\n{line}")
    on = replace(on, task=replace(on.task, limit=1.0))
    found = measure(on, tree, warm, SEED, report=passing(on))
    assert found.problem == "no answer within 1 s"


@pytest.mark.parametrize("name", ["attention-memory", "attention-speed"])
def test_a_reference_that_fails_is_not_the_entrys_fault(
    name: str, warm: Nursery, tmp_path: Path
) -> None:
    on = board(name)
    imports = "import torch\nfrom torch import Tensor, nn\n"
    mine = Lane(reference(), on.lesson, on.component, warm)
    theirs = replace(mine, tree=edited(tmp_path, on, imports, f"{imports}\nrows = [] + 1\n"))
    with pytest.raises(ZthError, match="the reference could not be measured: TypeError"):
        on.task.run(mine, theirs, SEED, None)


def test_without_a_gpu_nothing_is_measured_and_nobody_blamed(warm: Nursery) -> None:
    if Path("/dev/nvidia0").exists():
        pytest.skip("there is a GPU here")
    with pytest.raises(ZthError, match="it needs a CUDA GPU, and PyTorch sees none here"):
        measured("shakespeare-gpu", reference(), warm)


def test_without_the_text_nothing_is_measured_and_nobody_blamed(
    warm: Nursery, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("zth.data.locate", lambda _: None)
    on = boards()["shakespeare-cpu"]
    with pytest.raises(ZthError, match="zth data fetch tinyshakespeare"):
        measure(on, reference(), warm, SEED, report=passing(on))


# --- at full length -----------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.skipif("ZTH_DATA" not in os.environ, reason="needs tiny Shakespeare in ZTH_DATA")
def test_the_reference_learns_shakespeare_from_any_split(warm: Nursery) -> None:
    on = boards()["shakespeare-cpu"]
    found = measure(on, reference(), warm, 7, report=passing(on), reference=1.8)
    assert not found.problem
    assert 1.5 < found.value < 1.95
    assert found.tokens == 1500 * 16 * 64
    assert len(found.curve) == 9


@pytest.mark.slow
def test_the_reference_nears_the_floor(warm: Nursery) -> None:
    found = measure(boards()["entropy"], reference(), warm, 7, reference=0.0)
    assert 0 < found.value < 0.05
