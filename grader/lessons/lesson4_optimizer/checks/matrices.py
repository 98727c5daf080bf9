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
from grader.lessons.lesson4_optimizer.checks.judging import played, refused, resumes
from grader.lessons.lesson4_optimizer.hints import gradient as shared_hints
from grader.lessons.lesson4_optimizer.hints import matrices as hints
from grader.lessons.lesson4_optimizer.strategies.runs import Run, runs
from grader.lessons.lesson4_optimizer.strategies.single import (
    Cut,
    Matrix,
    Refusal,
    matrices,
    refusals,
)
from zth.language import tr

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
        turned = tr("{what} does not keep the singular vectors", what=what)
        fail(turned, expected=U @ Vt, actual=got)
    if wrong.any() or np.abs(values).max() > BAND[1]:
        outside = tr(
            "{what} has singular values {values}, expected each between {low} and {high}",
            what=what,
            values=values.round(3).tolist(),
            low=BAND[0],
            high=BAND[1],
        )
        fail(outside, expected=U @ Vt, actual=got)


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
    steps=hints.SQUARES,
)
def squares_become_orthogonal(remote: Remote, case: Matrix) -> None:
    """Square matrices: singular values near 1, vectors as before

    a X + b (X Xᵀ) X + c (X Xᵀ)² X has the singular vectors of X, and a s + b s³ + c s⁵ for each
    singular value s. Repeated, it brings all of them near 1, without anybody knowing them. The
    check asks for the right vectors, and for values between 0.5 and 1.5. (#muon)
    """
    _orthogonalized(remote, case)


@property_check(
    NEWTON,
    examples=25,
    points=3,
    case=matrices([(1, 3), (3, 1), (2, 4), (4, 2), (3, 7), (7, 3), (1, 8), (8, 1)]),
    hint="A tall matrix is transposed before, and back after.",
    steps=hints.ANY_SHAPE,
)
def any_shape(remote: Remote, case: Matrix) -> None:
    """Wide and tall ones, and single rows and columns

    X and Xᵀ have the same singular values, so a tall matrix may be transposed, and the products are
    of the smaller size. A single row or column has one singular value, its length, and comes out
    with a length of about 1. (#muon)
    """
    _orthogonalized(remote, case)


@property_check(
    NEWTON,
    examples=25,
    points=2,
    case=matrices([(2, 2), (3, 2), (2, 3), (4, 4)], conditions=(90.0,)),
    hint="A singular value of 0.01 needs all five steps to come up to 0.5.",
    steps=hints.SMALL_VALUES,
)
def small_values_come_up(remote: Remote, case: Matrix) -> None:
    """Singular values 90 times smaller come up as well

    The polynomial is steep at 0: each step multiplies a small singular value by about 3.4. After
    five of them 0.01 has come up to 0.7, and a direction that was hardly learned counts like the
    others. (#muon)
    """
    _orthogonalized(remote, case)


@property_check(
    NEWTON,
    examples=25,
    points=1,
    case=matrices([(2, 2), (3, 2), (2, 3)], sizes=(1e-4, 1e4)),
    hint="The size of the matrix plays no part: it is divided away before the first step.",
    steps=hints.SIZE,
)
def size_plays_no_part(remote: Remote, case: Matrix) -> None:
    """Matrices 10,000 times larger or smaller

    Before the first step the matrix is divided by its Frobenius norm, which is never below the
    largest singular value. So all values are at most 1, and the size of the matrix is gone. (#muon)
    """
    _orthogonalized(remote, case)


@property_check(
    NEWTON,
    points=1,
    case=matrices(sizes=(0.0,)),
    examples=5,
    hint="Where the norm is 0, it must not divide.",
    steps=hints.ZEROS,
    needs=["newton.squares_become_orthogonal"],
)
def zeros_stay_zeros(remote: Remote, case: Matrix) -> None:
    """A matrix of zeros gives zeros

    A matrix of zeros has no direction, so there is nothing to set to 1: it stays as it is. A whole
    layer without a gradient should not end in NaN. (#muon)
    """
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
                g, what = step.grads[i], tr("step {t}: p{i}", t=t, i=i)
                kept = (1 - s["lr"] * s["weight_decay"]) * before[i]
                if g is not None:
                    u = oracle.muon_momentum(g.astype(np.float64), s, memories[i])
                if g is None or not s["lr"]:
                    close(after[i], before[i], rtol=0, atol=0, what=what)
                    continue
                close(after[i], kept, rtol=0, atol=1e6, what=what, dtype=run.dtype)  # its shape
                moved = (kept - after[i]) / (s["lr"] * oracle.scale(kept))
                what = tr("the move of p{i} in step {t}, divided by lr and scale,", i=i, t=t)
                orthogonal_part(moved, u, what)
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
    steps=hints.FIRST_MOVE,
)
def first_move(remote: Remote, case: Run) -> None:
    """The first step is orthogonal, along the gradient

    After one gradient the momentum points where the gradient points, and orthogonalize minds no
    length. So the step has the gradient's singular vectors, and singular values of about lr.
    (#muon)
    """
    _moves(remote, case)


