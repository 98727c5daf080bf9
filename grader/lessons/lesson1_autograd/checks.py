"""What lesson 1 asks of `Value`, `Neuron`, `Layer` and `MLP`."""

from __future__ import annotations

from hypothesis import strategies as st

from grader.kit import Remote, close, fail, milestone, property_check
from grader.lessons.lesson1_autograd import LAYER, MLP, NEURON, VALUE, driver, hints, oracle
from grader.lessons.lesson1_autograd import strategies as draw
from grader.lessons.lesson1_autograd.driver import Shape
from grader.lessons.lesson1_autograd.strategies import Net, New, Program

# What a network is built of: without it, its checks would only repeat what is known.
BASICS = ("value.add", "value.mul", "value.relu", "value.number_on_the_right")
NEURONS = (*BASICS, "value.same_node_twice", "neuron.formula")


# Python's floats have a unit roundoff of u = 1.1e-16. Some 60 operations on numbers of up to 1e4
# (strategies.LARGEST), which may cancel, leave errors of up to 60 · 1e4 · u = 7e-11. Of what is
# left, 0.05 and more, a program may take the power −3, twice or so: relative errors reach 1e-7 at
# worst. Measured on eight right ways to compute 2,000 programs: 5e-6 of what is allowed. No known
# mistake would pass even at a thousand times as much.
RTOL, ATOL = 1e-6, 1e-9


def near(actual: float | list[float], expected: float | list[float], what: str) -> None:
    """Fails unless both agree to what different right ways to compute them may differ by."""
    close(actual, expected, rtol=RTOL, atol=ATOL, what=what)


def agree(remote: Remote, case: Program) -> None:
    """Every node's number, then every leaf's gradient."""
    got = remote(driver.backprop, list(case.leaves), list(case.steps))
    for i, (actual, expected) in enumerate(
        zip(got.data, oracle.data(case.leaves, case.steps), strict=True)
    ):
        near(actual, expected, what=f"{driver.name_of(i)}.data")
    match_gradients(got.grad, oracle.gradient(case.leaves, case.steps))


def match_gradients(actual: list[float], expected: list[float], when: str = "") -> None:
    """The leaves' gradients, one by one."""
    for i, (a, e) in enumerate(zip(actual, expected, strict=True)):
        near(a, e, what=f"{driver.name_of(i)}.grad{when}")


# --- Value: one operation at a time -------------------------------------------------------------


@property_check(
    VALUE,
    points=1,
    examples=10,
    case=st.builds(draw.Leaf, draw.numbers | st.integers(-9, 9)),
    hint="A new Value keeps the number in `data`; its `grad` is 0 until somebody calls backward().",
    steps=hints.STARTS,
)
def starts(remote: Remote, case: draw.Leaf) -> None:
    """A new Value holds its number, and its gradient is 0.

    A leaf is where a computation begins: it holds a number, and nothing has asked yet how a result
    depends on it. So its gradient is 0 until a backward() reaches it. (#a-graph-of-numbers)
    """
    data, grad = remote(driver.fresh, case.number)
    close(data, float(case.number), rtol=0, atol=0, what="a.data")
    close(grad, 0.0, atol=0, what="a.grad")


@property_check(
    VALUE,
    points=2,
    examples=20,
    case=draw.sums(),
    hint="backward() starts from the result, whose own gradient is 1. "
    "A sum grows as fast as either of its parts.",
    steps=hints.ADD,
)
def add(remote: Remote, case: Program) -> None:
    """a + b, and a + b + c.

    If a grows a little, a + b grows by just as much, whatever b is: the derivative of a sum by
    either part is 1. So each part receives the gradient of the sum as it is. (#chain-rule)
    """
    agree(remote, case)


@property_check(
    VALUE,
    points=2,
    examples=20,
    case=draw.binary("mul"),
    hint="If a grows by 1, a*b grows by b. That times the gradient which arrives at the product.",
    steps=hints.MUL,
)
def mul(remote: Remote, case: Program) -> None:
    """a * b.

    d(ab)/da = b and d(ab)/db = a: each factor says how fast the product follows the other. The
    chain rule multiplies that by the gradient of the product. (#chain-rule)
    """
    agree(remote, case)


@property_check(
    VALUE,
    points=1,
    examples=20,
    case=draw.differences,
    hint="A difference falls when what is taken away grows.",
    steps=hints.SUB,
)
def sub(remote: Remote, case: Program) -> None:
    """a - b and -a.

    a - b falls as fast as b grows, so the derivatives are 1 and -1. -a is 0 - a. (#chain-rule)
    """
    agree(remote, case)


