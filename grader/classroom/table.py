"""How far the grading of a class has come: a live table on a terminal, lines elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from grader.classroom.records import Outcome
from grader.classroom.runner import Job
from zth.language import tr
from zth.records import Lesson


class Table:
    """Notes outcomes as they come. `faults` holds what was the grader's own fault."""

    def __init__(self, jobs: Sequence[Job], lessons: Sequence[Lesson]) -> None:
        self.faults: list[str] = []
        self._counts: dict[str, Counter[str]] = {}
        self._done, self._total = 0, len(jobs)
        self._console = Console(stderr=True, highlight=False)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[said]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(compact=True),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._rows: dict[str, TaskID] = {}
        for lesson in lessons:
            if count := sum(job.lesson == lesson.id for job in jobs):
                self._counts[lesson.id] = Counter()
                self._rows[lesson.id] = self._progress.add_task(lesson.id, total=count, said="")
        if len(self._rows) > 1:
            self._rows[""] = self._progress.add_task(tr("all"), total=len(jobs), said="")

    def note(self, job: Job, outcome: Outcome) -> None:
        """One more is done."""
        self._done += 1
        if outcome.fault:
            kind = "fault"
            self.faults.append(f"{job.name} {job.lesson}: {outcome.fault}")
        else:
            kind = (
                "all" if outcome.earned == outcome.points else "some" if outcome.earned else "none"
            )
        self._counts[job.lesson][kind] += 1
        if not self._console.is_terminal:
            click.echo(self._line(job, outcome), err=True)
        row = self._rows[job.lesson]
        self._progress.update(row, advance=1, said=counted(self._counts[job.lesson]))
        if "" in self._rows:
            self._progress.advance(self._rows[""])

    def _line(self, job: Job, outcome: Outcome) -> str:
        said = outcome.fault or tr(
            "{earned} of {points}", earned=outcome.earned, points=outcome.points
        )
        return tr(
            "{done}/{total} {name} {lesson}: {said}  {seconds:.1f} s",
            done=self._done,
            total=self._total,
            name=job.name,
            lesson=job.lesson,
            said=said,
            seconds=outcome.seconds,
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._progress.stop()


def counted(counts: Counter[str]) -> str:
    """How many have all points, some, none; and faults, where there are."""
    said = tr(
        "{all} all points, {some} some, {none} none",
        all=counts["all"],
        some=counts["some"],
        none=counts["none"],
    )
    faults = counts["fault"]
    return said + (tr(", {faults} not graded", faults=faults) if faults else "")
