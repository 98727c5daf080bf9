"""Graphs of lesson 1, and what backward() adds to each gradient, one arrow after another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from grader.figures import Data, Figure, Told, driver
from grader.figures.marks import (
    ACCENT,
    INK,
    LINE,
    PAPER,
    QUIET,
    drawing,
    mark,
    number,
    picture,
    words,
)
from grader.figures.reference import calls, reference
from grader.lessons.lesson1_autograd import LESSON, VALUE
from zth.language import tr

WIDE, HIGH = 88, 46  # of a node's box
COLUMN, ROW = 92, 106  # from one to the next
TWINS = 26  # how far two arrows between the same nodes bend to their sides
EDGE = 8  # around the drawing


@dataclass(frozen=True)
class Expression:
    """Lines to run on leaves, and where each node is drawn: column and row, not always whole."""

    id: str
    leaves: dict[str, float]
    lines: list[str]
    places: dict[str, tuple[float, float]]


EXPRESSIONS = (
    Expression(
        "two_ways",
        {"a": 2.0, "b": -3.0},
        ["c = a * b", "d = c + a"],
        {"a": (0.4, 0), "b": (2.2, 0), "c": (1.9, 1), "d": (1.0, 2)},
    ),
    Expression(
        "twice",
        {"a": 3.0},
        ["b = a + a", "c = b * b"],
        {"a": (0.9, 0), "b": (0.9, 1), "c": (0.9, 2)},
    ),
    Expression(
        "order",
        {"a": 2.0},
        ["b = a * a", "c = b + a", "d = c * b"],
        {"a": (1.1, 0), "b": (1.6, 1), "c": (0.2, 2), "d": (1.1, 3)},
    ),
    Expression(
        "neuron",
        {"w0": 0.5, "x0": 2.0, "w1": -1.5, "x1": -1.0, "b": -2.0},
        ["p = w0 * x0", "q = w1 * x1", "s = p + q", "t = s + b", "y = t.tanh()"],
        {
            "w0": (0, 0),
            "x0": (1, 0),
            "w1": (2, 0),
            "x1": (3, 0),
            "p": (0.5, 1),
            "q": (2.5, 1),
            "s": (1.5, 2),
            "b": (2.9, 2),
            "t": (2.2, 3),
            "y": (2.2, 4),
        },
    ),
)


def measure(seed: int, told: Told) -> Data:  # noqa: ARG001 (nothing is drawn by chance)
    """Each expression: its nodes, its arrows in the order of backward(), and how it is drawn."""
    with reference(LESSON, driver.__name__) as bench:
        remote, graphs = calls(bench, VALUE), []
        for expression in EXPRESSIONS:
            told(expression.id)
            traced = remote(driver.trace, expression.leaves, expression.lines)
            graphs.append(_graph(expression, traced))
    return {"graphs": graphs}


def _graph(expression: Expression, traced: driver.Traced) -> Data:
    code = {line.partition(" ")[0]: line for line in expression.lines}
    nodes = [
        {"name": n.name, "data": n.data, "code": code.get(n.name, f"{n.name} = Value({n.data})")}
        for n in traced.nodes
    ]
    graph = {"id": expression.id, "nodes": nodes, "adds": list(_adds(traced, code))}
    return {**graph, "drawing": _drawn(expression, graph)}


def _adds(traced: driver.Traced, code: dict[str, str]) -> Iterator[Data]:
    """What each arrow added: to which gradient, from whose, by which local derivative.

    A node has its turn when its gradient is read and not written next; then follow its arrows.
    """
    made = {node.name: node for node in traced.nodes}
    grads = dict.fromkeys(made, 0.0)
    result = traced.nodes[-1].name
    start = traced.touched.index(driver.Touched(result, 1.0))  # before it, what is set to 0
    grads[result] = 1.0
    turn, waiting = result, iter(list(enumerate(made[result].locals)))
    touched = traced.touched[start + 1 :]
    for this, after in zip(touched, [*touched[1:], driver.Touched("")], strict=True):
        if this.number is not None:
            place, local = next(waiting)
            yield {
                "from": turn,
                "to": this.name,
                "arrow": place,
                "local": local,
                "word": _word(code[turn], place, made[turn]),
                "grad": grads[turn],
                "before": grads[this.name],
                "after": this.number,
            }
            grads[this.name] = this.number
        elif after.name != this.name or after.number is None:
            turn, waiting = this.name, iter(list(enumerate(made[this.name].locals)))


def _word(line: str, place: int, node: driver.Node) -> str:
    """The local derivative as the chapter's table has it: the other factor, or a number."""
    return node.parents[1 - place] if " * " in line else number(node.locals[place])


