"""All that an author of a lesson needs: `property_check`, `milestone`, `close`, `fail`.

A check is a function of `remote` and a drawn case; it has the driver play the case in the worker,
and compares. It passes unless it calls `fail` (or `close`, which does).
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Concatenate, NoReturn, ParamSpec, Protocol, TypeVar

from hypothesis.strategies import SearchStrategy

from grader import steady, windows
from zth.host import Session
from zth.language import tr
from zth.records import Component, Window

P = ParamSpec("P")
R = TypeVar("R")

steady.settle()

SECTION = re.compile(r"\s*\(#([\w-]+)\)$")  # at the end of a check's docstring
SHOWN = 4_000  # characters of one text in a finding


class Remote(Protocol):
    """Calls a driver's function in the worker: `remote(driver.play, *args)`.

    The driver's first parameter, the learner's object, is filled in by the worker: the check's own
    component, or another one with `remote.of(HEAD)(driver.play, *args)`.
    """

    def __call__(
        self, function: Callable[Concatenate[Any, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R: ...

    def of(self, component: Component) -> Remote: ...

    def fit(self, *, gpu: bool = False) -> Session:
        """A fresh worker that holds all parts of the lesson; its driver is `zth.worker.fit`.

        With `gpu` its address space is not limited: CUDA maps more than there is.
        """
        ...

    def whole(self, driver: ModuleType) -> Session:
        """A fresh worker that holds all parts of the lesson, with a driver of its own.

        As in `zth.worker.fit`, a function's first parameter is what gives a part by its id.
        """
        ...

    def size(self) -> int:
        """Bytes of all files in the folders of the lesson's parts."""
        ...

    def peaks(self, function: Callable[..., Any], *calls: tuple[Any, ...]) -> list[int]:
        """Bytes by which each of these calls raised the peak memory of one fresh worker.

        The host reads it from the kernel. Let the first call be a small one: it pays for what
        libraries load late.
        """
        ...


class Failed(Exception):
    """The property does not hold. Raised by `fail`."""

    def __init__(
        self,
        message: str,
        expected: str = "",
        actual: str = "",
        where: str = "",
        shown: tuple[Window, ...] = (),
    ) -> None:
        super().__init__(message)
        self.message, self.where = _clip(message), _clip(where)
        self.expected, self.actual = _clip(expected), _clip(actual)
        self.windows = shown


class NotMeasured(Exception):
    """This machine lacks what the check or milestone needs: it is SKIPPED, with this reason."""


@dataclass(frozen=True)
class Check:
    """A property of one component, with its worth. Made by `property_check` and `milestone`."""

    id: str
    title: str
    component: Component
    points: int
    case: SearchStrategy[Any] | None
    function: Callable[[Remote, Any], Any]
    hint: str = ""
    steps: tuple[str, ...] = ()
    about: str = ""
    examples: int = 30
    advisory: bool = False
    milestone: bool = False
    quick: bool = False
    gpu: bool = False
    alone: bool = False
    needs: tuple[str, ...] = ()
    limit: float = 10.0

    @property
    def section(self) -> str:
        """The section of the chapter that its docstring names, "mask"; or nothing."""
        found = SECTION.search(self.about)
        return found[1] if found else ""


def property_check(
    component: Component,
    *,
    points: int = 0,
    case: SearchStrategy[Any],
    hint: str = "",
    steps: Iterable[str] = (),
    examples: int = 30,
    advisory: bool = False,
    needs: Iterable[str] = (),
    limit: float = 10.0,
) -> Callable[[Callable[[Remote, Any], None]], Check]:
    """Makes a check of a function `(remote, case) -> None`; its docstring begins with the title.

    What follows in the docstring is for `zth explain`: what the property means and why it holds. It
    may end with a section of the chapter, "(#mask)".

    `hint` points at the idea, not at the line; `zth hint` gives it first and then the `steps`, each
    nearer to the answer, but never code to paste. `examples` cases are drawn from `case`. An
    `advisory` check carries no points. `needs` are ids of checks of any component of the lesson
    without which this one is SKIPPED. One call may take `limit` seconds.
    """
    if bool(points) == advisory:
        raise ValueError("a check carries points, or is advisory")

    def decorate(function: Callable[[Remote, Any], None]) -> Check:
        return Check(
            id=f"{component.id}.{function.__name__}",
            title=_title(function),
            about=_about(function),
            component=component,
            points=points,
            case=case,
            function=function,
            hint=hint,
            steps=tuple(steps),
            examples=examples,
            advisory=advisory,
            needs=tuple(needs),
            limit=limit,
        )

    return decorate


