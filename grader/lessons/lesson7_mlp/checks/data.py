"""What must hold of splits, examples and mini-batches."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np

from grader.derivatives import Array
from grader.kit import Remote, close, fail, property_check
from grader.lessons.lesson7_mlp import DATASET, MINIBATCHES, SPLITS, driver, hints, oracle
from grader.lessons.lesson7_mlp.strategies.data import (
    Counted,
    Drawn,
    Redrawn,
    Shuffled,
    Spelled,
    Words,
    counted,
    drawn,
    redrawn,
    shuffled,
    spelled,
    words,
)
from zth.language import tr


def _split(remote: Remote, case: Words, seed: int) -> list[list[str]]:
    got = remote(driver.split, case.words, seed)
    if len(got) != 3:
        fail(tr("{count} splits came back, expected {expected}", count=len(got), expected=3))
    return got


@property_check(
    SPLITS,
    points=2,
    case=words(),
    examples=25,
    hint="Shuffle once, then cut the one list at two places.",
    steps=hints.EVERY_WORD_IS_IN_ONE_SPLIT,
)
def every_word_is_in_one_split(remote: Remote, case: Words) -> None:
    """Each word is in exactly one split: 80 %, 10 %, 10 %

    A word that is in train and in test has been learned by heart, and its loss says nothing of
    words that the model has never seen. One that is in none is lost. So one shuffled list is cut at
    two places, int(0.8 n) and int(0.9 n). (#splits)
    """
    got = _split(remote, case, case.seed)
    times = Counter(word for part in got for word in part)
    for word in case.words:
        if times[word] != 1:
            fail(tr("{word} is in the three splits {count} times", word=word, count=times[word]))
    if len(times) != case.count:
        fail(tr("there are words in the splits that were not given"))
    ends = int(0.8 * case.count), int(0.9 * case.count)
    sizes = [ends[0], ends[1] - ends[0], case.count - ends[1]]
    if [len(part) for part in got] != sizes:
        message = tr("the splits of {count} words have other sizes", count=case.count)
        fail(message, expected=sizes, actual=[len(part) for part in got])


@property_check(
    SPLITS,
    points=1,
    case=shuffled(),
    examples=5,
    hint="torch.randperm(n, generator=generator) gives the numbers 0 … n − 1 in random order.",
    steps=hints.THE_GENERATOR_SHUFFLES,
)
def the_generator_shuffles(remote: Remote, case: Shuffled) -> None:
    """Words are shuffled, by the generator alone

    Files are sorted, by how common a name is, or by the alphabet. Cut as it lies there, the last
    tenth is of another kind than the rest. And the splits must be the same tomorrow, or what was
    test becomes train: so the generator, and nothing else, decides. (#splits)
    """
    first, again = (_split(remote, case, case.seed) for _ in range(2))
    if first != again:
        fail(tr("two generators of the same seed gave different splits"))
    if set(first[2]) == set(_split(remote, case, case.seed + 1)[2]):
        fail(tr("generators of different seeds gave the same splits"))
    test = [case.words.index(word) for word in first[2] if word in case.words]
    # Of 60 words the last 6 are the test split by chance once in 50 million times.
    if test and min(test) >= case.count - len(test):
        fail(tr("the last words that were given are the test split: nothing was shuffled"))


@property_check(
    DATASET,
    points=3,
    case=spelled(),
    examples=30,
    hint="Each word begins after token 0 alone, and its end is an example too.",
    steps=hints.EXAMPLES_ARE_RIGHT,
)
def examples_are_right(remote: Remote, case: Spelled) -> None:
    """Every letter and every end, with the tokens before it

    A word of n letters makes n + 1 examples: after nothing comes the first letter, after all of
    them comes the end. What is before the word is token 0, as often as the context is long; the
    window then moves on by one token an example. (#data)
    """
    X, Y = remote(driver.dataset, list(case.words), case.stoi, case.context)
    expected = oracle.examples(case.words, case.stoi, case.context)
    close(Y, expected[1], rtol=0, atol=0, what="Y")
    close(X, expected[0], rtol=0, atol=0, what="X")


def _batches(remote: Remote, case: Drawn, seed: int, count: int) -> list[tuple[Array, Array]]:
    """Batches; fails unless each has as many rows as were asked for."""
    got = remote(driver.batches, case.X, case.Y, case.batch_size, seed, count)
    shapes = (case.batch_size, *case.X.shape[1:]), (case.batch_size,)
    for x, y in got:
        if (x.shape, y.shape) != shapes:
            message = tr(
                "x has shape {x} and y {y}, expected {shapes}", x=x.shape, y=y.shape, shapes=shapes
            )
            fail(message)
    if len(got) != count:
        fail(tr("{count} batches were drawn, expected {expected}", count=len(got), expected=count))
    return got


@property_check(
    MINIBATCHES,
    points=2,
    case=drawn(),
    examples=25,
    hint="Draw row numbers once, and use them for X and for Y.",
    steps=hints.ROWS_BELONG_TOGETHER,
)
def rows_belong_together(remote: Remote, case: Drawn) -> None:
    """A row of x is an example, and the row of y is its target

    One draw of row numbers serves both: drawn twice, contexts and answers would no longer belong
    together, and there would be nothing to learn. There are batch_size rows even where there are
    fewer examples, since each row is drawn from all of them. (#batches)
    """
    [(x, y)] = _batches(remote, case, case.seed, 1)
    numbers = y - 1000
    if not np.isin(numbers, np.arange(case.count)).all():
        fail(tr("y has numbers that are no targets"), actual=y)
    close(x, case.X[numbers], rtol=0, atol=0, what="x")


@property_check(
    MINIBATCHES,
    points=1,
    case=counted(),
    examples=5,
    hint="torch.randint(n, …) draws from 0 … n − 1, all equally likely.",
    steps=hints.EVERY_EXAMPLE_IS_DRAWN,
)
def every_example_is_drawn(remote: Remote, case: Counted) -> None:
    """Every example is drawn about equally often

    An example that can never come is not learned from, and in a large split nobody notices. Of
    4,000 draws of n examples each should get about 4,000 / n; more than six standard deviations
    from that is no chance. (#batches)
    """
    [(x, _)] = _batches(remote, case, case.seed, 1)
    times, share = Counter(x.tolist()), 1 / case.count
    expected = case.batch_size * share
    for number in range(case.count):
        if abs(times[number] - expected) > 6 * math.sqrt(expected * (1 - share)):
            message = tr(
                "of {n} examples number {number} came {count} times, expected about {expected}",
                n=case.count,
                number=number,
                count=times[number],
                expected=f"{expected:.0f}",
            )
            fail(message)


@property_check(
    MINIBATCHES,
    points=1,
    case=redrawn(),
    examples=5,
    hint="Draw from the generator that you are given; drawing moves it on.",
    steps=hints.THE_GENERATOR_DRAWS,
)
def the_generator_draws(remote: Remote, case: Redrawn) -> None:
    """The generator's state decides, and each draw moves it on

    Who holds the generator can repeat a run to the last bit: the same state gives the same batch.
    And the next batch is another one, or the model would learn the same 32 examples for ever.
    (#batches)
    """
    first = [x for x, _ in _batches(remote, case, case.seed, 2)]
    again = [x for x, _ in _batches(remote, case, case.seed, 1)]
    if not np.array_equal(first[0], again[0]):
        fail(tr("two generators of the same seed gave different batches"))
    if np.array_equal(first[0], first[1]):
        fail(tr("the same generator gave the same batch twice, one after the other"))
    if np.array_equal(first[0], _batches(remote, case, case.seed + 1, 1)[0][0]):
        fail(tr("generators of different seeds gave the same batch"))
