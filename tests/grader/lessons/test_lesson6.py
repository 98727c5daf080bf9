"""Lesson 6: the oracle against torch, snippets and stubs against the trees, words to a learner."""

from __future__ import annotations

import ast
import shutil

import numpy as np
import pytest

from grader import grading, names
from grader.derivatives import gradients
from grader.kit import Failed
from grader.lessons.lesson6_bigram import LESSON, cases, driver, milestones, oracle
from grader.lessons.lesson6_bigram.cases import Counted, Model, New, Read, Steps, Text, Walk
from grader.losses import cross_entropy
from zth import trees
from zth.host import Nursery
from zth.records import Tree, Verdict

torch = pytest.importorskip("torch")

TEXT = Text((0, 1, 1, 2, 0, 2), 3)
P = ((0.25, 0.5, 0.25), (0.125, 0.375, 0.5), (0.75, 0.25, 0.0))


@pytest.fixture(scope="module")
def nursery():
    with Nursery(["torch", "torch._dynamo"]) as nursery:
        yield nursery


# --- the oracle ---------------------------------------------------------------------------------


def test_counts_are_those_of_the_pairs_one_by_one():
    expected = [[0, 1, 1], [0, 1, 1], [1, 0, 0]]
    assert oracle.counts(TEXT.tokens, 3).tolist() == expected
    assert not oracle.counts(np.array([1]), 3).any()


def test_rows_of_probabilities_sum_to_1_with_counts_or_without():
    counts = np.array([[3, 1], [0, 0]])
    assert oracle.probabilities(counts, 0.0).tolist() == [[0.75, 0.25], [0.5, 0.5]]
    assert oracle.probabilities(counts, 2.0).tolist() == [[0.625, 0.375], [0.5, 0.5]]


def test_the_likelihood_is_that_of_torch():
    table = np.array(P)
    expected = -torch.tensor(table)[TEXT.tokens[:-1], TEXT.tokens[1:]].log().mean()
    assert oracle.nats(table, TEXT.tokens) == pytest.approx(float(expected))
    assert oracle.nats(table, np.array([2, 2])) == np.inf


def test_a_step_is_that_of_the_complex_step():
    W = np.random.default_rng(0).normal(size=(3, 3))
    x, y = TEXT.tokens[:-1], TEXT.tokens[1:]

    def forward(named):
        penalty = 0.3 * (named["W"] ** 2).mean()
        return cross_entropy(named["W"][x], y) + penalty

    losses, after = oracle.descend(W, TEXT.tokens, 1, 0.5, 0.3)
    assert losses == [pytest.approx(float(forward({"W": W})))]
    slope = gradients(forward, {"W": W}, np.array(1.0))["W"]
    np.testing.assert_allclose(after, W - 0.5 * slope, atol=1e-12)


def test_by_gradient_the_shares_are_found():
    _, W = oracle.descend(np.zeros((3, 3)), TEXT.tokens, 2000, 2.0, 0.0)
    shares = oracle.probabilities(oracle.counts(TEXT.tokens, 3), 0.0)
    np.testing.assert_allclose(oracle.softmax(W), shares, atol=2e-3)


# --- cases and trees ----------------------------------------------------------------------------

