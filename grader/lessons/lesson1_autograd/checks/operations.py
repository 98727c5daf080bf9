"""What lesson 1 asks of `Value`, one operation at a time."""

from __future__ import annotations

from hypothesis import strategies as st

from grader.kit import Remote, close, property_check
from grader.lessons.lesson1_autograd import VALUE, driver, hints
from grader.lessons.lesson1_autograd.checks.judging import agree
from grader.lessons.lesson1_autograd.strategies import operations as draw
from grader.lessons.lesson1_autograd.strategies.numbers import (
    away_from_zero,
    nonzero,
    numbers,
    positive,
)
from grader.lessons.lesson1_autograd.strategies.operations import Program


@property_check(
    VALUE,
    points=1,
    examples=10,
    case=st.builds(draw.Leaf, numbers | st.integers(-9, 9)),
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
    case=draw.binary("div", nonzero),
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
    case=draw.unary("relu", away_from_zero),
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
    case=draw.unary("tanh", numbers.filter(lambda x: abs(x) <= 20)),
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
    case=draw.unary("exp", numbers.filter(lambda x: abs(x) <= 20)),
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
    case=draw.unary("log", positive),
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