# --- how it is drawn ----------------------------------------------------------------------------


def _drawn(expression: Expression, graph: Data) -> str:
    """The graph as it is when all is done; leaves on top, the result at the bottom."""
    grads = {graph["nodes"][-1]["name"]: 1.0, **{a["to"]: a["after"] for a in graph["adds"]}}
    at = {
        name: (EDGE + WIDE / 2 + x * COLUMN, EDGE + y * ROW)
        for name, (x, y) in expression.places.items()
    }
    arrows = [_arrow(add, i, at, graph["adds"]) for i, add in enumerate(graph["adds"])]
    boxes = [_box(node, grads[node["name"]], at[node["name"]]) for node in graph["nodes"]]
    width = 2 * EDGE + WIDE + COLUMN * max(x for x, _ in expression.places.values())
    height = 2 * EDGE + HIGH + ROW * max(y for _, y in expression.places.values())
    return drawing(width, height, *arrows, *boxes)


def _box(node: Data, grad: float, at: tuple[float, float]) -> str:
    (x, y), name = at, node["name"]
    inside = [
        mark("rect", x=x - WIDE / 2, y=y, width=WIDE, height=HIGH, rx=8, fill=PAPER, stroke=INK),
        words(f"{name} = {number(node['data'])}", x, y + 21, font_weight=600),
        words(f"grad {number(grad)}", x, y + 38, fill=ACCENT, class_="zth-grad"),
    ]
    if sign := _sign(node["code"]):
        half = 10 + 4 * (len(sign) - 1)
        inside += [
            mark("rect", x=x - half, y=y - 11, width=2 * half, height=18, rx=9, fill=INK),
            words(sign, x, y + 2.5, fill=PAPER, font_weight=600),
        ]
    return mark("g", *inside, class_="zth-node", data_node=name)


def _sign(code: str) -> str:
    """What made a node: "×" of "c = a * b", "tanh" of "y = t.tanh()"; of a leaf, nothing."""
    made = code.partition(" = ")[2]
    if "Value" in made:
        return ""
    return made.split(" ")[1].replace("*", "×") if " " in made else made[2:-2]


def _arrow(add: Data, i: int, at: dict[str, tuple[float, float]], adds: list[Data]) -> str:
    """From a number down to what was made of it, with the local derivative beside it."""
    (x0, y0), (x1, y1) = at[add["to"]], at[add["from"]]
    twins = sum((a["from"], a["to"]) == (add["from"], add["to"]) for a in adds) > 1
    apart = (TWINS if add["arrow"] else -TWINS) if twins else 0.0  # two arrows from one number
    side = apart / 4 if twins else max(-6.0, min(6.0, (x0 - x1) / 8))
    y0, y1, bend = y0 + HIGH, y1 - 18, (y1 - 18 - y0 - HIGH) / 2
    begin, end = x0 + side, x1 + side
    curve = (
        f"M{begin:.1f} {y0:.1f}C{x0 + apart:.1f} {y0 + bend:.1f} "
        f"{x1 + apart:.1f} {y1 - bend:.1f} {end:.1f} {y1:.1f}"
    )
    label = words(
        f"×{number(add['local'])}",
        (x0 + x1) / 2 + apart,
        (y0 + y1) / 2 + 4,
        fill=QUIET,
        stroke=PAPER,
        stroke_width=5,
        paint_order="stroke",
        font_size=12,
    )
    return mark(
        "g",
        mark("path", d=curve, fill="none", stroke=LINE, stroke_width=1.5),
        mark("path", d=f"M{end - 4:.1f} {y1 - 1:.1f}h8l-4 7z", fill=LINE, class_="zth-tip"),
        label,
        class_="zth-arrow",
        data_arrow=i,
    )


def draw(data: Data) -> str:
    """The first expression, which is the chapter's."""
    first: dict[str, Any] = data["graphs"][0]
    return picture(
        first["drawing"],
        "autograd_graph",
        tr("The graph of c = a*b, d = c + a, with the gradients"),
        tr(
            "a = 2 and b = −3 lead to c = −6 by a product; c and a lead to d = −4 by a sum. "
            "The gradients are 1 for d, 1 for c, −2 for a, 2 for b."
        ),
    )


FIGURE = Figure(
    title="A graph of numbers, and what backward() adds to each gradient",
    measure=measure,
    draw=draw,
    needs=("grader/figures/driver.py", "solutions/lesson1_autograd/value.py"),
)
