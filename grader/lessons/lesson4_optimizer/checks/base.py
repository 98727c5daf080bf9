"""What must hold of the base class."""

from __future__ import annotations

from hypothesis import strategies as st

from grader.kit import Remote, fail, property_check
from grader.lessons.lesson4_optimizer import BASE, driver, oracle
from grader.lessons.lesson4_optimizer.checks.judging import (
    closes,
    refused,
    resumes,
    right_steps,
    zeroes,
)
from grader.lessons.lesson4_optimizer.driver import Group
from grader.lessons.lesson4_optimizer.hints import base as hints
from grader.lessons.lesson4_optimizer.strategies.runs import Run, runs
from grader.lessons.lesson4_optimizer.strategies.single import (
    Closing,
    Cut,
    Grouping,
    Refusal,
    Zeroing,
    refusals,
)
from zth.language import tr

MISSING = "A parameter whose gradient is None is passed over: no update, no new state."
RESTORE = "Settings and state: both must come back, and state belongs to a parameter's number."


def _same_groups(got: list[Group], expected: list[Group], *, saved: bool = False) -> None:
    """Fails unless the groups have these parameters, by number, and these learning rates."""
    numbers, right = ([g.params for g in groups] for groups in (got, expected))
    if numbers != right:
        wrong = tr(
            "the saved groups hold other parameters (by number)"
            if saved
            else "the groups hold other parameters (by number)"
        )
        fail(wrong, expected=right, actual=numbers)
    rates, due = ([g.settings.get("lr") for g in groups] for groups in (got, expected))
    if rates != due:
        wrong = tr(
            "the saved groups have other learning rates"
            if saved
            else "the groups have other learning rates"
        )
        fail(wrong, expected=due, actual=rates)


@property_check(
    BASE,
    examples=25,
    points=2,
    case=st.builds(
        Grouping, runs("base", groups=3, steps=(1, 1)), st.sampled_from([False, True, True])
    ),
    hint="A group's own settings go over the defaults. An iterable can be walked through once.",
    steps=hints.GROUPS_ARE_MADE,
)
def groups_are_made(remote: Remote, case: Grouping) -> None:
    """param_groups: parameters as a list, settings of each group

    Not all parameters want the same: matrices decay, biases do not. So parameters come in groups,
    each with its own settings over the defaults. model.parameters() is a generator, which is empty
    after it has been walked through once. (#groups)
    """
    episode = case.run.episode
    got = remote(driver.grouped, episode, case.generator)
    expected = [
        Group(g.params, {"lr": (episode.settings | g.settings)["lr"]}) for g in episode.groups
    ]
    _same_groups(got, expected)


@property_check(
    BASE,
    examples=25,
    points=2,
    case=runs("base", groups=3),
    hint="Two loops: over the groups, and over the parameters of each.",
    steps=hints.EVERY_GROUP_MOVES,
)
def every_group_moves(remote: Remote, case: Run) -> None:
    """step updates every parameter of every group, with its state

    The base class does the walking for all optimizers: every group, every parameter, each with what
    is remembered of it alone. The check uses an update that makes the k-th step of a parameter k
    times as long, so a lost or shared memory shows. (#groups)
    """
    right_steps(remote, case)


@property_check(
    BASE,
    examples=25,
    points=2,
    case=runs("base", groups=2, missing=True, late=True),
    hint=MISSING,
    steps=hints.MISSING,
)
def missing_gradients_are_passed_over(remote: Remote, case: Run) -> None:
    """Parameters without a gradient stay, and so does their state

    A part of a model that a batch did not use has no gradient, and nothing was learned about it. A
    gradient of 0 would be something else: momentum would go on, and the parameter would decay.
    (#groups)
    """
    right_steps(remote, case)


@property_check(
    BASE,
    examples=25,
    points=1,
    case=runs("base", groups=2, changes=True),
    hint='Read group["lr"] at every step: whoever holds the optimizer may change it.',
    steps=hints.SETTINGS_CHANGE,
)
def settings_change_from_outside(remote: Remote, case: Run) -> None:
    """A changed learning rate counts from the next step on

    A schedule changes the learning rate before every step, by writing into param_groups. An
    optimizer that keeps a copy of its settings never hears of it. (#groups)
    """
    right_steps(remote, case)


@property_check(
    BASE,
    examples=25,
    points=2,
    case=st.builds(Closing, runs("base", groups=2, steps=(1, 3)), st.booleans()),
    hint="Under torch.enable_grad(), before the first update, once; and return its loss.",
    steps=hints.CLOSURE_IS_CALLED,
)
def closure_is_called(remote: Remote, case: Closing) -> None:
    """step(closure) computes the loss first, and returns it

    A closure computes the loss and the gradients, for methods that need both within a step. So step
    calls it first, with autograd on, and returns its loss. A parameter that is used twice has one
    gradient, the sum of both parts. (#groups)
    """
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
    steps=hints.ZERO_GRAD,
)
def zero_grad_clears(remote: Remote, case: Zeroing) -> None:
    """zero_grad takes every gradient away

    backward adds to the gradients that are there, so somebody must take them away before. None says
    that there is none, and saves the memory; zeros are for those who hold on to the tensor.
    (#groups)
    """
    zeroes(remote, case)


@property_check(
    BASE,
    examples=25,
    points=2,
    case=runs("base", groups=3, steps=(1, 2), missing=True, changes=True),
    hint="Parameters are numbered through all groups; state is kept by number, not by tensor.",
    steps=hints.STATE_DICT,
)
def state_dict_is_plain(remote: Remote, case: Run) -> None:
    """state_dict: numbers for parameters, and the settings in force

    The tensors of a model that is built anew tomorrow will be others, but they come in the same
    order. So a parameter is saved as its number, counted through all groups, and its settings as
    they are now, since those are what the next step uses. (#groups)
    """
    got = remote(driver.saved, case.episode)
    known = oracle.settings(case.episode)[-1]
    groups = [Group(g.params, {"lr": s["lr"]}) for g, s in zip(case.groups, known, strict=True)]
    _same_groups(got.groups, groups, saved=True)
    moved = [i for i in range(len(case.shapes)) if any(row[i] for row in case.present)]
    if got.keys != moved:
        fail(tr("there is state for other parameters"), expected=moved, actual=got.keys)


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
    steps=hints.SAVED_STATE,
)
def saved_state_goes_on(remote: Remote, case: Cut) -> None:
    """Saved, and loaded into a new optimizer, it goes on bit for bit

    What an optimizer remembers steers its next step. A run that is stopped and goes on without it,
    or with that of another parameter, is another run. With all of it, the numbers are the same to
    the last bit. (#groups)
    """
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
    steps=hints.NONSENSE,
)
def nonsense_is_refused(remote: Remote, case: Refusal) -> None:
    """What could only train the wrong thing is refused

    Each of these would run and train something wrong: the rows of a tensor, nothing at all, one
    parameter twice a step, or with the memory of another. The moment to say so is before the first
    step. (#groups)
    """
    name = remote(driver.refused, case.kind, case.what)
    refused(name, case, "TypeError" if case.what == "a single tensor" else "ValueError")