CASES = {
    "a text": (TEXT, "tensor([[0, 1, 1],\n        [0, 1, 1],\n        [1, 0, 0]])"),
    "an empty text": (Text((), 2), "tensor([[0, 0],\n        [0, 0]])"),
    "a long text": (Text((0, 1), 2, 300), "tensor([[  0, 300],\n        [299,   0]])"),
    "counts": (Counted(((1, 1), (3, 0)), 1.0), "[0.8000, 0.2000]"),
    "counts, by default": (Counted(((1, 1), (3, 0)), None), "[0.8000, 0.2000]"),
    "a table": (Read(P, (0, 1, 2)), "tensor(0.6931"),
    "a walk": (Walk((2, 0, 1), None), "[2, 1]\n"),
    "a circle": (Walk((1, 1), 3), "[1, 1, 1]\n"),
    "a new model": (New(2, 8), "[0., 0.]"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_snippet_shows_its_case(name, reference, capsys):
    case, words = CASES[name]
    exec(case.snippet(), {})
    assert words in capsys.readouterr().out


@pytest.mark.parametrize("shown", ["logits", "loss", "gradient"])
def test_the_snippet_of_a_model_has_the_numbers_of_its_case(shown, reference, capsys):
    case = Model(3, 2, 2, seed=5, shown=shown)
    found: dict[str, object] = {}
    exec(case.snippet(), found)
    np.testing.assert_array_equal(found["idx"].numpy(), case.idx)
    np.testing.assert_allclose(found["model"].W.detach().numpy(), case.W, rtol=1e-6)
    if shown != "logits":
        expected = cross_entropy(case.W[case.idx], case.targets)
        assert found["loss"].item() == pytest.approx(float(expected), rel=1e-5)
    assert (found["model"].W.grad is not None) == (shown == "gradient")


def test_the_snippet_of_a_run_ends_where_the_oracle_does(reference, capsys):
    case = Steps(TEXT, 3, 2, 1.0, 0.5, stale=True)
    found: dict[str, object] = {}
    exec(case.snippet(), found)
    _, W = oracle.descend(case.W, TEXT.tokens, 2, 1.0, 0.5)
    np.testing.assert_allclose(found["model"].W.detach().numpy(), W, atol=1e-5)


def test_the_snippet_of_many_names_counts_what_came(reference, capsys):
    exec(cases.Many(((1, 2, 4), (2, 1, 4), (4, 1, 2)), 3, count=50).snippet(), {})
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 9
    assert lines[0].endswith("expected 0.143")


def test_the_snippet_of_generators_writes_the_same_twice(reference, capsys):
    exec(cases.Again(((1, 1, 1),) * 3, 3, count=5).snippet(), {})
    first, second, third = capsys.readouterr().out.splitlines()
    assert first == second != third


def test_the_stub_has_the_references_names():
    def defined(tree, file):
        module = ast.parse((trees.shipped(tree) / LESSON.folder / file).read_text("utf-8"))
        return {node.name for node in module.body if hasattr(node, "name")}

    for file in ("counting.py", "network.py"):
        assert defined(trees.STUBS, file) == defined(trees.REFERENCE, file)


# --- what a learner is told ---------------------------------------------------------------------

BAD = {
    "floats": (
        "counting.py",
        "    pairs = tokens",
        "    return torch.zeros(vocab_size, vocab_size)\n    pairs = tokens",
        "counts.pairs_are_counted",
        "counts has dtype float32, expected int64",
    ),
    "nothing": (
        "counting.py",
        "    smoothed = ",
        "    return None\n    smoothed = ",
        "smoothing.rows_are_shares",
        "probs is a NoneType, expected a torch.Tensor",
    ),
    "whole numbers": (
        "counting.py",
        "    smoothed = ",
        "    return counts\n    smoothed = ",
        "smoothing.rows_are_shares",
        "probs has dtype int64, expected floating point",
    ),
    "one loss a pair": (
        "counting.py",
        ".log().mean()",
        ".log()",
        "likelihood.mean_in_nats",
        "expected a single number",
    ),
    "text": (
        "counting.py",
        "    return name\n",
        "    return decode(name)\n",
        "drawing.walks_the_table",
        "sample returned a str, expected a list of tokens",
    ),
    "tensors": (
        "counting.py",
        "name.append(token)",
        "name.append(torch.tensor(token))",
        "drawing.walks_the_table",
        "sample returned a Tensor in its list, expected ints: .item()",
    ),
    "another name": (
        "network.py",
        "self.W = nn.Parameter",
        "self.w = self.W = nn.Linear(2, 2).weight\n        self.V = nn.Parameter",
        "bigram.logits_are_rows",
        "there is a parameter",
    ),
    "logits alone": (
        "network.py",
        "            return logits, None",
        "            return logits",
        "bigram.logits_are_rows",
        "the model must return (logits, loss)",
    ),
    "cut off": (
        "network.py",
        "one_hot @ self.W",
        "one_hot @ self.W.detach()",
        "bigram.gradient_arrives",
        "loss has no gradient: something on the way was detached, or under no_grad",
    ),
    "no losses": (
        "network.py",
        "    return losses\n",
        "",
        "descent.steps_down_the_gradient",
        "train returned a NoneType, expected a list of losses",
    ),
    "losses that are tensors": (
        "network.py",
        "losses.append(loss.item())",
        "losses.append(loss)",
        "descent.steps_down_the_gradient",
        "a Tensor in its list, expected floats: loss.item()",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_one_line_in_the_learners_terms(name, nursery, tmp_path):
    file, old, new, check, words = BAD[name]
    shutil.copytree(trees.shipped(trees.REFERENCE) / LESSON.folder, tmp_path / LESSON.folder)
    path = tmp_path / LESSON.folder / file
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), "utf-8")
    selection = grading.Selection(checks=(check,))
    report = grading.grade(
        LESSON, Tree("bad", tmp_path), nursery, selection=selection, smallest=False
    )
    [result] = report.results
    assert result.verdict is Verdict.FAILED
    assert words in result.finding.message
    assert "\n" not in result.finding.message


# --- the milestones -----------------------------------------------------------------------------


@pytest.fixture(params=["names.txt", "generated"])
def drawn(request, monkeypatch, tmp_path):
    """Names from the file, and where there is none."""
    if request.param == "generated":
        monkeypatch.setenv("ZTH_DATA", str(tmp_path))
        monkeypatch.setattr("zth.data.files.cache", lambda: tmp_path)
    found = names.names(3)
    if found.generated != (request.param == "generated"):
        pytest.skip("names.txt is not here")
    return found


def test_what_is_far_from_the_counts_is_refused_on_either_side(drawn):
    due = milestones.counted(drawn)
    assert drawn.source in milestones._judged(due + 0.009, drawn)
    assert drawn.source in milestones._judged(due - 0.009, drawn)
    with pytest.raises(Failed, match=r"it may be 0\.01 more"):
        milestones._judged(due + 0.011, drawn)
    with pytest.raises(Failed, match="looks at one token only"):
        milestones._judged(due - 0.011, drawn)


def test_the_milestones_settings_bring_a_table_near_the_counts(drawn):
    rate, penalty = milestones.SETTINGS["learning_rate"], milestones.SETTINGS["penalty"]
    V = len(drawn.vocabulary)
    _, W = oracle.descend(np.zeros((V, V)), drawn.train, milestones.STEPS, rate, penalty)
    loss = oracle.nats(oracle.softmax(W), drawn.val)
    assert abs(loss - milestones.counted(drawn)) < 0.8 * milestones.ALLOWED


def test_a_model_is_asked_about_each_token_by_itself(reference):
    from lesson6_bigram import network

    text = np.tile(TEXT.tokens, 5)
    settings = {"learning_rate": 1.0, "penalty": 0.1}
    got = driver.learned(network.train, driver.Config(3, 4), text, 3, settings)
    _, W = oracle.descend(np.zeros((3, 3)), text, 3, 1.0, 0.1)
    np.testing.assert_allclose(got, W, atol=1e-5)


@pytest.mark.slow
def test_the_reference_reaches_the_milestones(drawn, nursery):
    tree = Tree("reference", trees.shipped(trees.REFERENCE))
    selection = grading.Selection(components=("bigram", "descent"), milestone="all")
    report = grading.grade(LESSON, tree, nursery, selection=selection)
    found = [r for r in report.results if r.milestone]
    assert [r.verdict for r in found] == [Verdict.PASSED] * 2
    assert all(drawn.source in r.detail for r in found)