def milestone(
    component: Component,
    *,
    points: int = 0,
    hint: str = "",
    steps: Iterable[str] = (),
    quick: bool = False,
    gpu: bool = False,
    alone: bool = True,
    needs: Iterable[str] = (),
    limit: float = 60.0,
) -> Callable[[Callable[[Remote, int], str]], Check]:
    """Makes a milestone of a function `(remote, seed) -> str`, the figure that was reached.

    It has the worker train, measures by itself, and calls `fail` where the figure is missed. A
    `quick` one runs with every `zth grade`, the others when asked for; one with `gpu` is SKIPPED
    where there is none; one that is done in a moment, with one thread, need not be `alone`, and
    runs while other components are judged. `needs` as in `property_check`; without it, all checks
    of the component that carry points are needed.
    """

    def decorate(function: Callable[[Remote, int], str]) -> Check:
        return Check(
            id=f"{component.id}.{function.__name__}",
            title=_title(function),
            about=_about(function),
            component=component,
            points=points,
            case=None,
            function=function,
            hint=hint,
            steps=tuple(steps),
            examples=1,
            advisory=not points,
            milestone=True,
            quick=quick,
            gpu=gpu,
            alone=alone,
            needs=tuple(needs),
            limit=limit,
        )

    return decorate


def gathered(*modules: ModuleType) -> dict[str, Check]:
    """The checks and milestones that these modules define, by id, in their order.

    The grader takes a lesson's checks from the names of one module. Where they are written in
    several, that one says `globals().update(gathered(values, graphs, milestones))`.
    """
    found = (value for module in modules for value in vars(module).values())
    return {check.id: check for check in found if isinstance(check, Check)}


def _title(function: Callable[..., Any]) -> str:
    """The docstring's first line, without its full stop."""
    return (function.__doc__ or function.__name__).strip().splitlines()[0].rstrip(".")


def _about(function: Callable[..., Any]) -> str:
    """The docstring below its first line, in one piece."""
    return inspect.cleandoc(function.__doc__ or "").partition("\n")[2].strip()


def fail(message: str, *, expected: object = "", actual: object = "", where: str = "") -> NoReturn:
    """Says that the property does not hold: what is wrong, in a line; what was expected and got."""
    raise Failed(message, _show(expected), _show(actual), where)


def close(
    actual: Any,
    expected: Any,
    *,
    rtol: float = 1e-6,
    atol: float = 1e-9,
    what: str = "the result",
    dtype: str = "",
    weights: Callable[[], tuple[Any, Any]] | None = None,
) -> None:
    """Fails unless `actual` has the shape of `expected`, is finite, and agrees element by element.

    Both are floats, lists of floats, or NumPy arrays; `what` is what the learner calls it ("y",
    "q.grad"). An element agrees when |actual − expected| ≤ atol + rtol·|expected|; where `expected`
    is infinite or NaN, `actual` must be the same. `dtype` ("float32"), where given, must be met.
    `weights` is asked, after a failure, for the attention weights that led there, actual and
    expected, queries before keys: arrays of one shape. The report shows where they differ.
    """
    if isinstance(expected, int | float) and isinstance(actual, int | float):
        if not _agree(float(actual), float(expected), rtol, atol):
            fail(tr("{what} is wrong", what=what), expected=expected, actual=actual, where=what)
    elif isinstance(expected, list | tuple):
        _close_lists(actual, list(expected), rtol, atol, what)
    else:
        try:
            _close_arrays(actual, expected, rtol, atol, what, dtype)
        except Failed as error:
            error.windows += _of_weights(weights, rtol) if weights else ()
            raise


def _agree(a: float, e: float, rtol: float, atol: float) -> bool:
    if a == e:
        return True
    if a != a or e != e:
        return a != a and e != e
    if abs(a) == float("inf") or abs(e) == float("inf"):
        return False
    return abs(a - e) <= atol + rtol * abs(e)


