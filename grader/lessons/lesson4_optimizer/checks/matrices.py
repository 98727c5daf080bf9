"""What must hold of Newton–Schulz and of Muon: what they promise, not every digit.

Good implementations work in bfloat16, and with other polynomials. So the update is looked at in the
basis of what it must be the orthogonal part of: there, it is diagonal, and its diagonal lies in a
band around 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from grader.kit import Remote, close, fail, property_check
from grader.lessons.lesson4_optimizer import MUON, NEWTON, driver, oracle
from grader.lessons.lesson4_optimizer.checks.gradient import CLOSURE, LATE, STATE, bare
from grader.lessons.lesson4_optimizer.checks.judging import played, resumes
from grader.lessons.lesson4_optimizer.strategies.runs import Run, runs
from grader.lessons.lesson4_optimizer.strategies.single import (
    Cut,
    Matrix,
    Refusal,
    matrices,
    refusals,
)

Array = NDArray[Any]
# The stub promises the band; the quintic itself ends between 0.68 and 1.14, and bfloat16, whose
# unit roundoff is u = 4e-3, moves that by u for each of some 15 products.
BAND = 0.5, 1.5
FAINT = 0.01  # of the norm: what is smaller may stay small
LEAK = 0.15  # into other directions; bfloat16 leaks up to 0.07
SHARP = 0.015  # of the norm: with smaller singular values, bfloat16 turns the vectors


def orthogonal_part(got: Array, of: Array, what: str) -> None:
    """Fails unless `got` has the singular vectors of `of`, and singular values in the band."""
    if got.shape != of.shape or not np.isfinite(got).all():
        close(got, oracle.quintic(of), rtol=0, atol=BAND[1], what=what)
    U, S, Vt = np.linalg.svd(of, full_matrices=False)
    if not S[0]:
        close(got, of, rtol=0, atol=0, what=what)
        return
    inside = U.T @ got @ Vt.T
    values = np.diag(inside)
    leak = max(
        float(np.abs(inside - np.diag(values)).max()),
        float(np.abs(got - U @ inside @ Vt).max()),
    )
    shares = S / np.linalg.norm(S)
    wrong = (shares >= FAINT) & ((values < BAND[0]) | (values > BAND[1]))
    if leak > (LEAK if shares[-1] >= SHARP else BAND[1]):
        fail(f"{what} does not keep the singular vectors", expected=U @ Vt, actual=got)
    if wrong.any() or np.abs(values).max() > BAND[1]:
        fail(
            f"{what} has singular values {values.round(3).tolist()}, expected each between "
            f"{BAND[0]} and {BAND[1]}",
            expected=U @ Vt,
            actual=got,
        )


# --- Newton–Schulz ------------------------------------------------------------------------------


def _orthogonalized(remote: Remote, case: Matrix) -> None:
    got = remote(driver.orthogonal, case.matrix)
    orthogonal_part(got, case.matrix, "orthogonalize(matrix)")


@property_check(
    NEWTON,
    examples=25,
    points=3,
    case=matrices([(1, 1), (2, 2), (3, 3), (5, 5)]),
    hint="Divide by the root of the sum of squares; then five times X ← a X + (b A + c A²) X.",
)
def squares_become_orthogonal(remote: Remote, case: Matrix) -> None:
    """Square matrices: singular values near 1, vectors as before"""
    _orthogonalized(remote, case)


@property_check(
    NEWTON,
    examples=25,
    points=3,
    case=matrices([(1, 3), (3, 1), (2, 4), (4, 2), (3, 7), (7, 3), (1, 8), (8, 1)]),
    hint="A tall matrix is transposed before, and back after.",
)
def any_shape(remote: Remote, case: Matrix) -> None:
    """Wide and tall ones, and single rows and columns"""
    _orthogonalized(remote, case)


@property_check(
    NEWTON,
    examples=25,
    points=2,
    case=matrices([(2, 2), (3, 2), (2, 3), (4, 4)], conditions=(90.0,)),
    hint="A singular value of 0.01 needs all five steps to come up to 0.5.",
)
def small_values_come_up(remote: Remote, case: Matrix) -> None:
    """Singular values 90 times smaller come up as well"""
    _orthogonalized(remote, case)


@property_check(
    NEWTON,
    examples=25,
    points=1,
    case=matrices([(2, 2), (3, 2), (2, 3)], sizes=(1e-4, 1e4)),
    hint="The size of the matrix plays no part: it is divided away before the first step.",
)
def size_plays_no_part(remote: Remote, case: Matrix) -> None:
    """Matrices 10,000 times larger or smaller"""
    _orthogonalized(remote, case)


@property_check(
    NEWTON,
    points=1,
    case=matrices(sizes=(0.0,)),
    examples=5,
    hint="Where the norm is 0, it must not divide.",
    needs=["newton.squares_become_orthogonal"],
)
def zeros_stay_zeros(remote: Remote, case: Matrix) -> None:
    """A matrix of zeros gives zeros"""
    _orthogonalized(remote, case)


# --- Muon ---------------------------------------------------------------------------------------


def _moves(remote: Remote, run: Run) -> None:
    """Every step moves each matrix that has a gradient by what Muon promises, and no other."""
    episode = run.episode
    memories = [oracle.Memory() for _ in episode.params]
    before = [p.astype(np.float64) for p in episode.params]
    rows = zip(played(remote, episode), episode.steps, oracle.settings(episode), strict=True)
    for t, (after, step, known) in enumerate(rows, start=1):
        for group, s in zip(episode.groups, known, strict=True):
            for i in group.params:
                g, what = step.grads[i], f"step {t}: p{i}"
                kept = (1 - s["lr"] * s["weight_decay"]) * before[i]
                if g is not None:
                    u = oracle.muon_momentum(g.astype(np.float64), s, memories[i])
                if g is None or not s["lr"]:
                    close(after[i], before[i], rtol=0, atol=0, what=what)
                    continue
                close(after[i], kept, rtol=0, atol=1e6, what=what, dtype=run.dtype)  # its shape
                moved = (kept - after[i]) / (s["lr"] * oracle.scale(kept))
                orthogonal_part(moved, u, f"the move of p{i} in step {t}, divided by lr and scale,")
        before = [p.astype(np.float64) for p in after]


SCALE = "The update is multiplied by √max(1, rows / columns), the decay is not."


@property_check(
    MUON,
    examples=25,
    points=3,
    case=runs(
        "muon", steps=(1, 1), shapes=[(1, 1), (2, 2), (2, 3), (1, 3), (4, 6)], weight_decay=0.0
    ),
    hint="The first momentum points where the gradient points: W ← W − lr · orthogonalize(g).",
)
def first_move(remote: Remote, case: Run) -> None:
    """The first step is orthogonal, along the gradient"""
    _moves(remote, case)


@property_check(
    MUON,
    examples=25,
    points=2,
    case=runs("muon", steps=(1, 2), shapes=[(9, 1), (12, 1), (18, 2)]),
    hint=SCALE,
)
def tall_ones_move_further(remote: Remote, case: Run) -> None:
    """Tall matrices: the scale"""
    _moves(remote, case)


@property_check(
    MUON,
    examples=25,
    points=3,
    case=runs("muon", steps=(2, 6), nesterov=False, weight_decay=0.0),
    hint="The running mean comes first; what is orthogonalized is the mean.",
)
def momentum_comes_first(remote: Remote, case: Run) -> None:
    """What is orthogonalized is the momentum"""
    _moves(remote, case)


@property_check(
    MUON,
    examples=25,
    points=2,
    case=runs("muon", steps=(2, 6), nesterov=True, weight_decay=0.0),
    hint="With nesterov, the gradient is mixed into the new mean once more, for this step alone.",
)
def muon_looks_ahead(remote: Remote, case: Run) -> None:
    """Nesterov's momentum"""
    _moves(remote, case)


