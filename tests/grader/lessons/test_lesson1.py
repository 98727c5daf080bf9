"""Lesson 1: the oracle, what is drawn, the snippets, the driver's messages, the reference."""

from __future__ import annotations

import ast
import doctest
import json
import math
import random
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.grading import checks_of
from grader.kit import Failed
from grader.lessons.lesson1_autograd import LESSON, MLP, checks, driver, oracle
from grader.lessons.lesson1_autograd import strategies as draw
from grader.lessons.lesson1_autograd.driver import Shape, Step
from zth.worker.answers import BadAnswer
from zth.worker.loader import Loader

CHECKS = checks_of(LESSON)
PROPERTIES = [c for c in CHECKS if c.case is not None]


class Local:
    """A remote in this process: the reference's objects, no worker."""

    def __init__(self, objects, component):
        self.objects, self.component = objects, component

    def __call__(self, function, *args):
        return function(self.objects[self.component.id], *args)

    def of(self, component):
        return Local(self.objects, component)


def objects_of(root: Path):
    load = Loader([(c.id, str(root), c.file, c.name) for c in LESSON.components])
    return {c.id: load(c.id) for c in LESSON.components}


@pytest.fixture(scope="module")
def reference(root):
    return objects_of(root / "solutions")


@pytest.fixture(scope="module")
def value_class(reference):
    return reference["value"]


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
@given(draw.programs())
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
@given(draw.programs() | draw.ladders())
def test_programs_are_well_conditioned(case):
    nodes = oracle.run([complex(x) for x in case.leaves], case.steps)
    assert all(abs(z.real) <= draw.LARGEST for z in nodes)
    for i, step in enumerate(case.steps):
        assert draw.fits(step, nodes[: len(case.leaves) + i])
    assert all(map(math.isfinite, oracle.gradient(case.leaves, case.steps)))


def test_programs_come_with_every_operation_on_either_side():
    cases = examples(draw.programs(), 200)
    seen = {(s.op, s.number is not None, s.reflected) for c in cases for s in c.steps}
    binary = {(op, *kind) for op in ("add", "sub", "mul", "div") for kind in SIDES}
    unary = {(op, False, False) for op in ("neg", "relu", "tanh", "exp", "log")}
    assert seen == binary | unary | {("pow", True, False)}


SIDES = ((False, False), (True, False), (True, True))


@settings(max_examples=50)
@given(draw.powers())
def test_bases_of_powers_are_positive_unless_the_exponent_is_natural(case):
    exponent = case.steps[0].number
    assert case.leaves[0] > 0 or (exponent > 0 and exponent == int(exponent))


@settings(max_examples=30)
@given(draw.nets("mlp") | draw.nets("layer") | draw.nets("neuron"))
def test_no_relu_of_a_network_is_at_its_corner(case):
    assert len(case.weights) == oracle.count(case.shape)
    assert oracle.margin(case.shape, case.weights, case.x) > draw.CORNER


@settings(max_examples=30)
@given(draw.nets("mlp"))
def test_hidden_layers_have_two_neurons_or_more(case):
    """micrograd does not run with one; that is the advisory check's matter."""
    assert all(n >= 2 for n in case.shape.nouts[:-1])


def test_negative_zero_and_large_numbers_are_drawn():
    cases = examples(draw.programs(), 200)
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
    cases = examples(draw.programs(), 15)
    for case, text in zip(
        cases, outputs_of([c.snippet() for c in cases], root / "solutions"), strict=True
    ):
        data, grads = text.splitlines()
        assert float(data) == pytest.approx(oracle.data(case.leaves, case.steps)[-1], rel=1e-9)
        expected = oracle.gradient(case.leaves, case.steps)
        assert [float(g) for g in grads.split()] == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_the_snippet_of_a_descent_prints_its_losses(root):
    case = examples(draw.descents(), 2)[-1]
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


# --- the driver's messages ----------------------------------------------------------------------


class Leaf:
    """A Value that can do nothing yet."""

    def __init__(self, data):
        self.data, self.grad = data, 0.0

    def backward(self):
        self.grad = 1.0


