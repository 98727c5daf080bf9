"""What the checks of training and of evaluation share: reading a model's notes."""

from __future__ import annotations

import numpy as np

from grader.derivatives import Array
from grader.kit import fail
from grader.lessons.lesson7_mlp.driver import Run, Seen
from zth.language import tr


def batches(run: Run, seen: Seen, batch_size: int, count: int) -> list[tuple[Array, Array]]:
    """The batches that a model saw; fails unless they are `count`, each of examples of the run."""
    if not len(seen.inputs) == len(seen.targets) == count:
        message = tr(
            "{count} forward passes, expected {expected}: one a step",
            count=len(seen.inputs),
            expected=count,
        )
        fail(message)
    known = {(*x, y) for x, y in zip(run.X.tolist(), run.Y.tolist(), strict=True)}
    for x, y in zip(seen.inputs, seen.targets, strict=True):
        if x.shape != (batch_size, run.X.shape[1]) or y.shape != (batch_size,):
            message = tr(
                "the model was given inputs {inputs} and targets {targets}, expected {size} rows",
                inputs=x.shape,
                targets=y.shape,
                size=batch_size,
            )
            fail(message)
        if not known.issuperset((*a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)):
            fail(tr("the model was given rows and targets that do not belong together"))
    return list(zip(seen.inputs, seen.targets, strict=True))


def all_new(drawn: list[tuple[Array, Array]]) -> None:
    """Fails where two batches are the same."""
    for i, (x, _) in enumerate(drawn):
        if any(np.array_equal(x, other) for other, _ in drawn[:i]):
            fail(tr("the same batch was drawn twice"))


def repeated(first: Seen, again: Seen) -> None:
    """Fails unless two runs, from generators of one seed, saw the same."""
    pairs = zip(first.inputs, again.inputs, strict=False)
    if len(first.inputs) != len(again.inputs) or not all(np.array_equal(*pair) for pair in pairs):
        fail(tr("two generators of the same seed gave different batches"))


def asked(training: bool, seen: Seen) -> None:
    """Fails unless the model was asked in eval mode, without gradients, and is as it was."""
    if not seen.training:
        fail(tr("the model was never asked"))
    if any(seen.training):
        fail(tr("the model was in training mode while it was evaluated"))
    if any(seen.grads_on):
        fail(tr("gradients were on: evaluate under torch.no_grad()"))
    mode_kept(training, seen.training_after)


def mode_kept(before: bool, after: bool) -> None:
    """Fails unless the model is left in the mode, training or eval, in which it was."""
    if after is before:
        return
    if before:
        fail(tr("the model was in training mode before, and in eval mode after"))
    fail(tr("the model was in eval mode before, and in training mode after"))
