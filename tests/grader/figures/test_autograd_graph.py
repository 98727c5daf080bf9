"""The graphs of lesson 1's figure are what the reference does, and what a slope says."""

from __future__ import annotations

import math
import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from grader.figures import autograd_graph, record
from grader.figures.autograd_graph import EXPRESSIONS, Expression

KEPT = record.read("autograd_graph")["data"]
GRAPHS: dict[str, Any] = {graph["id"]: graph for graph in KEPT["graphs"]}


def test_it_is_what_the_reference_does_today() -> None:
    assert autograd_graph.measure(0, lambda _: None) == KEPT


def result(expression: Expression, leaves: dict[str, float]) -> float:
    """What the lines give for plain numbers."""
    names: dict[str, Any] = dict(leaves)
    for line in expression.lines:
        exec(re.sub(r"(\w)\.tanh\(\)", r"tanh(\1)", line), {"tanh": math.tanh}, names)
    return float(list(names.values())[-1])


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=lambda expression: expression.id)
def test_gradients_are_slopes(expression: Expression) -> None:
    adds = GRAPHS[expression.id]["adds"]
    for name, value in expression.leaves.items():
        up, down = (
            result(expression, {**expression.leaves, name: value + h}) for h in (1e-6, -1e-6)
        )
        grad = [add["after"] for add in adds if add["to"] == name][-1]
        assert grad == pytest.approx((up - down) / 2e-6, rel=1e-6)


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=lambda expression: expression.id)
def test_a_node_passes_on_what_is_complete_and_each_arrow_is_used_once(
    expression: Expression,
) -> None:
    adds = GRAPHS[expression.id]["adds"]
    arrows = sum(len(set(re.findall(r"\b\w+\b", line)) - {"tanh"}) - 1 for line in expression.lines)
    twice = sum(line in ("b = a + a", "b = a * a", "c = b * b") for line in expression.lines)
    assert len(adds) == arrows + twice
    for i, add in enumerate(adds):
        assert add["after"] == pytest.approx(add["before"] + add["local"] * add["grad"])
        assert add["from"] not in [later["to"] for later in adds[i:]]


@pytest.mark.parametrize("graph", KEPT["graphs"], ids=lambda graph: graph["id"])
def test_a_drawing_has_each_node_and_arrow_once(graph: dict[str, Any]) -> None:
    root = ET.fromstring(graph["drawing"])
    nodes = [part.get("data-node") for part in root.iter() if part.get("data-node")]
    arrows = [part.get("data-arrow") for part in root.iter() if part.get("data-arrow")]
    assert nodes == [node["name"] for node in graph["nodes"]]
    assert arrows == [str(i) for i, _ in enumerate(graph["adds"])]
