"""Lesson 1: the oracle, what is drawn, and the snippets."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings

from grader.grading import checks_of
from grader.lessons.lesson1_autograd import LESSON, driver, oracle
from grader.lessons.lesson1_autograd.driver import Shape, Step
from grader.lessons.lesson1_autograd.strategies import graphs, networks, numbers, operations

PROPERTIES = [c for c in checks_of(LESSON) if c.case is not None]


# --- the oracle ---------------------------------------------------------------------------------


def test_hand_worked_program():
    """c = a*b, d = c + a, e = d**2: de/da = 2d(b + 1), de/db = 2d·a."""
    steps = [Step("mul", 0, 1), Step("add", 2, 0), Step("pow", 3, number=2)]
    assert oracle.data([2.0, -3.0], steps) == [2.0, -3.0, -6.0, -4.0, 16.0]
    assert oracle.gradient([2.0, -3.0], steps) == pytest.approx([16.0, -16.0], rel=1e-14)


@pytest.mark.parametrize(
    ("step", "data", "slope"),
    [
        (Step("neg", 0), -2.0, -1.0),
        (Step("relu", 0), 2.0, 1.0),
        (Step("tanh", 0), math.tanh(2.0), 1 / math.cosh(2.0) ** 2),
        (Step("exp", 0), math.e**2, math.e**2),
        (Step("log", 0), math.log(2.0), 0.5),
        (Step("pow", 0, number=-1), 0.5, -0.25),
        (Step("pow", 0, number=0), 1.0, 0.0),
        (Step("pow", 0, number=0.5), math.sqrt(2), 0.5 / math.sqrt(2)),
        (Step("sub", 0, number=5, reflected=True), 3.0, -1.0),
        (Step("div", 0, number=5, reflected=True), 2.5, -1.25),
        (Step("div", 0, 0), 1.0, 0.0),
    ],
    ids=lambda x: driver.phrase(x) if isinstance(x, Step) else "",
)
def test_each_operation_by_hand(step, data, slope):
    assert oracle.data([2.0], [step])[-1] == pytest.approx(data, rel=1e-14)
    assert oracle.gradient([2.0], [step]) == pytest.approx([slope], rel=1e-14)


def test_relu_and_power_of_negative_numbers():
    assert oracle.gradient([-2.0], [Step("relu", 0)]) == [0.0]
    assert oracle.gradient([-2.0], [Step("pow", 0, number=3)]) == [12.0]


@settings(max_examples=60)
@given(graphs.programs())
def test_gradients_match_finite_differences(case):
    leaves, h = list(case.leaves), 1e-6
    for i, slope in enumerate(oracle.gradient(leaves, case.steps)):
        up, down = ([x + s * h * (i == j) for j, x in enumerate(leaves)] for s in (1, -1))
        higher, lower = (oracle.data(xs, case.steps)[-1] for xs in (up, down))
        scale = max(1.0, abs(slope), *map(abs, oracle.data(leaves, case.steps)))
        assert (higher - lower) / (2 * h) == pytest.approx(slope, abs=1e-3 * scale)


def test_a_network_by_hand():
    """Two inputs, two relu neurons (one of them off), a linear output."""
    shape = Shape("mlp", 2, [2, 1])
    weights = [1.0, 2.0, 0.5, -1.0, -1.0, 0.0, 3.0, 4.0, -1.0]
    assert oracle.count(shape) == 9
    assert oracle.forward(shape, weights, [1.0, 1.0]) == [3.0 * 3.5 - 1.0]
    assert oracle.margin(shape, weights, [1.0, 1.0]) == 2.0
    assert oracle.sizes(Shape("layer", 3, [2], nonlin=False)) == [(3, 2, False)]
    assert oracle.sizes(Shape("neuron", 3, [])) == [(3, 1, True)]


def test_descent_by_hand():
    """y = w·x + b with w = b = 0, x = 1, t = 1: both gradients are -2, and the error halves."""
    shape = Shape("mlp", 1, [1])
    losses, _ = oracle.descend(shape, [0.0, 0.0], [[1.0]], [1.0], 0.125, 2)
    assert losses == pytest.approx([1.0, 0.25, 0.0625])


def test_the_moons_are_balanced_and_reproducible():
    points, labels = oracle.moons(3, 200)
    assert (points, labels) == oracle.moons(3, 200)
    assert points != oracle.moons(4, 200)[0]
    assert sum(labels) == 0
    assert all(abs(x) < 4 and abs(y) < 3 for x, y in points)


# --- what is drawn ------------------------------------------------------------------------------


def examples(strategy, n: int = 3):
    """The first cases that are drawn of a strategy."""
    seen = []

    @settings(max_examples=n, database=None, derandomize=True)
    @given(strategy)
    def collect(case):
        seen.append(case)

    collect()
    return seen


@settings(max_examples=100)
@given(graphs.programs() | graphs.ladders())
def test_programs_are_well_conditioned(case):
    nodes = oracle.run([complex(x) for x in case.leaves], case.steps)
    assert all(abs(z.real) <= numbers.LARGEST for z in nodes)
    for i, step in enumerate(case.steps):
        assert graphs.fits(step, nodes[: len(case.leaves) + i])
    assert all(map(math.isfinite, oracle.gradient(case.leaves, case.steps)))


def test_programs_come_with_every_operation_on_either_side():
    cases = examples(graphs.programs(), 200)
    seen = {(s.op, s.number is not None, s.reflected) for c in cases for s in c.steps}
    binary = {(op, *kind) for op in ("add", "sub", "mul", "div") for kind in SIDES}
    unary = {(op, False, False) for op in ("neg", "relu", "tanh", "exp", "log")}
    assert seen == binary | unary | {("pow", True, False)}


SIDES = ((False, False), (True, False), (True, True))


@settings(max_examples=50)
@given(operations.powers())
def test_bases_of_powers_are_positive_unless_the_exponent_is_natural(case):
    exponent = case.steps[0].number
    assert case.leaves[0] > 0 or (exponent > 0 and exponent == int(exponent))


@settings(max_examples=30)
@given(networks.nets("mlp") | networks.nets("layer") | networks.nets("neuron"))
def test_no_relu_of_a_network_is_at_its_corner(case):
    assert len(case.weights) == oracle.count(case.shape)
    assert oracle.margin(case.shape, case.weights, case.x) > numbers.CORNER


@settings(max_examples=30)
@given(networks.nets("mlp"))
def test_hidden_layers_have_two_neurons_or_more(case):
    """micrograd does not run with one; that is the advisory check's matter."""
    assert all(n >= 2 for n in case.shape.nouts[:-1])