@property_check(
    MUON,
    examples=25,
    points=2,
    case=runs("muon", weight_decay=0.5),
    hint="W shrinks by lr · weight_decay · W.",
)
def muon_decays(remote: Remote, case: Run) -> None:
    """Weight decay is decoupled"""
    _moves(remote, case)


@property_check(
    MUON,
    examples=25,
    points=2,
    case=runs("muon", groups=3, steps=(1, 6), missing=True, late=True, changes=True),
    hint="Settings come from the group at every step. " + LATE,
)
def muon_keeps_its_groups(remote: Remote, case: Run) -> None:
    """Groups, changed settings, missing and late gradients"""
    _moves(remote, case)


@property_check(
    MUON,
    points=1,
    case=runs("muon", steps=(1, 3), dtype="float32").map(bare),
    examples=15,
    hint="lr=1e-3, weight_decay=0.1, momentum=0.95, nesterov=True.",
)
def muon_has_its_defaults(remote: Remote, case: Run) -> None:
    """Settings that are not given, in float32"""
    _moves(remote, case)


@property_check(
    MUON,
    points=1,
    case=st.builds(
        Cut,
        runs("muon", groups=2, steps=(2, 5), missing=True, changes=True),
        st.sampled_from([0.5, 0.0, 0.8]),
    ),
    examples=15,
    hint=STATE + " " + CLOSURE,
)
def muon_goes_on(remote: Remote, case: Cut) -> None:
    """Saved and restored, it goes on bit for bit"""
    resumes(remote, case)


@property_check(
    MUON,
    points=1,
    case=refusals("muon", "a vector"),
    examples=1,
    hint="Only a matrix has singular values: look at p.ndim in __init__.",
)
def only_matrices(remote: Remote, case: Refusal) -> None:
    """A parameter that is no matrix is a ValueError"""
    name = remote(driver.refused, case.kind, case.what)
    if name != "ValueError":
        fail(f"{case.what}: expected a ValueError, and there was {name or 'no error'}")
