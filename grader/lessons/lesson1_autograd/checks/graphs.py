"""What lesson 1 asks of `Value` in whole graphs, and what goes beyond the lecture."""

from __future__ import annotations

from hypothesis import strategies as st

from grader.kit import Remote, close, property_check
from grader.lessons.lesson1_autograd import VALUE, driver, hints, oracle
from grader.lessons.lesson1_autograd.checks.judging import agree, match_gradients, near
from grader.lessons.lesson1_autograd.strategies import graphs as draw
from grader.lessons.lesson1_autograd.strategies.operations import Program
from zth.language import tr


@property_check(
    VALUE,
    points=3,
    examples=30,
    case=draw.same_twice(),
    hint="A node used twice receives gradient twice: the parts add up.",
    steps=hints.SAME_NODE_TWICE,
)
def same_node_twice(remote: Remote, case: Program) -> None:
    """A node used twice: a + a, a * a.

    The result depends on a in two ways and moves by the sum of both: the chain rule adds up over
    all ways. a + a is 2a, with the derivative 2; a * a is a², with the derivative 2a. (#chain-rule)
    """
    agree(remote, case)


@property_check(
    VALUE,
    points=3,
    examples=60,
    case=draw.ladders(),
    hint="A node passes its gradient on once all of it has arrived: "
    "go through the nodes in the reverse of an order in which each comes after what it is made of.",
    steps=hints.ORDER,
)
def order(remote: Remote, case: Program) -> None:
    """Short and long ways to the same node.

    A node's gradient is the sum over all ways from it to the result, and what it passes on must be
    that whole sum. So each node has its turn after everything that was made from it, and the
    reverse of a topological order sees to that. (#order)
    """
    agree(remote, case)


@property_check(
    VALUE,
    points=3,
    examples=150,
    case=draw.programs(),
    hint="Each operation multiplies the gradient that arrives by its own local derivative.",
    steps=hints.ANY_PROGRAM,
)
def any_program(remote: Remote, case: Program) -> None:
    """Any operations in any order match the derivatives.

    Your gradients are compared with derivatives that are found forwards: the program runs with a
    tiny imaginary step in one leaf, and the result's imaginary part tells how far it moves with it.
    Both ways follow the chain rule, so they agree for every program, to rounding. (#chain-rule)
    """
    agree(remote, case)


@property_check(
    VALUE,
    points=1,
    examples=20,
    case=draw.programs(longest=5),
    hint="backward() writes gradients, and nothing else.",
    steps=hints.DATA_STAYS,
)
def data_stays(remote: Remote, case: Program) -> None:
    """backward() leaves every number as it was.

    A derivative is taken at the numbers that the program computed. If backward() moved them, the
    next pass would start from somewhere else. (#pitfalls)
    """
    got = remote(driver.backprop, list(case.leaves), list(case.steps))
    for i, (before, after) in enumerate(zip(got.data, got.after, strict=True)):
        close(
            after,
            before,
            rtol=0,
            atol=0,
            what=tr("{name}.data after backward()", name=driver.name_of(i)),
        )


@property_check(
    VALUE,
    points=2,
    examples=30,
    case=draw.on_the_same_leaves(),
    hint="backward() adds to the gradients that the leaves already have. "
    "Whoever wants to start afresh sets them to 0.",
    steps=hints.GRADIENTS_ADD_UP,
)
def gradients_add_up(remote: Remote, case: draw.Programs) -> None:
    """The gradients of two results with the same leaves add up.

    The derivative of a sum is the sum of the derivatives. So a batch can be worked through one
    example at a time, if each backward() adds to what is there; who wants one alone sets grad to 0
    before it. (#training)
    """
    got = remote(driver.several, list(case.leaves), [list(p) for p in case.programs])
    total = [0.0] * len(case.leaves)
    for i, steps in enumerate(case.programs):
        more = oracle.gradient(case.leaves, steps)
        total = [t + m for t, m in zip(total, more, strict=True)]
        match_gradients(got[i], total, tr(" after call {call} of backward()", call=i + 1))
    first = oracle.gradient(case.leaves, case.programs[0])
    match_gradients(got[-1], first, tr(", set to 0 before the last backward()"))


@property_check(
    VALUE,
    points=2,
    examples=1,
    limit=2.0,
    case=st.just(draw.Diamonds(1.0, 30)),
    hint="30 diamonds in a row have 2³⁰ paths but only some 60 nodes: visit each node once.",
    steps=hints.MANY_PATHS,
)
def many_paths(remote: Remote, case: draw.Diamonds) -> None:
    """30 diamonds in a row are done in an instant.

    x + x, thirty times over, is 2³⁰·x: a billion ways, but only some sixty nodes. A pass that takes
    each node once is as quick as the way forward; one that follows each way takes hours. (#order)
    """
    got = remote(driver.backprop, [case.start], case.steps)
    match_gradients(got.grad, oracle.gradient([case.start], case.steps))


# --- Value: beyond the lecture ------------------------------------------------------------------


@property_check(
    VALUE,
    advisory=True,
    examples=1,
    case=st.just(draw.Chain(1.0, 5000)),
    hint="Python allows about 1,000 calls inside each other. A list can be the stack instead.",
)
def deep(remote: Remote, case: draw.Chain) -> None:
    """A graph 5,000 nodes deep."""
    y, dx = remote(driver.chain, case.start, case.length)
    near(y, case.start + case.length, what="y.data")
    near(dx, 1.0, what="a.grad")


@property_check(
    VALUE,
    advisory=True,
    examples=1,
    limit=3.0,
    case=st.just(draw.Heap(1.0, 40_000)),
    hint="Time should grow with the number of nodes: look a node up in a set, not in a list.",
)
def large(remote: Remote, case: draw.Heap) -> None:
    """A graph of 40,000 nodes in a moment."""
    rows = case.nodes // 400
    y, dx = remote(driver.heap, case.start, case.nodes)
    near(y, rows * 2.0 * case.start, what="y.data")
    near(dx, rows * 2.0, what="a.grad")


@property_check(
    VALUE,
    advisory=True,
    examples=20,
    case=draw.programs(longest=5).map(lambda p: draw.Twice(p.leaves, p.steps)),
    hint="Inner nodes still hold the gradients of the first call: set those to 0 first.",
)
def twice(remote: Remote, case: draw.Twice) -> None:
    """backward() twice on one graph doubles the leaves' gradients."""
    got = remote(driver.twice, list(case.leaves), list(case.steps))
    match_gradients(got, [2 * g for g in oracle.gradient(case.leaves, case.steps)])


@property_check(
    VALUE,
    advisory=True,
    examples=10,
    case=st.sampled_from((400.0, -400.0, 1e4, -1e4)).map(
        lambda x: Program((x,), (driver.Step("tanh", 0),))
    ),
    hint="exp(2x) is too large for a float from x = 355 on; math.tanh knows how to avoid it.",
)
def tanh_of_large(remote: Remote, case: Program) -> None:
    """tanh of a large number is 1 or -1."""
    agree(remote, case)
