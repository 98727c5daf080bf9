"""What must hold of the base class."""

from __future__ import annotations

from hypothesis import strategies as st

from grader.kit import Remote, fail, property_check
from grader.lessons.lesson4_optimizer import BASE, driver, oracle
from grader.lessons.lesson4_optimizer.checks.judging import closes, resumes, right_steps, zeroes
from grader.lessons.lesson4_optimizer.driver import Group
from grader.lessons.lesson4_optimizer.strategies.runs import Run, runs
from grader.lessons.lesson4_optimizer.strategies.single import (
    Closing,
    Cut,
    Grouping,
    Refusal,
    Zeroing,
    refusals,
)

MISSING = "A parameter whose gradient is None is passed over: no update, no new state."
RESTORE = "Settings and state: both must come back, and state belongs to a parameter's number."


def _same_groups(got: list[Group], expected: list[Group], what: str) -> None:
    """Fails unless the groups have these parameters, by number, and these learning rates."""
    numbers, right = ([g.params for g in groups] for groups in (got, expected))
    if numbers != right:
        fail(f"{what} hold other parameters (by number)", expected=right, actual=numbers)
    rates, due = ([g.settings.get("lr") for g in groups] for groups in (got, expected))
    if rates != due:
        fail(f"{what} have other learning rates", expected=due, actual=rates)


@property_check(
    BASE,
    examples=25,
    points=2,
    case=st.builds(
        Grouping, runs("base", groups=3, steps=(1, 1)), st.sampled_from([False, True, True])
    ),
    hint="A group's own settings go over the defaults. An iterable can be walked through once.",
)
def groups_are_made(remote: Remote, case: Grouping) -> None:
    """param_groups: parameters as a list, settings of each group"""
    episode = case.run.episode
    got = remote(driver.grouped, episode, case.generator)
    expected = [
        Group(g.params, {"lr": (episode.settings | g.settings)["lr"]}) for g in episode.groups
    ]
    _same_groups(got, expected, "the groups")


@property_check(
    BASE,
    examples=25,
    points=2,
    case=runs("base", groups=3),
    hint="Two loops: over the groups, and over the parameters of each.",
)
def every_group_moves(remote: Remote, case: Run) -> None:
    """step updates every parameter of every group, with its state"""
    right_steps(remote, case)


@property_check(
    BASE, examples=25, points=2, case=runs("base", groups=2, missing=True, late=True), hint=MISSING
)
def missing_gradients_are_passed_over(remote: Remote, case: Run) -> None:
    """Parameters without a gradient stay, and so does their state"""
    right_steps(remote, case)


@property_check(
    BASE,
    examples=25,
    points=1,
    case=runs("base", groups=2, changes=True),
    hint='Read group["lr"] at every step: whoever holds the optimizer may change it.',
)
def settings_change_from_outside(remote: Remote, case: Run) -> None:
    """A changed learning rate counts from the next step on"""
    right_steps(remote, case)


@property_check(
    BASE,
    examples=25,
    points=2,
    case=st.builds(Closing, runs("base", groups=2, steps=(1, 3)), st.booleans()),
    hint="Under torch.enable_grad(), before the first update, once; and return its loss.",
)
def closure_is_called(remote: Remote, case: Closing) -> None:
    """step(closure) computes the loss first, and returns it"""
    closes(remote, case)


@property_check(
    BASE,
    examples=25,
    points=2,
    case=st.builds(
        Zeroing,
        runs("base", groups=3, steps=(1, 1)),
        st.sampled_from(["default", "zeros", "none", "zeros"]),
        st.integers(0, 1),
    ),
    hint="None by default; with set_to_none=False, zeros, but only where there is a gradient.",
)
def zero_grad_clears(remote: Remote, case: Zeroing) -> None:
    """zero_grad takes every gradient away"""
    zeroes(remote, case)


@property_check(
    BASE,
    examples=25,
    points=2,
    case=runs("base", groups=3, steps=(1, 2), missing=True, changes=True),
    hint="Parameters are numbered through all groups; state is kept by number, not by tensor.",
)
def state_dict_is_plain(remote: Remote, case: Run) -> None:
    """state_dict: numbers for parameters, and the settings in force"""
    got = remote(driver.saved, case.episode)
    known = oracle.settings(case.episode)[-1]
    groups = [Group(g.params, {"lr": s["lr"]}) for g, s in zip(case.groups, known, strict=True)]
    _same_groups(got.groups, groups, "the saved groups")
    moved = [i for i in range(len(case.shapes)) if any(row[i] for row in case.present)]
    if got.keys != moved:
        fail("there is state for other parameters", expected=moved, actual=got.keys)


@property_check(
    BASE,
    examples=25,
    points=3,
    case=st.builds(
        Cut,
        runs("base", groups=3, missing=True, changes=True),
        st.sampled_from([0.5, 0.0, 0.8]),
    ),
    hint=RESTORE,
)
def saved_state_goes_on(remote: Remote, case: Cut) -> None:
    """Saved, and loaded into a new optimizer, it goes on bit for bit"""
    resumes(remote, case)


@property_check(
    BASE,
    points=1,
    case=refusals(
        "base",
        "a single tensor",
        "no parameter",
        "one parameter in two groups",
        "the state of other groups",
    ),
    examples=12,
    hint="Without an error, each of these would go wrong without a word: see the docstrings.",
)
def nonsense_is_refused(remote: Remote, case: Refusal) -> None:
    """What could only train the wrong thing is refused"""
    name = remote(driver.refused, case.kind, case.what)
    right = "TypeError" if case.what == "a single tensor" else "ValueError"
    if name != right:
        fail(f"{case.what}: expected a {right}, and there was {name or 'no error'}")