def test_a_missing_return_is_named(monkeypatch):
    monkeypatch.setattr(Leaf, "__add__", lambda self, other: None, raising=False)
    with pytest.raises(BadAnswer, match=r"a \+ b gave None; is a `return` missing\?"):
        driver.backprop(Leaf, [1.0, 2.0], [Step("add", 0, 1)])


def test_a_plain_number_for_a_value_is_named(monkeypatch):
    monkeypatch.setattr(Leaf, "exp", lambda self: math.exp(self.data), raising=False)
    with pytest.raises(BadAnswer, match=r"a\.exp\(\) gave a float, expected a Value"):
        driver.backprop(Leaf, [1.0], [Step("exp", 0)])


@pytest.mark.parametrize(
    ("data", "message"),
    [(None, "a.data is None"), ("1", "a.data is a str"), (10**400, "a.data is an int too large")],
)
def test_what_is_no_number_is_named(data, message):
    with pytest.raises(BadAnswer, match=message):
        driver.backprop(lambda _: Leaf(data), [1.0], [])


class Model:
    """A module whose answers are given."""

    def __init__(self, parameters, outputs):
        self._parameters, self.outputs = parameters, outputs

    def parameters(self):
        return self._parameters

    def __call__(self, x):
        return self.outputs


@pytest.mark.parametrize(
    ("parameters", "outputs", "message"),
    [
        (None, None, r"parameters\(\) gave None"),
        ([1.0, 2.0], None, r"parameters\(\)\[0\] is a float, expected a Value"),
        ([Leaf(0.0)], None, r"parameters\(\) lists 1 Values, expected 2"),
        ([Leaf(0.0), Leaf(0.0)], [Leaf(0.0)] * 2, r"MLP\(1, \[1\]\) gave 2 outputs, expected 1"),
        ([Leaf(0.0), Leaf(0.0)], 1.0, r"MLP\(1, \[1\]\) gave a float, expected a Value"),
    ],
)
def test_what_is_no_network_is_named(parameters, outputs, message):
    with pytest.raises(BadAnswer, match=message):
        driver.play(
            lambda *_: Model(parameters, outputs),
            Shape("mlp", 1, [1]),
            [0.5, 0.5],
            [1.0],
            [1.0],
            False,
        )


# --- the checks against the reference, in this process ------------------------------------------


@pytest.mark.parametrize("check", PROPERTIES, ids=lambda c: c.id)
def test_the_reference_passes_with_other_cases(check, reference):
    remote = Local(reference, check.component)

    @settings(max_examples=min(check.examples, 25), database=None)
    @given(check.case)
    def holds(case):
        check.function(remote, case)

    holds()


@pytest.mark.parametrize("seed", [1, 2])
def test_the_reference_separates_the_moons(seed, reference):
    assert "of 300 new points right" in checks.two_moons.function(Local(reference, MLP), seed)


def test_answers_at_random_do_not_separate_the_moons():
    def guesses(function, seed, points, labels, asked):
        return [x for x, _ in asked]

    with pytest.raises(Failed, match="does not tell the moons apart"):
        checks.two_moons.function(guesses, 1)


def test_what_is_not_a_number_separates_nothing():
    with pytest.raises(Failed, match="does not tell the moons apart"):
        checks.two_moons.function(lambda *args: [math.nan] * checks.HELD_OUT, 1)


def test_every_check_has_a_title_a_hint_and_its_worth():
    assert sum(c.points for c in CHECKS) == 50
    for check in CHECKS:
        assert check.hint
        assert check.title != check.function.__name__
        assert bool(check.points) != check.advisory
        known = {c.id for c in CHECKS}
        assert set(check.needs) <= known


# --- the reference and the stubs ----------------------------------------------------------------


@pytest.mark.parametrize("name", ["value", "mlp"])
def test_the_examples_of_the_docstrings_are_true(name, reference):
    module = sys.modules[reference[name].__module__]
    outcome = doctest.testmod(module)
    assert outcome.attempted >= 8
    assert outcome.failed == 0


def definitions(file: Path) -> dict[str, str]:
    """Signature and docstring of each class and method of a file."""
    found = {}
    for cls in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(cls, ast.ClassDef):
            for f in cls.body:
                if isinstance(f, ast.FunctionDef):
                    found[f"{cls.name}.{f.name}"] = ast.get_docstring(f) or ""
    return found