@property_check(
    MUON,
    examples=25,
    points=2,
    case=runs("muon", steps=(1, 2), shapes=[(9, 1), (12, 1), (18, 2)]),
    hint=SCALE,
    steps=hints.TALL,
)
def tall_ones_move_further(remote: Remote, case: Run) -> None:
    """Tall matrices: the scale

    An orthogonal step into a tall matrix changes each of its outputs less than one into a square
    matrix. √max(1, rows / columns) makes up for that; a decay needs no such factor. (#muon)
    """
    _moves(remote, case)


@property_check(
    MUON,
    examples=25,
    points=3,
    case=runs("muon", steps=(2, 6), nesterov=False, weight_decay=0.0),
    hint="The running mean comes first; what is orthogonalized is the mean.",
    steps=hints.MOMENTUM_COMES_FIRST,
)
def momentum_comes_first(remote: Remote, case: Run) -> None:
    """What is orthogonalized is the momentum

    The mean of gradients says where to go; orthogonalizing it says how evenly. In the other order,
    every gradient would first be blown up in directions that are nothing but noise. (#muon)
    """
    _moves(remote, case)


@property_check(
    MUON,
    examples=25,
    points=2,
    case=runs("muon", steps=(2, 6), nesterov=True, weight_decay=0.0),
    hint="With nesterov, the gradient is mixed into the new mean once more, for this step alone.",
    steps=hints.MUON_LOOKS_AHEAD,
)
def muon_looks_ahead(remote: Remote, case: Run) -> None:
    """Nesterov's momentum

    As in SGD, Nesterov's variant lets the newest gradient count once more, by mixing it into the
    new mean. The mix is for this step alone. (#muon)
    """
    _moves(remote, case)


@property_check(
    MUON,
    examples=25,
    points=2,
    case=runs("muon", weight_decay=0.5),
    hint="W shrinks by lr · weight_decay · W.",
    steps=hints.MUON_DECAYS,
)
def muon_decays(remote: Remote, case: Run) -> None:
    """Weight decay is decoupled

    As with AdamW the decay acts on the matrix alone, as a factor of 1 − lr · weight_decay. As a
    part of the gradient it would be orthogonalized, and its size would mean nothing. (#muon)
    """
    _moves(remote, case)


@property_check(
    MUON,
    examples=25,
    points=2,
    case=runs("muon", groups=3, steps=(1, 6), missing=True, late=True, changes=True),
    hint="Settings come from the group at every step. " + LATE,
    steps=hints.MUON_KEEPS_ITS_GROUPS,
)
def muon_keeps_its_groups(remote: Remote, case: Run) -> None:
    """Groups, changed settings, missing and late gradients

    Each matrix has its own momentum, which begins with its first gradient and rests while there is
    none. Settings are those of its group at this very step. (#muon)
    """
    _moves(remote, case)


@property_check(
    MUON,
    points=1,
    case=runs("muon", steps=(1, 3), dtype="float32").map(bare),
    examples=15,
    hint="lr=1e-3, weight_decay=0.1, momentum=0.95, nesterov=True.",
    steps=shared_hints.DEFAULTS,
)
def muon_has_its_defaults(remote: Remote, case: Run) -> None:
    """Settings that are not given, in float32

    Whoever says nothing gets the defaults of the signature, those of PyTorch. A default that is off
    by a factor trains nearly as well, and nobody finds it. (#muon)
    """
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
    steps=shared_hints.GOES_ON,
)
def muon_goes_on(remote: Remote, case: Cut) -> None:
    """Saved and restored, it goes on bit for bit

    What an optimizer remembers steers its next step. A run that is stopped and goes on without it,
    or with that of another parameter, is another run. With all of it, the numbers are the same to
    the last bit. (#groups)
    """
    resumes(remote, case)


@property_check(
    MUON,
    points=1,
    case=refusals("muon", "a vector"),
    examples=1,
    hint="Only a matrix has singular values: look at p.ndim in __init__.",
    steps=hints.ONLY_MATRICES,
)
def only_matrices(remote: Remote, case: Refusal) -> None:
    """A parameter that is no matrix is a ValueError

    Only a matrix turns and stretches, so only a matrix has something to orthogonalize. Biases,
    gains and embeddings are AdamW's, and whoever gives them to Muon should hear of it at once.
    (#muon)
    """
    name = remote(driver.refused, case.kind, case.what)
    refused(name, case, "ValueError")
