"""What must hold of one head, and of many heads one by one."""

from __future__ import annotations

from hypothesis import strategies as st

from grader.kit import Remote, property_check
from grader.lessons.lesson3_attention import HEAD, MULTIHEAD, driver, hints
from grader.lessons.lesson3_attention.checks.judging import DEVICE, near, sound
from grader.lessons.lesson3_attention.checks.modules import (
    CAUSAL,
    DETACHED,
    DROP,
    FAR,
    LEAK,
    LONGER,
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
    OneHead,
    drops,
    far,
    module_futures,
    modules,
    one_heads,
)
from grader.lessons.lesson3_attention.strategies.numbers import LARGE


@property_check(
    HEAD,
    points=3,
    case=modules("head"),
    hint="Which of the three is scaled? " + LONGER,
    steps=hints.HEAD_MATCHES_THE_FORMULA,
)
def head_matches_the_formula(remote: Remote, case: ModuleCase) -> None:
    """The right output for given weights

    Each position appears in three roles: what it asks for (query), what it can be found by (key),
    what it hands over (value). Each is a linear layer of x; the rest is the causal attention from
    before. (#the-idea)
    """
    match_values(remote, case)


@property_check(
    HEAD, points=2, case=modules("head", backward=True), hint=DETACHED, steps=hints.DETACHED
)
def head_gradients(remote: Remote, case: ModuleCase) -> None:
    """The gradients of x and of all weights

    The formula settles the gradients, too. Along a random direction, the change of the result must
    be what your gradients say. (#the-idea)
    """
    match_gradients(remote, case)


@property_check(HEAD, points=1, case=module_futures("head"), hint=CAUSAL, steps=hints.CAUSAL)
def head_is_causal(remote: Remote, case: ModuleFuture) -> None:
    """No position is moved by a later one

    If a later position could move an earlier result, a model would read the answer off its input
    while it trains, and find nothing of the kind when it writes. The weight of a future key is
    exactly 0, so no change of it shows. (#mask)
    """
    match_causality(remote, case)


@property_check(
    HEAD, points=1, case=modules("head", scale=LARGE), examples=30, hint=LEAK, steps=hints.LEAK
)
def head_large_scores(remote: Remote, case: ModuleCase) -> None:
    """Large scores neither overflow nor leak

    Where one score is far above the others, its weight is 1, theirs are 0, and the result is that
    one value. A softmax that subtracts the largest score gets there without infinity; a masked key
    must lose against any score. (#mask)
    """
    match_values(remote, case)


@property_check(HEAD, points=1, case=far("head"), examples=8, hint=FAR, steps=hints.FAR)
def head_sees_far(remote: Remote, case: ModuleCase) -> None:
    """Long rows, to the first position

    Attention reaches every earlier position in one step, however far back. That sets it apart from
    a convolution or a recurrent network. (#the-idea)
    """
    match_values(remote, case)


@property_check(
    HEAD, points=1, case=modules("head", dropout=0.9), examples=10, hint=DROP, steps=hints.DROP
)
def head_eval(remote: Remote, case: ModuleCase) -> None:
    """No dropout in eval mode

    Dropout is for training alone: in use, every weight counts in full. As training divides what it
    keeps by 1 − dropout, the mean is the same in both. (#many-heads)
    """
    match_values(remote, case)


@property_check(HEAD, points=1, case=drops("head"), examples=2, hint=DROP, steps=hints.DROP)
def head_drops(remote: Remote, case: Dropped) -> None:
    """In training mode, weights are dropped, the others raised

    Weights are dropped by chance, so that no result leans on a single key; what stays is divided by
    1 − dropout, which keeps the mean. With one position its weight is 1, and becomes 0 or 1 / (1 −
    dropout) for the whole row. (#many-heads)
    """
    match_dropout(remote, case)


@property_check(
    HEAD,
    points=1,
    case=st.just(Elsewhere("head")),
    examples=1,
    hint=DEVICE,
    steps=hints.DEVICE,
    needs=["head.head_matches_the_formula"],
)
def head_any_device(remote: Remote, case: Elsewhere) -> None:
    """It would run on a GPU, too

    PyTorch does not mix devices, and a tensor made without saying where is on the CPU. So what is
    to run on a GPU makes masks and sums where its input is. (#your-turn)
    """
    remote(driver.elsewhere, case.sizes)


@property_check(
    MULTIHEAD,
    points=3,
    case=modules("multihead"),
    hint="Concatenate the heads along the last dimension, in order, then project.",
    steps=hints.MULTIHEAD_MATCHES_THE_FORMULA,
)
def multihead_matches_the_formula(remote: Remote, case: ModuleCase) -> None:
    """The right output for given weights

    Several small heads look for several things at once, for the price of one large head. Side by
    side they are num_heads · head_size numbers, which `proj` mixes into n_embd. (#many-heads)
    """
    match_values(remote, case)


@property_check(
    MULTIHEAD,
    points=2,
    case=modules("multihead", backward=True),
    hint=DETACHED,
    steps=hints.DETACHED,
)
def multihead_gradients(remote: Remote, case: ModuleCase) -> None:
    """The gradients of x and of all weights

    The formula settles the gradients, too. Along a random direction, the change of the result must
    be what your gradients say. (#many-heads)
    """
    match_gradients(remote, case)


@property_check(
    MULTIHEAD,
    points=1,
    case=one_heads(),
    examples=15,
    hint="Keep the heads in `heads`, an nn.ModuleList, and let each be your Head.",
    steps=hints.ONE_HEAD_IS_A_HEAD,
    needs=["head.head_matches_the_formula"],
)
def one_head_is_a_head(remote: Remote, case: OneHead) -> None:
    """With one head and an identity as `proj`, it is a Head

    With one head there is nothing to put side by side, and with an identity nothing is mixed: the
    Head itself is left. Such a law finds what a formula, copied twice, would hide. (#many-heads)
    """
    alone = case.head
    many = remote(driver.module, case.sizes, case.weights, alone.x, alone.up)
    one = remote.of(HEAD)(driver.module, alone.sizes, alone.weights, alone.x, alone.up)
    near(many.y, sound(one.y, alone.up.shape))


@property_check(
    MULTIHEAD,
    points=1,
    case=module_futures("multihead"),
    examples=20,
    hint=CAUSAL,
    steps=hints.CAUSAL,
)
def multihead_is_causal(remote: Remote, case: ModuleFuture) -> None:
    """No position is moved by a later one

    If a later position could move an earlier result, a model would read the answer off its input
    while it trains, and find nothing of the kind when it writes. The weight of a future key is
    exactly 0, so no change of it shows. (#mask)
    """
    match_causality(remote, case)


@property_check(
    MULTIHEAD,
    points=1,
    case=modules("multihead", dropout=0.9),
    examples=10,
    hint=DROP,
    steps=hints.DROP,
)
def multihead_eval(remote: Remote, case: ModuleCase) -> None:
    """No dropout in eval mode

    Dropout is for training alone: in use, every weight counts in full. As training divides what it
    keeps by 1 − dropout, the mean is the same in both. (#many-heads)
    """
    match_values(remote, case)


@property_check(
    MULTIHEAD, points=1, case=drops("multihead"), examples=2, hint=DROP, steps=hints.DROP
)
def multihead_drops(remote: Remote, case: Dropped) -> None:
    """In training mode, dropout on the weights and after `proj`

    Weights are dropped by chance, so that no result leans on a single key; what stays is divided by
    1 − dropout, which keeps the mean. With one position its weight is 1, and becomes 0 or 1 / (1 −
    dropout) for the whole row. (#many-heads)
    """
    match_dropout(remote, case)
