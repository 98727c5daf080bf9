"""Two moons, told apart by a network that the learner's engine trains."""

from __future__ import annotations

from grader.kit import Remote, fail, milestone
from grader.lessons.lesson1_autograd import MLP, driver, hints, oracle
from zth.language import tr

TRAIN, HELD_OUT, ENOUGH = 1000, 300, 0.97


@milestone(
    MLP,
    points=3,
    quick=True,
    alone=False,
    limit=60.0,
    hint="All checks pass and this does not? Look at the initial weights: "
    "neurons that start alike stay alike.",
    steps=hints.TWO_MOONS,
)
def two_moons(remote: Remote, seed: int) -> str:
    """Two moons, told apart by your own engine."""
    points, labels = oracle.moons(seed, TRAIN + HELD_OUT)
    scores = remote(driver.separate, seed % 2**31, points[:TRAIN], labels[:TRAIN], points[TRAIN:])
    if len(scores) != HELD_OUT:
        fail(tr("one score is due for each point"), expected=HELD_OUT, actual=len(scores))
    right = sum((s > 0) == (label > 0) for s, label in zip(scores, labels[TRAIN:], strict=True))
    reached = tr("{share:.1%} of {count} new points right", share=right / HELD_OUT, count=HELD_OUT)
    if right < ENOUGH * HELD_OUT:
        message = tr("the network does not tell the moons apart")
        fail(message, expected=f"{ENOUGH:.0%}", actual=reached)
    return tr("{reached} (needed: {needed:.0%})", reached=reached, needed=ENOUGH)
