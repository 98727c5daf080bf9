"""What must hold of counts, probabilities, likelihood, and drawing names."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
from hypothesis import strategies as st

from grader.kit import Remote, close, fail, property_check
from grader.lessons.lesson6_bigram import (
    COUNTS,
    DRAWING,
    LIKELIHOOD,
    SMOOTHING,
    driver,
    hints,
    oracle,
)
from grader.lessons.lesson6_bigram.cases import (
    Again,
    Counted,
    Many,
    Read,
    Text,
    Walk,
    again,
    circles,
    counted,
    many,
    read,
    read_rarely,
    texts,
    walks,
)
from zth.language import tr

# Whether a learner computes in float64 or, as the lecture does, in float32 (u = 6e-8): a row of up
# to 6 counts is rounded once each, added in 5 steps and divided, 7 u in all = 4e-7; measured, 400
# cases: 2.6e-7.
SHARE = 1e-6
# The logarithm of a probability that is rounded to float32 is off by u, and itself rounded; a sum
# of n such terms, one by one, by (n + 1) u in the worst case, n ≤ 480 here: 3e-5. Measured, 400
# cases: 5.5e-6. The nearest known mistake, N terms for N − 1, is off by 1/480 = 2e-3.
NATS = 3e-5


@property_check(
    COUNTS,
    points=3,
    case=texts(),
    hint="Row: the token before. Column: the token after. N tokens have N − 1 pairs.",
    steps=hints.PAIRS_ARE_COUNTED,
)
def pairs_are_counted(remote: Remote, case: Text) -> None:
    """Row a, column b: how often b follows a

    A text of N tokens has N − 1 pairs of neighbours, and each is counted once for each place where
    it is: equal pairs add up. Tokens that never come have a row and a column, too, of zeros.
    (#counting)
    """
    got = remote(driver.counts, case.tokens, case.V)
    close(got, oracle.counts(case.tokens, case.V), rtol=0, atol=0, what=tr("counts"))


# --- probabilities ------------------------------------------------------------------------------


def _distributions(remote: Remote, case: Counted) -> None:
    got = remote(driver.probabilities, case.counts, case.smoothing)
    close(got, case.expected, rtol=SHARE, what="probs")


@property_check(
    SMOOTHING,
    points=3,
    case=counted(st.just(0.0), empty=False),
    hint="Divide each row by its own sum: (V, V) by (V, 1).",
    steps=hints.ROWS_ARE_SHARES,
)
def rows_are_shares(remote: Remote, case: Counted) -> None:
    """Without smoothing: each count's share of its row

    What follows a is a distribution for each a, so every row sums to 1. Sums of shape (V,) would be
    stretched the other way, and divide each column by the sum of another row. (#counting)
    """
    _distributions(remote, case)


@property_check(
    SMOOTHING,
    points=3,
    case=counted(st.sampled_from([1.0, None, 0.1, 0.01, 2.5, 1e4]), empty=False),
    hint="Add it to every count, also to those that are not 0; then divide by the new sums.",
    steps=hints.EVERY_COUNT_GETS_MORE,
)
def every_count_gets_more(remote: Remote, case: Counted) -> None:
    """Smoothing is added to every count, 1 by default

    As if every pair had been seen a little more often than it was: nothing is impossible any more,
    and what was often there loses least. A whole number is not needed; a very large one makes all
    tokens equally likely. (#smoothing)
    """
    _distributions(remote, case)


@property_check(
    SMOOTHING,
    points=1,
    case=counted(st.sampled_from([0.0, 0.0, 1.0]), empty=True),
    examples=20,
    hint="0 / 0 is NaN. Which distribution prefers nothing?",
    steps=hints.NOTHING_KNOWN,
    needs=("smoothing.rows_are_shares",),
)
def nothing_known_nothing_preferred(remote: Remote, case: Counted) -> None:
    """A row without any count: all tokens are equally likely

    With however little smoothing such a row is 1/V everywhere, so that is what it is without, too.
    0 / 0 would be NaN, and a NaN spreads to whatever is computed with it. (#smoothing)
    """
    _distributions(remote, case)


# --- likelihood ---------------------------------------------------------------------------------


def _likelihood(remote: Remote, case: Read) -> None:
    got = remote(driver.likelihood, case.probs, case.tokens)
    if got.shape != ():
        fail(tr("the result has shape {shape}, expected a single number", shape=got.shape))
    expected = np.array(oracle.nats(case.probs, case.tokens))
    close(got, expected, rtol=NATS, atol=1e-6, what=tr("the result"))


@property_check(
    LIKELIHOOD,
    points=3,
    case=read(),
    hint="Look up P[a, b] for each pair of neighbours; ln; the mean; minus.",
    steps=hints.MEAN_IN_NATS,
)
def mean_in_nats(remote: Remote, case: Read) -> None:
    """The mean of −ln P[a, b] over all pairs of neighbours

    The likelihood of a text is the product of the probabilities of its pairs, and the logarithm
    turns it into a sum. The mean makes texts of different lengths comparable, the minus makes it a
    loss: the smaller, the better, and 0 for a table that was sure and right. (#likelihood)
    """
    _likelihood(remote, case)


@property_check(
    LIKELIHOOD,
    points=2,
    case=read((20, 24), repeated=20),
    examples=10,
    hint="A product of hundreds of probabilities is 0 on a computer. Take logarithms first.",
    steps=hints.LONG_TEXTS,
    needs=("likelihood.mean_in_nats",),
)
def long_texts_do_not_underflow(remote: Remote, case: Read) -> None:
    """Some hundred tokens are no trouble

    400 factors of 1/10 make 1e-400, which is smaller than any number that float64 knows, so that
    the product is 0 and its logarithm −∞. A sum of logarithms is −921. (#likelihood)
    """
    _likelihood(remote, case)


@property_check(
    LIKELIHOOD,
    points=1,
    case=read_rarely(),
    hint="Take the logarithm of what the table says, of 0, too; add nothing to it.",
    steps=hints.THE_IMPOSSIBLE,
    needs=("likelihood.mean_in_nats",),
)
def the_impossible_is_infinite(remote: Remote, case: Read) -> None:
    """A pair that is impossible, and is there, makes the mean infinite

    A model that calls something impossible which then happens is infinitely wrong, and the loss is
    there to say so. Adding 1e-8 inside the logarithm hides it; smoothing the table mends it.
    (#likelihood)
    """
    _likelihood(remote, case)


# --- drawing names ------------------------------------------------------------------------------


def _walked(remote: Remote, case: Walk) -> None:
    [name] = remote(driver.names, case.probs, 0, 1, case.longest) or [[]]
    if name != case.name:
        message = tr("where only one name can be drawn, another was")
        fail(message, expected=case.name, actual=name)


@property_check(
    DRAWING,
    points=3,
    case=walks(),
    hint="Begin with row 0; the token that is drawn chooses the next row; 0 ends the name.",
    steps=hints.WALKS_THE_TABLE,
)
def walks_the_table(remote: Remote, case: Walk) -> None:
    """From 0 from row to row, and back to 0

    Here each row has a single 1, so there is just one name that can come out. The newline, token 0,
    stands before a name and after it, and belongs to neither: it is not in the list. (#sampling)
    """
    _walked(remote, case)


@property_check(
    DRAWING,
    points=1,
    case=circles(),
    examples=20,
    hint="Count what is in the list; at `longest` return it.",
    steps=hints.STOPS_AT_THE_LONGEST,
    needs=("drawing.walks_the_table",),
)
def stops_at_the_longest(remote: Remote, case: Walk) -> None:
    """After `longest` tokens it stops, 100 by default

    A table may lead in circles, and a program that may never return is no use to anybody. So a name
    has at most `longest` tokens, and with 0 there is none. (#sampling)
    """
    _walked(remote, case)


@property_check(
    DRAWING,
    points=3,
    case=many(),
    examples=4,
    hint="torch.multinomial draws by the probabilities of a row.",
    steps=hints.DRAWS_BY_THE_PROBABILITIES,
    needs=("drawing.walks_the_table",),
)
def draws_by_the_probabilities(remote: Remote, case: Many) -> None:
    """Each token comes as often as its row says

    Among n draws from a row, a token of probability p comes about n·p times, give or take the
    square root of n·p·(1 − p). More than six times that is no chance. (#sampling)
    """
    names = remote(driver.names, case.probs, case.seed, case.count, None)
    V, pairs, longest = len(case.probs), Counter[tuple[int, int]](), 100
    if len(names) != case.count or not all(0 < i < V for name in names for i in name):
        fail(tr("a name holds tokens that are none, or the 0 that ends it"))
    for name in names:
        pairs.update(pairwise([0, *name, *([0] if len(name) < longest else [])]))
    for a, row in enumerate(case.probs.tolist()):
        n = sum(pairs[a, b] for b in range(V))
        for b, p in enumerate(row):
            if abs(pairs[a, b] - n * p) > 6 * (n * p * (1 - p)) ** 0.5 + 6:
                message = tr(
                    "after token {a}, token {b} came {count} times in {n}, expected about {due}",
                    a=a,
                    b=b,
                    count=pairs[a, b],
                    n=n,
                    due=round(n * p),
                )
                fail(message)


@property_check(
    DRAWING,
    points=2,
    case=again(),
    examples=5,
    hint="Hand `generator` on to every draw; never make or seed one yourself.",
    steps=hints.THE_GENERATOR_DECIDES,
    needs=("drawing.walks_the_table",),
)
def the_generator_decides(remote: Remote, case: Again) -> None:
    """The same generator state writes the same names; drawing moves it on

    All chance comes from the generator. Two that are seeded alike write the same, whatever else was
    drawn elsewhere; and one that has been drawn from is in another state, so that the next name is
    another. (#sampling)
    """
    asked = case.probs, case.seed, case.count, None
    first, same = (remote(driver.names, *asked, other) for other in (1, 2))
    if first != same:
        fail(tr("two generators of the same seed wrote different names"))
    if all(name == first[0] for name in first):
        fail(tr("one generator wrote the same name {count} times in a row", count=case.count))
    if remote(driver.names, case.probs, case.seed + 1, case.count, None, 1) == first:
        fail(tr("generators of different seeds wrote the same names"))