@property_check(
    VALUE,
    points=2,
    examples=25,
    case=draw.powers(),
    hint="a**n grows by n * a**(n-1), for a negative or a fractional n as well.",
    steps=hints.POWER,
)
def power(remote: Remote, case: Program) -> None:
    """a ** n, for a plain number n.

    d(aⁿ)/da = n·aⁿ⁻¹ holds for every plain number n for which aⁿ is defined around a, negative and
    fractional ones, too. n is a constant of the program, no Value, and gets no gradient.
    (#chain-rule)
    """
    agree(remote, case)


@property_check(
    VALUE,
    points=2,
    examples=20,
    case=draw.binary("div", draw.nonzero),
    hint="a / b is a * b**-1: the numerator counts 1/b, the denominator -a/b².",
    steps=hints.DIV,
)
def div(remote: Remote, case: Program) -> None:
    """a / b.

    a / b is a·b⁻¹, so the rules for products and powers give 1/b for a and -a/b² for b.
    (#chain-rule)
    """
    agree(remote, case)


@property_check(
    VALUE,
    points=2,
    examples=20,
    case=draw.unary("relu", draw.away_from_zero),
    hint="Where the input is negative, relu answers 0 and stays 0 when the input moves a little.",
    steps=hints.RELU,
)
def relu(remote: Remote, case: Program) -> None:
    """a.relu().

    Above 0, relu is the number itself, with slope 1; below 0 it is 0 all around, with slope 0. At 0
    there is a corner and no slope, and the check does not ask there. (#chain-rule)
    """
    agree(remote, case)


@property_check(
    VALUE,
    points=2,
    examples=20,
    case=draw.unary("tanh", draw.numbers.filter(lambda x: abs(x) <= 20)),
    hint="With t = tanh(x), the derivative is 1 - t², in terms of the output t.",
    steps=hints.TANH,
)
def tanh(remote: Remote, case: Program) -> None:
    """a.tanh().

    tanh(x) = (e²ˣ - 1) / (e²ˣ + 1), and the rule for quotients gives 1 - tanh²(x): steepest at 0,
    flat far away from it. (#chain-rule)
    """
    agree(remote, case)


@property_check(
    VALUE,
    points=1,
    examples=20,
    case=draw.unary("exp", draw.numbers.filter(lambda x: abs(x) <= 20)),
    hint="exp is its own derivative. The gradient that arrives still counts.",
    steps=hints.EXP,
)
def exp(remote: Remote, case: Program) -> None:
    """a.exp().

    eˣ grows as fast as it is large: it is its own derivative. (#chain-rule)
    """
    agree(remote, case)


@property_check(
    VALUE,
    points=1,
    examples=20,
    case=draw.unary("log", draw.positive),
    hint="log is the natural logarithm; it grows by 1/x.",
    steps=hints.LOG,
)
def log(remote: Remote, case: Program) -> None:
    """a.log().

    log undoes exp. As x = eʸ moves by x for each step of y, y moves by 1/x for each step of x.
    (#chain-rule)
    """
    agree(remote, case)


@property_check(
    VALUE,
    points=1,
    examples=30,
    case=draw.plain_numbers(reflected=False),
    hint="Make a Value of a plain number before you use it.",
    steps=hints.NUMBER_ON_THE_RIGHT,
)
def number_on_the_right(remote: Remote, case: Program) -> None:
    """Plain numbers on the right: a + 2, a / 2.

    A plain number is a leaf that nobody asks about. The result is the same as with Value(2), and so
    is the gradient of the other part. (#pitfalls)
    """
    agree(remote, case)


@property_check(
    VALUE,
    points=2,
    examples=40,
    case=draw.plain_numbers(reflected=True),
    hint="For 2 - a Python asks a.__rsub__(2). Mind which of the two stands on the left.",
    steps=hints.NUMBER_ON_THE_LEFT,
)
def number_on_the_left(remote: Remote, case: Program) -> None:
    """Plain numbers on the left: 2 + a, 2 - a, 2 * a, 2 / a.

    2 + a and 2 * a may be turned round; 2 - a and a - 2 differ in sign, and 2 / a is the inverse of
    a / 2. Python hands all four to methods of a that begin with __r. (#pitfalls)
    """
    agree(remote, case)


# --- Value: whole graphs ------------------------------------------------------------------------


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
        close(after, before, rtol=0, atol=0, what=f"{driver.name_of(i)}.data after backward()")


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
        match_gradients(got[i], total, f" after call {i + 1} of backward()")
    first = oracle.gradient(case.leaves, case.programs[0])
    match_gradients(got[-1], first, ", set to 0 before the last backward()")


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


# --- Neuron, Layer, MLP -------------------------------------------------------------------------


