"""Who makes a model worse: trials in pairs, what their differences prove, and the search.

A trial is a short training run of one seed. Trials of two models are compared seed by seed: both
begin with the same numbers and see the same batches, so that most of what differs between seeds
cancels, and a small difference is seen.

A difference counts where its mean is at least MATTERS, and one-sided Student's t over the seeds
gives it a chance of at most GATE (is the learner's model worse at all?) or SHARE (which of its k
parts is it? each gets a k-th of SHARE, by Bonferroni). Where that decides nothing there is another
look at twice as many seeds; each of the LOOKS gets its share of either chance. Nobody is looked
for unless the gate is passed: so a model of right parts is blamed in at most one of 1 / GATE cases.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

MATTERS = 0.01  # nats per token: about what the loss of a whole run is known to
GATE = 1 / 150
SHARE = 1 / 30
LOOKS = 2

Parts = frozenset[str]


@dataclass(frozen=True)
class Trial:
    """A short run: its validation loss along the way, as (step, nats); why it ended early, if so.

    `frames` are lines of the parts' own code, "file:line", the innermost last.
    """

    curve: tuple[tuple[int, float], ...] = ()
    failure: str = ""
    frames: tuple[str, ...] = ()

    @property
    def loss(self) -> float:
        """The last loss; infinite where the run came to no end."""
        return math.inf if self.failure or not self.curve else self.curve[-1][1]


Played = Sequence[Trial]
Play = Callable[[Parts], Played]


@dataclass(frozen=True)
class Difference:
    """By how many nats one model is worse than another, seed by seed.

    `fails` where it fails with a seed with which the other does not; `each` are the differences of
    the seeds with which neither does.
    """

    each: tuple[float, ...]
    fails: bool = False

    @classmethod
    def of(cls, worse: Played, better: Played) -> Difference:
        pairs = [(a, b) for a, b in zip(worse, better, strict=False) if not b.failure]
        each = tuple(a.loss - b.loss for a, b in pairs if not a.failure)
        return cls(each, fails=any(a.failure for a, _ in pairs))

    @property
    def mean(self) -> float:
        return statistics.fmean(self.each) if self.each else math.nan

    @property
    def spread(self) -> float:
        """The standard deviation over seeds."""
        return statistics.stdev(self.each) if len(self.each) > 1 else math.nan

    @property
    def chance(self) -> float:
        """How likely a mean this large would be, were there no difference; 1 of one seed alone."""
        n = len(self.each)
        if n < 2:
            return 1.0
        if self.spread == 0:
            return 0.0 if self.mean > 0 else 1.0
        return tail(self.mean / self.spread * math.sqrt(n), n - 1)

    @property
    def most(self) -> float:
        """What the difference may be, as far as is known: the mean and two standard errors."""
        n = len(self.each)
        return self.mean + 2 * self.spread / math.sqrt(n) if n > 1 else math.nan

    def counts(self, chance: float) -> bool:
        """Whether it is a failure, or large enough to matter and that unlikely by chance."""
        return self.fails or (len(self.each) > 1 and self.mean >= MATTERS and self.chance <= chance)


def tail(t: float, freedom: int) -> float:
    """P(T > t) of Student's t with `freedom` degrees, a whole number.

    By the finite sums of Abramowitz and Stegun, 26.7.3 and 26.7.4.
    """
    angle = math.atan2(t, math.sqrt(freedom))
    cosine = math.cos(angle)
    term = total = 1.0 if freedom % 2 == 0 else cosine
    for k in range(2 + freedom % 2, freedom, 2):
        term *= cosine**2 * (k - 1) / k
        total += term
    inside = math.sin(angle) * total
    if freedom % 2:
        inside = (angle + (inside if freedom > 1 else 0.0)) * 2 / math.pi
    return (1 - inside) / 2


@dataclass(frozen=True)
class Blame:
    """What the search found. `whole` compares the learner's model with the reference's, over
    `seeds` seeds.

    Of each guilty part, `alone` compares the reference's model with this one part of the learner's
    with the reference's, and `without` the learner's model with the same in which this part is the
    reference's. `rest` compares the learner's model without all guilty parts with the reference's.
    `together`: no part does harm alone, and swapping any of the guilty mends it. `strangers` are
    parts that fail in the reference's model, though not in the learner's own.
    """

    whole: Difference
    seeds: int
    guilty: tuple[str, ...] = ()
    alone: dict[str, Difference] = field(default_factory=dict)
    without: dict[str, Difference] = field(default_factory=dict)
    rest: Difference | None = None
    together: bool = False
    strangers: tuple[str, ...] = ()

    @property
    def worse(self) -> bool:
        """Whether the learner's model is worse than the reference's at all."""
        return self.whole.counts(GATE / LOOKS)

    @property
    def mended(self) -> bool:
        """Whether the model without the guilty parts is no worse than the reference's."""
        return self.rest is not None and not self.rest.counts(GATE / LOOKS)

    @property
    def decided(self) -> bool:
        """Whether more seeds would tell nothing that matters."""
        if self.worse:
            return bool(self.guilty) and self.mended
        return not self.whole.each or self.whole.most < MATTERS


