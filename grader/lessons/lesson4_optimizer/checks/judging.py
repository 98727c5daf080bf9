"""What the checks of all optimizers share: playing a run, and comparing it with the oracle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from grader.kit import Remote, close, fail
from grader.lessons.lesson4_optimizer import driver, oracle
from grader.lessons.lesson4_optimizer.driver import Episode
from grader.lessons.lesson4_optimizer.strategies.runs import Run
from grader.lessons.lesson4_optimizer.strategies.single import Closing, Cut, Refusal, Zeroing
from zth.language import tr

Array = NDArray[Any]
Played = list[list[Array]]
# A run has at most a dozen steps of a dozen operations each on numbers of about 1: rounding adds up
# to about 150 eps, 3e-14 and 2e-5, and AdamW's division by √v + eps may magnify it a thousandfold
# where a gradient nearly cancels, which float32 runs do not draw.
TOLERANCE = {"float64": 1e-9, "float32": 2e-5}


def played(remote: Remote, episode: Episode) -> Played:
    """The parameters after each step: as many of them, as often, as there are."""
    return whole(remote(driver.play, episode), len(episode.steps), len(episode.params))


def whole(got: Played, steps: int, params: int) -> Played:
    if len(got) != steps or any(len(row) != params for row in got):
        fail(
            tr(
                "{n} steps came back, expected {steps} steps of {params} parameters",
                n=len(got),
                steps=steps,
                params=params,
            )
        )
    return got


def same(got: Played, expected: Sequence[Sequence[Array]], dtype: str = "float64") -> None:
    """Fails at the first step and parameter that is not as it should be."""
    tolerance = TOLERANCE[dtype]
    for t, (mine, right) in enumerate(zip(got, expected, strict=True), start=1):
        for i, (p, q) in enumerate(zip(mine, right, strict=True)):
            what = tr("step {t}: p{i}", t=t, i=i)
            close(p, q, rtol=tolerance, atol=tolerance, what=what, dtype=dtype)


def right_steps(remote: Remote, run: Run) -> None:
    """Every parameter after every step is the oracle's."""
    same(played(remote, run.episode), oracle.play(run.episode), run.dtype)


def resumes(remote: Remote, case: Cut) -> None:
    """A run that was saved and restored goes on bit for bit."""
    episode, cut = case.run.episode, case.step
    steps, params = len(episode.steps), len(episode.params)
    got = remote(driver.resumed, episode, cut)
    first, again = whole(got.whole, steps, params), whole(got.again, steps - cut, params)
    for t, (mine, right) in enumerate(zip(again, first[cut:], strict=True), start=cut + 1):
        for i, (p, q) in enumerate(zip(mine, right, strict=True)):
            what = tr("after load_state_dict, step {t}: p{i}", t=t, i=i)
            close(p, q, rtol=0, atol=0, what=what)


def closes(remote: Remote, case: Closing) -> None:
    """step(closure): called once and first, with gradients, and its loss returned."""
    episode = case.run.episode
    count = len(episode.steps)
    got = remote(driver.closed, episode, case.targets, count, case.off)
    losses, params = oracle.closed(episode, case.targets)
    if got.calls != count:
        fail(
            tr(
                "in {count} steps the closure was called {calls} times",
                count=count,
                calls=got.calls,
            )
        )
    returned = tr("what step(closure) returned")
    close(got.losses, losses, rtol=TOLERANCE["float64"], what=returned)
    same(whole(got.params, count, len(episode.params)), params)


def zeroes(remote: Remote, case: Zeroing) -> None:
    """zero_grad leaves None, or zeros where there was a gradient."""
    got = remote(driver.zeroed, case.run.episode, case.missing, case.mode)
    if len(got) != len(case.missing):
        fail(
            tr(
                "{n} gradients came back, expected {due}",
                n=len(got),
                due=len(case.missing),
            )
        )
    rows = zip(got, case.missing, case.run.episode.params, strict=True)
    for i, (g, missing, p) in enumerate(rows):
        if case.mode == "zeros" and not missing:
            if g is None:
                fail(tr("zero_grad(set_to_none=False) left None in p{i}.grad, expected zeros", i=i))
            close(g, 0.0 * p, rtol=0, atol=0, what=f"p{i}.grad")
        elif g is not None:
            wrong = tr(
                "zero_grad left a tensor in p{i}.grad, which was None before"
                if missing
                else "zero_grad left a tensor in p{i}.grad, which was to become None",
                i=i,
            )
            fail(wrong, actual=g)


def refused(error: str, case: Refusal, due: str) -> None:
    """Fails unless what cannot be raised this error; `error` is empty where there was none."""
    if error != due:
        wrong = tr(
            "{what}: expected a {due}, and there was {error}"
            if error
            else "{what}: expected a {due}, and there was no error",
            what=case.told,
            due=due,
            error=error,
        )
        fail(wrong)