def test_negative_zero_and_large_numbers_are_drawn():
    cases = examples(graphs.programs(), 200)
    assert any(str(x) == "-0.0" for c in cases for x in c.leaves)
    assert any(abs(x) > 1000 for c in cases for x in oracle.data(c.leaves, c.steps))


# --- snippets -----------------------------------------------------------------------------------

RUN_ALL = """
import contextlib, io, json, sys
for snippet in json.load(sys.stdin):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(snippet, {})
    print(json.dumps(out.getvalue()))
"""


def outputs_of(snippets: list[str], tree: Path) -> list[str]:
    """What each snippet prints, run from the root of a tree."""
    done = subprocess.run(
        [sys.executable, "-c", RUN_ALL],
        input=json.dumps(snippets),
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_every_check_has_snippets_that_run(root):
    cases = [case for check in PROPERTIES for case in examples(check.case)]
    printed = outputs_of([case.snippet() for case in cases], root / "solutions")
    assert len(printed) == len(cases)
    assert all(printed)


def test_snippets_of_programs_print_what_the_oracle_says(root):
    cases = examples(graphs.programs(), 15)
    for case, text in zip(
        cases, outputs_of([c.snippet() for c in cases], root / "solutions"), strict=True
    ):
        data, grads = text.splitlines()
        assert float(data) == pytest.approx(oracle.data(case.leaves, case.steps)[-1], rel=1e-9)
        expected = oracle.gradient(case.leaves, case.steps)
        assert [float(g) for g in grads.split()] == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_the_snippet_of_a_descent_prints_its_losses(root):
    case = examples(networks.descents(), 2)[-1]
    (text,) = outputs_of([case.snippet()], root / "solutions")
    losses, _ = oracle.descend(case.shape, case.weights, case.xs, case.ts, case.rate, case.steps)
    assert [float(x) for x in text.split()] == pytest.approx(losses, rel=1e-9)


@pytest.mark.parametrize(
    ("step", "text"),
    [
        (Step("sub", 0, number=2, reflected=True), "2 - a"),
        (Step("pow", 0, number=-0.5), "a ** (-0.5)"),
        (Step("div", 1, 26), "b / n26"),
        (Step("neg", 2), "-c"),
        (Step("relu", 0), "a.relu()"),
    ],
)
def test_steps_read_as_python(step, text):
    assert driver.phrase(step) == text
