"""What must hold of many heads in one product."""

from __future__ import annotations

from hypothesis import strategies as st

from grader.kit import Remote, fail, property_check
from grader.lessons.lesson3_attention import ATTENTION, driver, hints
from grader.lessons.lesson3_attention.checks.judging import DEVICE, near, sound
from grader.lessons.lesson3_attention.checks.modules import (
    CAUSAL,
    DETACHED,
    DROP,
    FAR,
    LEAK,
    formula,
    match_causality,
    match_dropout,
    match_gradients,
    match_values,
)
from grader.lessons.lesson3_attention.strategies.devices import Elsewhere
from grader.lessons.lesson3_attention.strategies.modules import (
    Dropped,
    ModuleCase,
    ModuleFuture,
    Rows,
    TypedModule,
    drops,
    far,
    module_futures,
    modules,
    rows,
)
from grader.lessons.lesson3_attention.strategies.numbers import LARGE
from zth.language import tr


@property_check(
    ATTENTION,
    points=2,
    case=modules("attention"),
    examples=15,
    hint="c_attn is one Linear(C, 3C), c_proj one Linear(C, C); with a bias if config says so.",
    steps=hints.NAMES_AND_SHAPES,
)
def names_and_shapes(remote: Remote, case: ModuleCase) -> None:
    """GPT-2's parameters, by name and shape

    Checkpoints, and the rest of this course, find parameters by these names. With them, the weights
    of others fit into your module. (#many-heads)
    """
    got = remote(driver.as_built, case.sizes, case.x)
    expected = {name: list(w.shape) for name, w in case.weights.items()} | {"y": [*case.up.shape]}
    for name in [*expected, *got]:
        have, want = got.get(name), expected.get(name)
        if want is None:
            message = tr("there is a parameter {name} too many", name=name)
            fail(message, expected=expected, actual=got, where=name)
        if have is None:
            message = tr("there is no parameter {name}", name=name)
            fail(message, expected=expected, actual=got, where=name)
        if have != want:
            message = tr(
                "{what} has shape {actual}, expected {expected}",
                what=name,
                actual=tuple(have),
                expected=tuple(want),
            )
            fail(message, where=name)


@property_check(
    ATTENTION,
    points=4,
    case=modules("attention"),
    hint="Split c_attn's output in three, view each as (B, T, nh, hs), and swap T and nh.",
    steps=hints.ATTENTION_MATCHES_THE_FORMULA,
)
def attention_matches_the_formula(remote: Remote, case: ModuleCase) -> None:
    """The right output for given weights

    One product with a (3C, C) matrix gives queries, keys and values of all heads: the same numbers
    as head by head, but quicker. New is only the bookkeeping, which of the 3C numbers belongs to
    which head. (#many-heads)
    """
    match_values(remote, case)


@property_check(
    ATTENTION,
    points=3,
    case=modules("attention", backward=True),
    hint=DETACHED,
    steps=hints.DETACHED,
)
def attention_gradients(remote: Remote, case: ModuleCase) -> None:
    """The gradients of x and of all weights

    The formula settles the gradients, too. Along a random direction, the change of the result must
    be what your gradients say. (#many-heads)
    """
    match_gradients(remote, case)


@property_check(
    ATTENTION, points=2, case=module_futures("attention"), hint=CAUSAL, steps=hints.CAUSAL
)
def attention_is_causal(remote: Remote, case: ModuleFuture) -> None:
    """No position is moved by a later one

    If a later position could move an earlier result, a model would read the answer off its input
    while it trains, and find nothing of the kind when it writes. The weight of a future key is
    exactly 0, so no change of it shows. (#mask)
    """
    match_causality(remote, case)