def match_pass(remote: Remote, case: Net) -> None:
    """Outputs, then gradients of parameters and inputs."""
    got = remote(
        driver.play,
        case.shape,
        list(case.weights),
        list(case.x),
        list(case.upstream),
        case.values,
    )
    weights, x = [complex(w) for w in case.weights], [complex(v) for v in case.x]
    for i, z in enumerate(oracle.forward(case.shape, weights, x)):
        near(got.outputs[i], z.real, what="y.data" if len(case.upstream) == 1 else f"y[{i}].data")
    n = len(weights)
    slope = oracle.derivative(
        lambda zs: oracle.weighted(case.shape, zs[:n], zs[n:], case.upstream),
        [*case.weights, *case.x],
    )
    for i, expected in enumerate(slope[:n]):
        near(got.grads[i], expected, what=f"parameters()[{i}].grad")
    for i, actual in enumerate(got.dx):
        near(actual, slope[n + i], what=f"x[{i}].grad")


def match_inventory(remote: Remote, case: New) -> None:
    """As many parameters as there should be, all different, the same at every call."""
    got = remote(driver.inventory, case.shape, case.seed)
    due = oracle.count(case.shape)
    if len(got.data) != due:
        fail("parameters() has the wrong length", expected=due, actual=len(got.data))
    if got.distinct != due:
        fail("parameters() lists a Value more than once", expected=due, actual=got.distinct)
    if not got.same:
        fail("parameters() lists other Values at its second call; training needs the same ones")


@property_check(
    NEURON,
    points=1,
    examples=15,
    case=draw.one_hots(),
    hint="The weights in the order of the inputs, then the bias.",
    steps=hints.PARAMETERS_IN_ORDER,
    needs=BASICS,
)
def parameters_in_order(remote: Remote, case: draw.OneHot) -> None:
    """parameters() lists the weights, then the bias.

    Whoever trains, saves or checks a network goes by the places in this list, so its order must be
    fixed. With one parameter at 1 and the others at 0, the neuron answers what that one is
    multiplied by. (#training)
    """
    got = remote(driver.play, case.shape, case.weights, list(case.x), [1.0], False)
    near(got.outputs[0], [*case.x, 1.0][case.hot], what="y.data")


@property_check(
    NEURON,
    points=2,
    examples=25,
    case=draw.nets("neuron"),
    hint="One product for each input, all of them added, then the bias, then the relu.",
    steps=hints.FORMULA,
    needs=BASICS,
)
def formula(remote: Remote, case: Net) -> None:
    """relu(w·x + b), or w·x + b when nonlin is False.

    A neuron is a weighted sum and a bend: w·x + b tells on which side of a line the input lies, and
    how far; relu keeps one side. Without bends, layers in a row would be one linear function.
    (#training)
    """
    match_pass(remote, case)


@property_check(
    NEURON,
    points=1,
    examples=5,
    case=st.integers(0, 99).map(lambda seed: New(Shape("neuron", 64, []), seed)),
    hint="random.uniform(-1, 1), drawn anew for each weight; the bias starts at 0.",
    steps=hints.INITIALISATION,
)
def initialisation(remote: Remote, case: New) -> None:
    """The weights start at random, between -1 and 1.

    Neurons that begin alike receive the same gradients and stay alike for ever. Chance tells them
    apart: small weights on both sides of 0, other ones in each network. (#training)
    """
    match_inventory(remote, case)
    data = remote(driver.inventory, case.shape, case.seed).data
    weights = data[:-1]
    if not all(-1 <= w <= 1 for w in data):
        worst = max(data, key=abs)
        fail("a parameter starts outside -1 … 1", expected="between -1 and 1", actual=worst)
    if len(set(weights)) < len(weights) // 2:
        fail("the weights of a new neuron are not random", actual=weights[:4])
    if min(weights) >= 0 or max(weights) <= 0:
        fail("all 64 weights of a new neuron have the same sign", actual=weights[:4])
    again = remote(driver.inventory, case.shape, case.seed + 1).data
    if again == data:
        fail("two new neurons have the same weights", actual=weights[:4])


@property_check(
    LAYER,
    points=2,
    examples=25,
    case=draw.nets("layer"),
    hint="Every neuron sees the whole input. parameters() goes neuron by neuron.",
    steps=hints.SIDE_BY_SIDE,
    needs=NEURONS,
)
def side_by_side(remote: Remote, case: Net) -> None:
    """Each neuron answers the same input with its own weights.

    Each answer of a layer depends on all inputs, by weights of its own, and on no other neuron of
    the layer. So answers are those of single neurons, and an input's gradient is the sum over all
    of them. (#training)
    """
    match_pass(remote, case)


@property_check(
    LAYER,
    points=1,
    examples=10,
    case=st.builds(New, draw.shapes("layer"), st.integers(0, 99)),
    hint="Each neuron has its own weights and bias; the list holds the Values themselves.",
    steps=hints.LISTS_PARAMETERS,
)
def lists_parameters(remote: Remote, case: New) -> None:
    """parameters() lists each Value of each neuron once.

    Training moves what parameters() lists: a Value that is missing never learns, one that is listed
    twice takes each step twice. (#training)
    """
    match_inventory(remote, case)


