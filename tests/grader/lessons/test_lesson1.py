"""Lesson 1: the driver's messages, the checks, the reference, the stubs, the chapter."""

from __future__ import annotations

import ast
import doctest
import math
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.grading import checks_of
from grader.kit import Failed
from grader.lessons.lesson1_autograd import LESSON, MLP, driver, milestones
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
    assert "of 300 new points right" in milestones.two_moons.function(Local(reference, MLP), seed)


def test_answers_at_random_do_not_separate_the_moons():
    def guesses(function, seed, points, labels, asked):
        return [x for x, _ in asked]

    with pytest.raises(Failed, match="does not tell the moons apart"):
        milestones.two_moons.function(guesses, 1)


def test_what_is_not_a_number_separates_nothing():
    with pytest.raises(Failed, match="does not tell the moons apart"):
        milestones.two_moons.function(lambda *args: [math.nan] * milestones.HELD_OUT, 1)


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