def apart(actual: float, expected: float) -> str:
    """ "0.2, expected 0.25": both numbers, with as many digits as it takes to tell them apart."""
    for digits in range(6, 18):
        a, e = f"{actual:.{digits}g}", f"{expected:.{digits}g}"
        if a != e:
            break
    return tr("{actual}, expected {expected}", actual=a, expected=e)


def _close_lists(actual: Any, expected: list[Any], rtol: float, atol: float, what: str) -> None:
    if len(actual) != len(expected):
        message = tr(
            "{what} has {count} elements, expected {expected}",
            what=what,
            count=len(actual),
            expected=len(expected),
        )
        fail(message, expected=expected, actual=actual)
    got, right = [float(a) for a in actual], [float(e) for e in expected]
    wrong = [not _agree(a, e, rtol, atol) for a, e in zip(got, right, strict=True)]
    if any(wrong):
        i = wrong.index(True)
        shown = windows.of_lists(what, got, right, wrong)
        _differ(f"{what}[{i}]", (got[i], right[i]), shown, len(wrong))


def _close_arrays(
    actual: Any, expected: Any, rtol: float, atol: float, what: str, dtype: str
) -> None:
    import numpy as np

    expected = np.asarray(expected)
    if dtype and str(actual.dtype) != dtype:
        fail(
            tr(
                "{what} has dtype {actual}, expected {expected}",
                what=what,
                actual=actual.dtype,
                expected=dtype,
            )
        )
    if actual.shape != expected.shape:
        message = tr(
            "{what} has shape {actual}, expected {expected}",
            what=what,
            actual=tuple(actual.shape),
            expected=tuple(expected.shape),
        )
        fail(message, expected=expected, actual=actual)
    wrong = _wrong(actual, expected, rtol, atol)
    if not wrong.any():
        return
    index = tuple(int(i) for i in np.argwhere(wrong)[0])
    pair = float(actual[index]), float(expected[index])
    shown = windows.of_arrays(what, actual, expected, wrong) if wrong.size > 1 else None
    where = f"{what}[{', '.join(map(str, index))}]" if index else what
    _differ(where, pair, shown, wrong.size)


def _wrong(actual: Any, expected: Any, rtol: float, atol: float) -> Any:
    """Which elements do not agree: an array of bool."""
    import numpy as np

    with np.errstate(invalid="ignore"):
        same = (actual == expected) | (np.isnan(actual) & np.isnan(expected))
        ok = same | (np.abs(actual - expected) <= atol + rtol * np.abs(expected))
        return ~(ok & (same | (np.isfinite(actual) & np.isfinite(expected))))


def _differ(where: str, pair: tuple[float, float], shown: Window | None, total: int) -> NoReturn:
    """Fails with the first wrong element, as (actual, expected), and the window around it."""
    message = tr("{where} is {numbers}", where=where, numbers=apart(*pair))
    if shown is None or total == 1:
        raise Failed(message, _show(pair[1]), _show(pair[0]), where)
    message += tr(" ({wrong} of {total} elements differ)", wrong=shown.differ, total=total)
    raise Failed(message, where=where, shown=(shown,))


def _of_weights(weights: Callable[[], tuple[Any, Any]], tolerance: float) -> tuple[Window, ...]:
    """The window of attention weights, where they can be had and differ."""
    actual, expected = weights()
    if actual is None or actual.shape != expected.shape:
        return ()
    wrong = _wrong(actual, expected, tolerance, tolerance)
    if not wrong.any():
        return ()
    return (windows.of_arrays(tr("weights"), actual, expected, wrong, weights=True),)


def _clip(text: str) -> str:
    """The text, cut where no reader would go on: it may hold all that a worker answered."""
    return text if len(text) <= SHOWN else text[:SHOWN] + " …"


def _show(value: object) -> str:
    """A value as the report prints it: arrays rounded, long ones cut."""
    if isinstance(value, str):
        return value
    if type(value).__module__ == "numpy":
        import numpy as np

        return np.array2string(
            np.asarray(value), precision=6, suppress_small=True, threshold=60, edgeitems=2
        )
    return repr(value)
