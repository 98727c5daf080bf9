"""What must hold of SGD and AdamW."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from grader.kit import Remote, property_check
from grader.lessons.lesson4_optimizer import OPTIMIZER, SGD
from grader.lessons.lesson4_optimizer.checks.judging import closes, resumes, right_steps
from grader.lessons.lesson4_optimizer.strategies.runs import Run, runs
from grader.lessons.lesson4_optimizer.strategies.single import Closing, Cut

RATE = "Read every setting from the group, at every step; the rate stays outside of the state."
LATE = "Each parameter has a state of its own, which begins at its own first gradient."
TYPES = "Make new tensors like the parameter (zeros_like), and change it in place."
CLOSURE = "The base class does this; if you have a step of your own, it must do it too."
STATE = "All that an update remembers belongs in the state that it is given."


def bare(run: Run) -> Run:
    """The run with the class's own defaults."""
    return replace(run, settings={})


# --- SGD ----------------------------------------------------------------------------------------


@property_check(
    SGD,
    examples=25,
    points=2,
    case=runs("sgd", momentum=0.0, weight_decay=0.0, nesterov=False),
    hint="p ← p − lr · g, in place.",
)
def plain_descent(remote: Remote, case: Run) -> None:
    """Without momentum: against the gradient, by the rate"""
    right_steps(remote, case)


@property_check(
    SGD,
    examples=25,
    points=3,
    case=runs("sgd", steps=(1, 8), momentum=0.9, weight_decay=0.0, nesterov=False),
    hint="b ← momentum · b + g, and p moves by lr · b. The first b is g itself.",
)
def momentum_adds_up(remote: Remote, case: Run) -> None:
    """Momentum is a sum of old gradients, each weaker than the next"""
    right_steps(remote, case)


@property_check(
    SGD,
    examples=25,
    points=2,
    case=runs("sgd", steps=(1, 8), momentum=0.9, weight_decay=0.0, nesterov=True),
    hint="With nesterov, p moves by lr · (g + momentum · b), with the new b.",
)
def nesterov_looks_ahead(remote: Remote, case: Run) -> None:
    """Nesterov's momentum"""
    right_steps(remote, case)


@property_check(
    SGD,
    examples=25,
    points=2,
    case=runs("sgd", weight_decay=0.5),
    hint="The decay is added to the gradient before the momentum; p.grad itself stays as it is.",
)
def sgd_decays(remote: Remote, case: Run) -> None:
    """Weight decay is part of the gradient"""
    right_steps(remote, case)


@property_check(
    SGD,
    examples=25,
    points=2,
    case=runs("sgd", groups=3, steps=(1, 8), changes=True, momentum=0.9),
    hint=RATE,
)
def sgd_reads_its_groups(remote: Remote, case: Run) -> None:
    """Each group has its settings, and they may change"""
    right_steps(remote, case)


@property_check(
    SGD,
    examples=25,
    points=2,
    case=runs("sgd", groups=2, steps=(1, 8), missing=True, late=True),
    hint=LATE,
)
def sgd_keeps_state_apart(remote: Remote, case: Run) -> None:
    """Missing and late gradients: each parameter has its own momentum"""
    right_steps(remote, case)


@property_check(SGD, points=1, case=runs("sgd", groups=2, dtype="float32"), examples=20, hint=TYPES)
def sgd_in_float32(remote: Remote, case: Run) -> None:
    """In float32"""
    right_steps(remote, case)


@property_check(
    SGD,
    points=1,
    case=runs("sgd").map(bare),
    examples=10,
    hint="lr=1e-3, and no momentum, decay or nesterov.",
)
def sgd_has_its_defaults(remote: Remote, case: Run) -> None:
    """Settings that are not given"""
    right_steps(remote, case)


@property_check(
    SGD,
    points=1,
    case=st.builds(Closing, runs("sgd", groups=2, steps=(1, 3)), st.booleans()),
    examples=20,
    hint=CLOSURE,
)
def sgd_calls_its_closure(remote: Remote, case: Closing) -> None:
    """step(closure), with a parameter that is used twice"""
    closes(remote, case)