def most(seeds: int) -> int:
    """How many seeds the last look takes, where the first takes `seeds`."""
    return int(seeds * 2 ** (LOOKS - 1))


def search(suspects: Sequence[str], play: Callable[[Parts, int], Played], seeds: int) -> Blame:
    """Finds the parts that make the model of all `suspects` worse than one of none of them.

    `play(parts, count)` gives the trials, one for each of the first `count` seeds, of the model in
    which these parts are the learner's and all others the reference's. There are `seeds` at the
    first look (see `most`). Where the model fails, no seeds are looked at beyond the first with
    which it does.
    """
    for look in range(LOOKS):
        count = len(play(frozenset(suspects), seeds * 2**look))  # fewer where one fails
        found = _look(suspects, play, min(seeds, count), count)
        if found.decided:
            break
    return found


def _look(
    suspects: Sequence[str], counted: Callable[[Parts, int], Played], first: int, seeds: int
) -> Blame:
    def play(parts: Parts) -> Played:
        return counted(parts, seeds)

    everything, nothing = frozenset(suspects), frozenset[str]()
    whole = Difference.of(play(everything), play(nothing))
    if not (found := Blame(whole, seeds)).worse:
        return found
    share = SHARE / LOOKS / len(suspects)
    alone = {s: _alone(s, counted, first, seeds) for s in suspects}
    strangers = tuple(s for s, d in alone.items() if d.fails and not whole.fails)
    guilty = [s for s, d in alone.items() if s not in strangers and d.counts(share)]
    together = False
    if not guilty:
        guilty = [s for s in suspects if _repaired(everything, s, play).counts(share)]
        together = len(guilty) > 1
    guilty += _more(everything, guilty, play, share)
    return replace(
        found,
        guilty=tuple(guilty),
        alone={s: alone[s] for s in guilty},
        without={s: _repaired(everything, s, play) for s in guilty},
        rest=Difference.of(play(everything - set(guilty)), play(nothing)),
        together=together,
        strangers=strangers,
    )


def _alone(part: str, play: Callable[[Parts, int], Played], first: int, seeds: int) -> Difference:
    """How much worse the reference's model is with this part of the learner's in it.

    Where the `first` seeds show that it does no harm, no others are played.
    """
    parts, nothing = frozenset({part}), frozenset[str]()
    soon = Difference.of(play(parts, first), play(nothing, first))
    if not soon.fails and soon.most < MATTERS:
        return soon
    return Difference.of(play(parts, seeds), play(nothing, seeds))


def _repaired(parts: Parts, part: str, play: Play) -> Difference:
    """How much worse the model is than with this part swapped for the reference's."""
    return Difference.of(play(parts), play(parts - {part}))


def _more(everything: Parts, guilty: Sequence[str], play: Play, share: float) -> list[str]:
    """Further parts, each the one whose swap helps most, as long as the model stays worse."""
    found: list[str] = []
    left = everything - set(guilty)
    while left and Difference.of(play(left), play(frozenset())).counts(GATE / LOOKS):
        helps = {s: d for s in sorted(left) if (d := _repaired(left, s, play)).counts(share)}
        if not helps:
            break
        best = max(helps, key=lambda s: (helps[s].fails, helps[s].mean))
        found.append(best)
        left -= {best}
    return found
