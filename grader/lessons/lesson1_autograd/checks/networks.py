"""What lesson 1 asks of `Neuron`, `Layer` and `MLP`."""

from __future__ import annotations

from hypothesis import strategies as st

from grader.kit import Remote, close, fail, property_check
from grader.lessons.lesson1_autograd import LAYER, MLP, NEURON, driver, hints, oracle
from grader.lessons.lesson1_autograd.checks.judging import near
from grader.lessons.lesson1_autograd.driver import Shape
from grader.lessons.lesson1_autograd.strategies import networks as draw
from grader.lessons.lesson1_autograd.strategies.networks import Net, New
from zth.language import tr

# What a network is built of: without it, its checks would only repeat what is known.
BASICS = ("value.add", "value.mul", "value.relu", "value.number_on_the_right")
NEURONS = (*BASICS, "value.same_node_twice", "neuron.formula")


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
        fail(tr("parameters() has the wrong length"), expected=due, actual=len(got.data))
    if got.distinct != due:
        fail(tr("parameters() lists a Value more than once"), expected=due, actual=got.distinct)
    if not got.same:
        fail(tr("parameters() lists other Values at its second call; training needs the same ones"))


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
        fail(tr("a parameter starts outside -1 … 1"), expected=tr("between -1 and 1"), actual=worst)
    if len(set(weights)) < len(weights) // 2:
        fail(tr("the weights of a new neuron are not random"), actual=weights[:4])
    if min(weights) >= 0 or max(weights) <= 0:
        fail(tr("all 64 weights of a new neuron have the same sign"), actual=weights[:4])
    again = remote(driver.inventory, case.shape, case.seed + 1).data
    if again == data:
        fail(tr("two new neurons have the same weights"), actual=weights[:4])


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
    close(got.after, [0.0] * len(case.weights), atol=0, what=tr("grad after zero_grad()"))
    near(got.again, got.before, what=tr("grad of a second pass after zero_grad()"))
    if not got.kept:
        fail(tr("zero_grad() changed a parameter's data"))


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
        near(actual, expected, what=tr("the loss after {steps} steps", steps=i))


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