@property_check(
    ATTENTION,
    points=1,
    case=modules("attention", scale=LARGE),
    examples=30,
    hint=LEAK,
    steps=hints.LEAK,
)
def attention_large_scores(remote: Remote, case: ModuleCase) -> None:
    """Large scores neither overflow nor leak

    Where one score is far above the others, its weight is 1, theirs are 0, and the result is that
    one value. A softmax that subtracts the largest score gets there without infinity; a masked key
    must lose against any score. (#mask)
    """
    match_values(remote, case)


@property_check(ATTENTION, points=1, case=far("attention"), examples=8, hint=FAR, steps=hints.FAR)
def attention_sees_far(remote: Remote, case: ModuleCase) -> None:
    """Long rows, to the first position

    Attention reaches every earlier position in one step, however far back. That sets it apart from
    a convolution or a recurrent network. (#the-idea)
    """
    match_values(remote, case)


@property_check(
    ATTENTION,
    points=1,
    case=rows("attention"),
    examples=15,
    hint="Nothing may stay from one call to the next: while a model writes, its rows grow.",
    steps=hints.ROWS_OF_ANY_LENGTH,
)
def rows_of_any_length(remote: Remote, case: Rows) -> None:
    """One module takes rows of different lengths in turn

    A model that writes is given 1, 2, 3, … tokens, and then begins anew. What it answers depends on
    the row alone, not on what the module has seen before. (#mask)
    """
    c = case.module
    given = [c.x[:, :n] for n in case.lengths]
    for x, y in zip(given, remote(driver.in_turn, c.sizes, c.weights, given), strict=True):
        near(y, formula(c, x), what=f"module(x[:, :{x.shape[1]}])")


@property_check(
    ATTENTION,
    points=1,
    case=modules("attention", dropout=0.9),
    examples=10,
    hint=DROP,
    steps=hints.DROP,
)
def attention_eval(remote: Remote, case: ModuleCase) -> None:
    """No dropout in eval mode

    Dropout is for training alone: in use, every weight counts in full. As training divides what it
    keeps by 1 − dropout, the mean is the same in both. (#many-heads)
    """
    match_values(remote, case)


@property_check(
    ATTENTION, points=2, case=drops("attention"), examples=2, hint=DROP, steps=hints.DROP
)
def attention_drops(remote: Remote, case: Dropped) -> None:
    """In training mode, dropout on the weights and after `c_proj`

    Weights are dropped by chance, so that no result leans on a single key; what stays is divided by
    1 − dropout, which keeps the mean. With one position its weight is 1, and becomes 0 or 1 / (1 −
    dropout) for the whole row. (#many-heads)
    """
    match_dropout(remote, case)


@property_check(
    ATTENTION,
    points=1,
    case=st.builds(
        TypedModule, modules("attention"), st.sampled_from(["float32", "bfloat16"]), st.booleans()
    ),
    examples=15,
    hint="Masks and constants must not change the dtype, and x may lie in memory in any order.",
    steps=hints.ATTENTION_DTYPE,
)
def attention_dtype(remote: Remote, case: TypedModule) -> None:
    """Float32 and bfloat16 stay what they are, in any memory layout

    Models compute in bfloat16 to save time and memory, and many tensors are views of others. The
    result comes in the dtype of the input, as exact as that allows, however it lies in memory.
    (#your-turn)
    """
    c = case.module
    y = remote(driver.module_as, c.sizes, c.weights, c.x, case.dtype, case.strided)
    sound(y, c.up.shape)
    if case.dtype == "float32":
        near(y, formula(c))


@property_check(
    ATTENTION,
    points=1,
    case=st.just(Elsewhere("attention")),
    examples=1,
    hint=DEVICE,
    steps=hints.DEVICE,
    needs=["attention.attention_matches_the_formula"],
)
def attention_any_device(remote: Remote, case: Elsewhere) -> None:
    """It would run on a GPU, too

    PyTorch does not mix devices, and a tensor made without saying where is on the CPU. So what is
    to run on a GPU makes masks and sums where its input is. (#your-turn)
    """
    remote(driver.elsewhere, case.sizes)