@property_check(
    SGD,
    points=2,
    case=st.builds(
        Cut,
        runs("sgd", groups=2, steps=(2, 6), missing=True, changes=True, momentum=0.9),
        st.sampled_from([0.5, 0.0, 0.8]),
    ),
    examples=25,
    hint=STATE,
)
def sgd_goes_on(remote: Remote, case: Cut) -> None:
    """Saved and restored, it goes on bit for bit"""
    resumes(remote, case)


# --- AdamW --------------------------------------------------------------------------------------


@property_check(
    OPTIMIZER,
    examples=25,
    points=2,
    case=runs("optimizer", steps=(1, 1), weight_decay=0.0),
    hint="At the first step m̂ = g and v̂ = g²: the correction undoes the start from 0.",
)
def first_step(remote: Remote, case: Run) -> None:
    """The first step is of size lr, whatever the gradient's"""
    right_steps(remote, case)


@property_check(
    OPTIMIZER,
    examples=25,
    points=3,
    case=runs("optimizer", steps=(2, 10), weight_decay=0.0),
    hint="Each mean has its own β, and is divided by 1 − βᵗ, with t counted from 1.",
)
def means_are_corrected(remote: Remote, case: Run) -> None:
    """Both running means, with their corrections, over many steps"""
    right_steps(remote, case)


@property_check(
    OPTIMIZER,
    examples=25,
    points=2,
    case=runs("optimizer", steps=(1, 4), size=1e-8, weight_decay=0.0),
    hint="eps is the group's, and it is added to √v̂, after the root and the correction.",
)
def eps_is_outside_the_root(remote: Remote, case: Run) -> None:
    """Tiny gradients: eps stands beside the root"""
    right_steps(remote, case)


@property_check(
    OPTIMIZER,
    examples=25,
    points=3,
    case=runs("optimizer", weight_decay=0.5),
    hint="p shrinks by lr · weight_decay · p. Neither m nor v sees the decay.",
)
def decay_is_decoupled(remote: Remote, case: Run) -> None:
    """Weight decay acts on the parameter alone, times lr"""
    right_steps(remote, case)


@property_check(
    OPTIMIZER,
    examples=25,
    points=2,
    case=runs("optimizer", groups=3, steps=(1, 8), changes=True),
    hint=RATE,
)
def groups_have_their_own(remote: Remote, case: Run) -> None:
    """Each group has its lr, betas, eps and decay, and they may change"""
    right_steps(remote, case)


@property_check(
    OPTIMIZER,
    examples=25,
    points=3,
    case=runs("optimizer", groups=2, steps=(2, 8), missing=True, late=True),
    hint=LATE,
)
def counters_are_apart(remote: Remote, case: Run) -> None:
    """Missing and late gradients: each parameter counts its own steps"""
    right_steps(remote, case)


@property_check(
    OPTIMIZER,
    points=1,
    case=runs("optimizer", groups=2, dtype="float32", size=100.0),
    examples=20,
    hint=TYPES,
)
def in_float32(remote: Remote, case: Run) -> None:
    """In float32"""
    right_steps(remote, case)


@property_check(
    OPTIMIZER,
    points=1,
    case=runs("optimizer", size=1e-6).map(bare),
    examples=10,
    hint="lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2.",
)
def has_its_defaults(remote: Remote, case: Run) -> None:
    """Settings that are not given"""
    right_steps(remote, case)


@property_check(
    OPTIMIZER,
    points=1,
    case=st.builds(Closing, runs("optimizer", groups=2, steps=(1, 3)), st.booleans()),
    examples=20,
    hint=CLOSURE,
)
def calls_its_closure(remote: Remote, case: Closing) -> None:
    """step(closure), with a parameter that is used twice"""
    closes(remote, case)


@property_check(
    OPTIMIZER,
    points=2,
    case=st.builds(
        Cut,
        runs("optimizer", groups=2, steps=(2, 6), missing=True, changes=True),
        st.sampled_from([0.5, 0.0, 0.8]),
    ),
    examples=25,
    hint=STATE,
)
def goes_on(remote: Remote, case: Cut) -> None:
    """Saved and restored, it goes on bit for bit"""
    resumes(remote, case)