@pytest.mark.parametrize("name", ["value.py", "mlp.py"])
def test_the_stubs_have_the_methods_of_the_reference(name, root):
    stub, solved = (
        definitions(root / t / LESSON.folder / name) for t in ("exercises", "solutions")
    )
    public = [m for m in solved if m != "Value._topological"]
    assert list(stub) == public
    for method in public:
        first = [text.partition("\n")[0] for text in (stub[method], solved[method])]
        assert first[0] == first[1]


@pytest.mark.parametrize("component", LESSON.components, ids=lambda c: c.id)
def test_the_stubs_are_not_implemented_yet(component, root):
    stub = objects_of(root / "exercises")[component.id]
    arguments = {"value": [2.0], "neuron": [2], "layer": [2, 3], "mlp": [2, [1]]}[component.id]
    with pytest.raises(NotImplementedError):
        stub(*arguments)


def seconds_of(MLP) -> float:
    """The time for eight training steps on 50 points, garbage collection and all."""
    points, labels = oracle.moons(1, 50)
    model = MLP(2, [16, 16, 1])
    start = time.perf_counter()
    for _ in range(8):
        losses = [(model(list(p)) * -t + 1.0).relu() for p, t in zip(points, labels, strict=True)]
        loss = sum(losses[1:], losses[0]) * (1 / len(losses))
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= 0.1 * p.grad
    return time.perf_counter() - start


@pytest.mark.slow
def test_the_reference_trains_three_times_as_fast_as_micrograd(reference):
    from micrograd import nn

    assert seconds_of(reference["mlp"]) * 3 < seconds_of(nn.MLP)


@pytest.mark.slow
def test_a_graph_a_million_nodes_deep(value_class):
    x = y = value_class(1.0)
    for _ in range(1_000_000):
        y = y + x
    y.backward()
    assert x.grad == 1_000_001.0


def test_the_second_backward_does_not_see_the_first(value_class):
    a = value_class(3.0)
    b = a * a
    c, d = b + 1.0, b * 2.0
    c.backward()
    d.backward()
    assert (a.grad, b.grad) == (6.0 + 12.0, 2.0)


@given(st.lists(st.integers(1, 5), min_size=1, max_size=4))
@settings(max_examples=20)
def test_networks_have_the_sizes_asked_for(reference, nouts):
    model = reference["mlp"](3, nouts)
    assert [len(layer.neurons) for layer in model.layers] == nouts
    pairs = pairwise([3, *nouts])
    assert len(model.parameters()) == sum((i + 1) * o for i, o in pairs)
    out = model((1.0, 2.0, 3.0))
    assert len(out) == nouts[-1] if nouts[-1] > 1 else isinstance(out.data, float)


# --- the chapter --------------------------------------------------------------------------------


def listing(root: Path, first: str) -> str:
    """The chapter's Python listing that starts with this text."""
    text = (root / "docs" / "lesson1_autograd.md").read_text(encoding="utf-8")
    blocks = [block.partition("```")[0] for block in text.split("```python\n")[1:]]
    return next(block for block in blocks if block.startswith(first))


def test_the_training_loop_of_the_chapter_learns(root, reference):
    points, labels = oracle.moons(1, 40)
    names = {"MLP": reference["mlp"], "points": points, "labels": labels}
    random.seed(1)
    exec(listing(root, "model = MLP"), names)
    right = sum(
        (names["model"](p).data > 0) == (t > 0) for p, t in zip(points, labels, strict=True)
    )
    assert right >= 34
    assert names["loss"].data < 0.4


def test_the_slope_of_the_chapter_is_a_slope(root):
    names: dict[str, object] = {}
    exec(listing(root, "def slope"), names)
    assert names["slope"](lambda a: a * -3.0 + a, 2.0) == pytest.approx(-2.0)


def test_the_order_of_the_chapter_is_topological(root):
    class Node:
        def __init__(self, *parents):
            self.parents = parents

    a = Node()
    c = Node(a)
    d = Node(c, a)
    names = {"seen": set(), "order": []}
    exec(listing(root, "def build"), names)
    names["build"](d)
    assert names["order"] == [a, c, d]
