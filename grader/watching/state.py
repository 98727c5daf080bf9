"""What is known of a lesson that is watched, what is to be graded next, and what is shown."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from grader.kit import Check
from grader.watching.orders import Ended, Judged, Order
from grader.watching.sources import Look, Sources, changes
from zth.progress import Entry, Progress, merged
from zth.records import Lesson, Verdict


@dataclass(frozen=True)
class Standing:
    """A check with its newest result. `stale`: it is of files as they were, and judged again now;
    not `final`: a smaller case is being looked for."""

    entry: Entry
    stale: bool = False
    final: bool = True

    @property
    def wrong(self) -> bool:
        return self.entry.wrong

    @property
    def gone(self) -> bool:
        """Whether the file, or what it should define, is not there at all: no line of it raised."""
        found = self.entry.result
        lacking = found is not None and found.verdict is Verdict.NOT_IMPLEMENTED
        return bool(lacking and found and found.finding and not found.finding.trace)


class State:
    """One lesson that is watched. `reached` is what was known of it before."""

    def __init__(
        self,
        lesson: Lesson,
        checks: Sequence[Check],
        sources: Sources,
        reached: Progress | None,
        numbers: Iterator[int],
    ) -> None:
        self.lesson, self.checks, self.sources, self._numbers = lesson, checks, sources, numbers
        self.outline = [
            Entry(c.id, c.title, c.component.id, c.points, c.advisory, c.milestone) for c in checks
        ]
        known = {e.id: e.result for e in reached.entries} if reached else {}
        entries = [replace(e, result=known.get(e.id)) for e in self.outline]
        self.settled = replace(reached or Progress(lesson.id, ()), entries=tuple(entries))
        self.graded: Look = {}
        self._known_texts: Mapping[str, str] = {}
        self._texts: Mapping[str, str] = {}
        self.order: Order | None = None
        self.fresh: dict[str, Judged] = {}
        self.saved: list[str] = []
        self.touched: list[str] = []
        self.seconds, self._began = 0.0, 0.0
        self.turned = ""

    # --- what to grade ----------------------------------------------------------------------------

    def all_again(self) -> Order:
        """An order for the whole lesson, milestones apart."""
        self.saved, self.touched = [], [c.id for c in self.lesson.components]
        return self._ordered(self._of(self.touched), self.sources.look(), anew=True)

    def changed(self) -> Order | None:
        """An order for what the files' changes touch; None where nothing has changed."""
        look = self.sources.look()
        if look == (self.order.look if self.order else self.graded):
            return None
        self.saved = changes(self.graded, look)
        self.touched = self.sources.touched(self.saved)
        return self._ordered(self._of(self.touched), look)

    def milestone(self) -> Order | None:
        """An order for the first milestone that is not reached, or else the first; None without."""
        stones = [c for c in self.checks if c.milestone]
        reached = {e.id for e in self.settled.milestones if e.passed}
        ahead = [c for c in stones if c.id not in reached] or stones
        if not ahead or self.order:
            return None
        self.saved, self.touched = [], []
        return self._ordered(ahead[:1], self.graded, kept=True)

    def _of(self, components: Sequence[str]) -> list[Check]:
        return [c for c in self.checks if c.component.id in components and not c.milestone]

    def _ordered(
        self, checks: Sequence[Check], look: Look, *, anew: bool = False, kept: bool = False
    ) -> Order:
        ids = {check.id for check in checks}
        shown = self.shown
        worth = [s.entry.id for s in [*([shown] if shown else []), *self.wrong]]
        first = [] if anew else [id for id in dict.fromkeys(worth) if id in ids]
        by_id = {check.id: check for check in checks}
        self._texts = self.sources.definitions()
        edited = {id for id, text in self._texts.items() if text != self._known_texts.get(id)}
        self.order = Order(
            number=next(self._numbers),
            checks=tuple(checks),
            first=tuple(by_id[id] for id in first),
            sooner=frozenset(edited),
            known=tuple(e.result for e in self.settled.entries if e.result and e.id not in ids),
            kept=self.settled.breaches if kept else (),
            look=look,
            anew=anew,
        )
        self.fresh, self._began = {}, time.monotonic()
        return self.order

    # --- what was found ---------------------------------------------------------------------------

    def take(self, event: Judged | Ended) -> bool:
        """Takes in what was found; False where it is of an order that counts no more."""
        if self.order is None or event.number != self.order.number:
            return False
        if isinstance(event, Judged):
            self.fresh[event.result.id] = event
            return True
        self.settled = merged(self.settled, self.outline, event.report, event.sources)
        self.graded, self.order, self.fresh = self.order.look, None, {}
        self._known_texts = self._texts
        self.seconds = time.monotonic() - self._began
        return True

    @property
    def standings(self) -> list[Standing]:
        """All checks, in the lesson's order."""
        pending = {check.id for check in self.order.checks} if self.order else set()
        found = []
        for entry in self.settled.entries:
            if fresh := self.fresh.get(entry.id):
                found.append(Standing(replace(entry, result=fresh.result), final=fresh.final))
            else:
                found.append(Standing(entry, stale=entry.id in pending))
        return found

    @property
    def certain(self) -> Progress:
        """The progress without what is being judged."""
        entries = [
            replace(s.entry, result=None) if s.stale or not s.final else s.entry
            for s in self.standings
        ]
        return replace(self.settled, entries=tuple(entries))

    @property
    def done(self) -> bool:
        """Whether all checks with points pass, and nothing is being judged."""
        return self.order is None and self.settled.complete

    @property
    def progress(self) -> tuple[int, int]:
        """How many checks of the order are judged, and how many there are."""
        judged = sum(event.final for event in self.fresh.values())
        return judged, len(self.order.checks) if self.order else 0

    # --- what is shown ----------------------------------------------------------------------------

    @property
    def wrong(self) -> list[Standing]:
        """What went wrong, advice last."""
        return sorted((s for s in self.standings if s.wrong), key=lambda s: s.entry.advisory)

    @property
    def shown(self) -> Standing | None:
        """What is shown: what the learner turned to, while it is not right; else a file that
        is gone; else the first that went wrong; else the first that is not written."""
        open = [s for s in self.standings if not s.entry.passed]
        turned = [s for s in open if s.entry.id == self.turned]
        counted = [s for s in open if s.entry.points and not s.entry.milestone]
        wrong = [s for s in counted if s.wrong]
        fresh = [s for s in wrong if not s.stale]
        unwritten = [s for s in counted if s.entry.result]
        gone = [s for s in unwritten if s.gone]
        return next(iter([*turned, *gone, *fresh, *wrong, *unwritten]), None)

    def turn(self) -> bool:
        """Turns to the next that went wrong; False where there is none."""
        ids = [s.entry.id for s in self.wrong]
        if not ids:
            return False
        shown = self.shown
        here = ids.index(shown.entry.id) if shown and shown.entry.id in ids else -1
        self.turned = ids[(here + 1) % len(ids)]
        return True

    def check(self, id: str) -> Check:
        return next(check for check in self.checks if check.id == id)
