"""One pass over a class: what was handed in is taken, graded where it has no grade, and told."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console

from grader.classroom import runner, submissions
from grader.classroom.means import check_sandbox, intake_of, lessons_of
from grader.classroom.planning import Plan, Planner, Taken
from grader.classroom.records import Outcome
from grader.classroom.runner import Crew, Job, Runner
from grader.classroom.settings import Classroom
from grader.classroom.store import Store
from grader.classroom.table import Table
from zth.language import tr
from zth.records import Lesson, ZthError

GRADED = "graded"
FAULT = 3


@dataclass(frozen=True)
class Wanted:
    """What was asked for on the command line."""

    source: Path | None
    lessons: str = ""
    resume: bool = False
    reason: str = ""
    jobs: int | None = None
    address: str = ""
    sandbox: str = ""


def run(wanted: Wanted) -> int:
    """Grades what is wanted; the exit status: 0, or 3 where the grader was at fault."""
    classroom = Classroom.open()
    with Store.open(classroom.store) as store:
        source, names = _asked(store, wanted)
        lessons = lessons_of(classroom, names)
        check_sandbox(classroom, wanted.sandbox)
        id = store.begin(str(source), [lesson.id for lesson in lessons])
        taken = _taken(classroom, store, source)
        planner = Planner(classroom, store, lessons, wanted.sandbox, wanted.reason)
        plan = planner.plan(taken)
        faults = _graded(store, plan, lessons, wanted) if plan.jobs else []
        if not faults:
            store.finish(id)
    _tell(taken, plan, faults)
    return FAULT if faults else 0


def _asked(store: Store, wanted: Wanted) -> tuple[Path, list[str]]:
    """The folder, and the lessons by name; of an interrupted run, where that goes on."""
    source = wanted.source
    if wanted.resume:
        run = store.unfinished()
        if run is None:
            raise ZthError(tr("there is nothing to go on with: the last run came to its end"))
        if source is not None and str(source.resolve()) != run.source:
            raise ZthError(
                tr(
                    "the run that was interrupted is of {source}; go on with that: "
                    "zth class grade --resume",
                    source=run.source,
                )
            )
        return Path(run.source), list(run.lessons)
    if source is None:
        raise ZthError(tr("which submissions? give their folder: zth class grade submissions/"))
    if not source.exists():
        raise ZthError(tr("there is no folder {folder}", folder=source))
    return source.resolve(), [name.strip() for name in wanted.lessons.split(",") if name.strip()]


def _taken(classroom: Classroom, store: Store, source: Path) -> list[Taken]:
    """All submissions in the folder, each with its snapshot: of all lessons of the class, so that
    it is the same submission whichever of them are graded."""
    lessons = lessons_of(classroom)
    intake = intake_of(
        classroom,
        lessons,
        warn=lambda text: click.echo(tr("warning: {text}", text=text), err=True),
    )
    taken = []
    with Console(stderr=True).status(tr("taking what was handed in")) as status:
        for found in submissions.find(source, lessons):
            submission, snapshot = intake.take(found)
            taken.append(Taken(store.add(submission), snapshot))
            status.update(tr("taken: {count} submissions", count=len(taken)))
    return taken


def _graded(store: Store, plan: Plan, lessons: Sequence[Lesson], wanted: Wanted) -> list[str]:
    """Does what is to be done; returns the faults, a line each."""
    table = Table(plan.jobs, lessons)
    with _crew(wanted, len(plan.jobs)) as crew, table:

        def record(job: Job, outcome: Outcome) -> None:
            for submission in job.submissions:
                store.record(submission, outcome, wanted.reason or GRADED)
            table.note(job, outcome)

        try:
            Runner(crew, record).run(plan.jobs)
        except KeyboardInterrupt:
            click.echo(tr("what is graded is kept; to go on: zth class grade --resume"), err=True)
            raise
    return table.faults


def _crew(wanted: Wanted, jobs: int) -> AbstractContextManager[Crew]:
    if wanted.address:
        from grader.classroom import cluster

        return cluster.on(wanted.address)
    return runner.here(min(wanted.jobs or runner.cores(), jobs))


def _tell(taken: Sequence[Taken], plan: Plan, faults: Sequence[str]) -> None:
    """What came of it, and what could not be taken or graded."""
    for one in taken:
        if problem := one.submission.problem:
            click.echo(
                tr("refused: {source}: {problem}", source=one.submission.source, problem=problem)
            )
    for fault in faults:
        click.echo(tr("not graded: {fault}", fault=fault))
    click.echo(
        tr(
            "{submissions} submissions, {refused} refused; of their lessons {new} graded now, "
            "{shared} as others that are the same, {kept} before",
            submissions=len(taken),
            refused=sum(bool(one.submission.problem) for one in taken),
            new=sum(len(job.submissions) for job in plan.jobs) - len(faults),
            shared=plan.shared,
            kept=plan.kept,
        )
    )
    if faults:
        click.echo(tr("next, once that is mended: zth class grade --resume"))
    else:
        click.echo(tr("next: zth class report, or zth class export"))