@property_check(
    MLP,
    points=3,
    examples=30,
    case=draw.nets("mlp"),
    hint="The answers of one layer are the input of the next. The last layer has no relu.",
    steps=hints.LAYERS_IN_A_ROW,
    needs=NEURONS,
)
def layers_in_a_row(remote: Remote, case: Net) -> None:
    """Hidden layers with relu, a linear last one, and all gradients.

    A network is one function inside another, so the chain rule takes gradients through it layer by
    layer. The last layer is linear, as its result may be any number, below 0 as well. (#training)
    """
    match_pass(remote, case)


@property_check(
    MLP,
    points=1,
    examples=10,
    case=st.builds(New, draw.shapes("mlp"), st.integers(0, 99)),
    hint="The first layer's parameters, then the second's, and so on: the Values themselves.",
    steps=hints.LISTS_ALL_PARAMETERS,
)
def lists_all_parameters(remote: Remote, case: New) -> None:
    """parameters() lists each Value of each layer once.

    Every layer brings a weight for each input of each neuron, and a bias for each neuron. Training
    moves what is listed: what is missing never learns. (#training)
    """
    match_inventory(remote, case)


@property_check(
    MLP,
    points=1,
    examples=15,
    case=draw.nets("mlp").map(draw.zeroing),
    hint="zero_grad() sets the gradient of every parameter to 0, and leaves the numbers alone.",
    steps=hints.ZERO_GRAD,
    needs=BASICS,
)
def zero_grad(remote: Remote, case: draw.Zeroing) -> None:
    """zero_grad() sets all gradients to 0, and nothing else.

    backward() adds to what is there, so what an earlier step left must go before the next one. The
    numbers are what was learnt, and stay. (#training)
    """
    got = remote(driver.zero_grad, case.shape, list(case.weights), list(case.x))
    close(got.after, [0.0] * len(case.weights), atol=0, what="grad after zero_grad()")
    near(got.again, got.before, what="grad of a second pass after zero_grad()")
    if not got.kept:
        fail("zero_grad() changed a parameter's data")


@property_check(
    MLP,
    points=2,
    examples=12,
    case=draw.descents(),
    hint="If single passes are right and this is not: does zero_grad() reach every parameter, "
    "and are the Values in parameters() the ones that the network computes with?",
    steps=hints.DESCENDS,
    needs=(*NEURONS, "mlp.layers_in_a_row"),
)
def descends(remote: Remote, case: draw.Descent) -> None:
    """Steps against the gradient lower the loss as they should.

    Against its gradient, a loss falls fastest. From the same weights, with the same examples and
    rate, the losses of all steps are settled beforehand, so yours can be compared with them one by
    one. (#training)
    """
    got = remote(
        driver.descend,
        case.shape,
        list(case.weights),
        [list(x) for x in case.xs],
        list(case.ts),
        case.rate,
        case.steps,
    )
    losses, _ = oracle.descend(case.shape, case.weights, case.xs, case.ts, case.rate, case.steps)
    for i, (actual, expected) in enumerate(zip(got, losses, strict=True)):
        near(actual, expected, what=f"the loss after {i} steps")


@property_check(
    MLP,
    advisory=True,
    examples=10,
    case=draw.nets("bottleneck"),
    hint="A layer of one neuron answers a single Value; the next layer expects a list.",
    needs=("mlp.layers_in_a_row",),
)
def hidden_layer_of_one(remote: Remote, case: Net) -> None:
    """A hidden layer of a single neuron."""
    match_pass(remote, case)


TRAIN, HELD_OUT, ENOUGH = 200, 300, 0.97


@milestone(
    MLP,
    points=3,
    quick=True,
    limit=60.0,
    hint="All checks pass and this does not? Look at the initial weights: "
    "neurons that start alike stay alike.",
    steps=hints.TWO_MOONS,
)
def two_moons(remote: Remote, seed: int) -> str:
    """Two moons, told apart by your own engine."""
    points, labels = oracle.moons(seed, TRAIN + HELD_OUT)
    scores = remote(driver.separate, seed % 2**31, points[:TRAIN], labels[:TRAIN], points[TRAIN:])
    if len(scores) != HELD_OUT:
        fail("one score is due for each point", expected=HELD_OUT, actual=len(scores))
    right = sum((s > 0) == (label > 0) for s, label in zip(scores, labels[TRAIN:], strict=True))
    reached = f"{right / HELD_OUT:.1%} of {HELD_OUT} new points right"
    if right < ENOUGH * HELD_OUT:
        fail("the network does not tell the moons apart", expected=f"{ENOUGH:.0%}", actual=reached)
    return f"{reached} (needed: {ENOUGH:.0%})"
