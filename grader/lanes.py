"""Components of one lesson that are judged at the same time, each lane with workers of its own.

While the code of one component computes, the grader draws and compares for another. Which lane a
component is in depends on the lesson alone, not on the machine or on how long anything takes: code
that keeps something from one call to the next is called in the same order each time.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Self

from grader.bench import Bench
from grader.kit import Check
from zth.records import Component

LANES = 3


def shared_out(checks: Iterable[Check], lanes: int) -> dict[str, int]:
    """The lane of each component: of the largest first, each where there is least to play."""
    work: Counter[str] = Counter()
    for check in checks:
        work[check.component.id] += 0 if check.milestone else check.examples
    found, load = {}, [0] * lanes
    for id, examples in work.most_common():
        found[id] = load.index(min(load))
        load[found[id]] += examples
    return found


class Lanes:
    """Judges checks: those of one bench one after the other, those of several at the same time."""

    def __init__(self, bench: Bench, checks: Iterable[Check], lanes: int) -> None:
        self.benches = [bench, *(bench.beside() for _ in range(lanes - 1))]
        self._lanes = shared_out(checks, lanes)
        self._pool = ThreadPoolExecutor(lanes, "judging")
        self._judged = threading.Condition()
        self._ahead: dict[str, int] = {}

    def bench(self, component: Component) -> Bench:
        return self.benches[self._lanes.get(component.id, 0)]

    def each(self, checks: Sequence[Check], judge: Callable[[Check], object]) -> None:
        """Has all checks judged. One waits for those before it that it needs.

        Milestones that are to be alone come last: they may need the whole machine. What is raised
        ends all.
        """
        stones = [check for check in checks if check.alone]
        at_once = [check for check in checks if not check.alone]
        lanes = [[c for c in at_once if self.bench(c.component) is b] for b in self.benches]
        first, *others = [lane for lane in lanes if lane] or [[]]
        if not others:
            first, stones = list(checks), []
        self._ahead = {check.id: number for number, check in enumerate(at_once)}
        try:
            running = [self._pool.submit(self._along, lane, judge) for lane in others]
            self._along(first, judge)
            for lane in running:
                lane.result()
            for check in stones:
                judge(check)
        except BaseException:
            for bench in self.benches:
                bench.end()
            raise

    def _along(self, lane: Sequence[Check], judge: Callable[[Check], object]) -> None:
        try:
            for check in lane:
                self._wait(check)
                judge(check)
                self._leave([check])
        finally:
            self._leave(lane)

    def _wait(self, check: Check) -> None:
        """Waits for what the check needs, as far as it comes before it."""
        mine = self._ahead.get(check.id, 0)
        with self._judged:
            self._judged.wait_for(
                lambda: all(self._ahead.get(need, mine) >= mine for need in check.needs)
            )

    def _leave(self, checks: Iterable[Check]) -> None:
        with self._judged:
            for check in checks:
                self._ahead.pop(check.id, None)
            self._judged.notify_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()
        for bench in self.benches:
            bench.end()  # all of them first: a worker that has imported torch takes a while to go
        for bench in self.benches:
            bench.renew()
