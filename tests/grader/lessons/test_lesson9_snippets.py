"""Lesson 9: what is shown and given is right: snippets, stubs, and the model."""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import asdict

import pytest

from grader.lessons.lesson9_backprop import LESSON
from grader.lessons.lesson9_backprop.strategies.steps import (
    Columns,
    Logits,
    Looked,
    Product,
    Squashed,
)
from grader.lessons.lesson9_backprop.strategies.whole import Batch, Settled
from tests.grader.lessons.test_lesson9 import BATCH, REFERENCE, ROWS
from zth import trees

# --- snippets and stubs -------------------------------------------------------------------------

CASES = [
    Looked(3, 2, 2, 2, seed=0, strided=True),
    Product(2, 3, 1, seed=0, strided=True),
    Squashed((2, 2), 1.0, seed=0),
    Logits(2, 3, 1.0, seed=0, strided=True),
    Logits(2, 3, 1.0, seed=0, strided=False, file="fused"),
    Columns(3, 2, 1.0, 0.0, flat=True, seed=0, strided=True),
    Columns(3, 2, 1.0, 0.0, flat=False, seed=0, strided=True, file="fused"),
    BATCH,
    Batch(V=2, d=1, T=1, H=1, n=4, seed=0, dtype="float32"),
    ROWS,
    Settled(**asdict(ROWS)),
]


def run_code(code: str) -> subprocess.CompletedProcess[str]:
    """Runs this code where the reference lies."""
    return subprocess.run(
        [sys.executable, "-c", code], cwd=REFERENCE, capture_output=True, text=True, check=False
    )


def test_snippets_run_in_the_reference_tree_and_have_the_numbers_of_their_case():
    compared = [
        f"assert abs(loss.item() - {float(BATCH.loss({}))!r}) < 1e-12",
    ]
    whole = CASES.index(BATCH) + 1
    codes = [case.snippet() for case in CASES]
    done = run_code("\n".join([*codes[:whole], *compared, *codes[whole:]]))
    assert done.returncode == 0, done.stderr


def definitions(tree: str, file: str) -> dict[str, str]:
    """The arguments and the docstring of each function in a tree's file."""
    text = (trees.shipped(tree) / LESSON.folder / file).read_text("utf-8")
    return {
        node.name: f"{ast.unparse(node.args)} {ast.get_docstring(node)}"
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef)
    }


@pytest.mark.parametrize("file", ["steps.py", "fused.py", "mlp.py"])
def test_the_stubs_say_what_the_reference_says(file):
    assert definitions(trees.STUBS, file) == definitions(trees.REFERENCE, file)


def test_the_model_comes_complete():
    file = f"{LESSON.folder}/model.py"
    assert (trees.shipped(trees.STUBS) / file).read_bytes() == (REFERENCE / file).read_bytes()


def test_the_examples_are_true():
    code = """
import doctest
from lesson9_backprop import fused, steps
results = [doctest.testmod(module) for module in (steps, fused)]
assert [(r.failed, r.attempted) for r in results] == [(0, 5), (0, 4)], results
"""
    done = run_code(code)
    assert done.returncode == 0, done.stdout + done.stderr


def test_training_by_hand_is_training_by_autograd():
    """The reference's model beside one of plain operations, for fifty steps of AdamW."""
    code = """
import torch
from torch.nn import functional as F
from lesson9_backprop.mlp import forward
from lesson9_backprop.model import ManualMLP, MLPConfig
torch.manual_seed(0)
hand = ManualMLP(MLPConfig(vocab_size=9, block_size=8, context=3, n_embd=4, n_hidden=12)).double()
own = {n: p.detach().clone().requires_grad_() for n, p in hand.named_parameters()}
a, b = (torch.optim.AdamW(ps, 0.01) for ps in (hand.parameters(), own.values()))
for _ in range(50):
    idx = torch.randint(0, 9, (4, 9))
    loss = hand(idx[:, :-1], idx[:, 1:])[1]
    windows = F.pad(idx[:, :-1], (2, 0)).unfold(1, 3, 1).reshape(-1, 3)
    other = F.cross_entropy(forward(own, windows).logits, idx[:, 1:].reshape(-1))
    for optimizer, value in ((a, loss), (b, other)):
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
    assert abs(loss.item() - other.item()) < 1e-9
"""
    done = run_code(code)
    assert done.returncode == 0, done.stderr


def test_a_gradient_that_is_not_given_yet_is_named():
    code = """
import torch
from lesson9_backprop import model
right = model.loss_and_gradients
def without_two(*given):
    loss, gradients = right(*given)
    return loss, {n: g for n, g in gradients.items() if n not in ("C", "b2")}
model.loss_and_gradients = without_two
idx = torch.zeros(2, 4, dtype=torch.long)
model.ManualMLP(model.MLPConfig(9, 4))(idx, idx)
"""
    done = run_code(code)
    assert "ValueError: loss_and_gradients gives no gradient of C, b2 yet" in done.stderr
