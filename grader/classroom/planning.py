"""What there is to grade: of all that was handed in, what has no grade yet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from grader import grading
from grader.classroom import seeds
from grader.classroom.records import Submission, Task
from grader.classroom.runner import Job
from grader.classroom.settings import Classroom
from grader.classroom.snapshots import Snapshot, digest, within
from grader.classroom.store import Store
from zth.records import Lesson

HANDS = 8  # seeds of cases that a class has for a lesson: what is drawn for one tree serves others


@dataclass(frozen=True)
class Taken:
    """A submission with its id, and its snapshot where it could be taken."""

    submission: Submission
    snapshot: Snapshot | None


@dataclass(frozen=True)
class Planned:
    """A lesson that submissions have, by what is to be graded: all of one key are one job."""

    lesson: Lesson
    snapshot: Snapshot
    task: Task
    student: str
    submissions: tuple[int, ...]


@dataclass
class Plan:
    """`jobs` are to be done; `kept` counts grades that stand, `shared` those that were noted
    because the same files were graded before, for the same or for another student."""

    jobs: list[Job] = field(default_factory=list)
    kept: int = 0
    shared: int = 0


@dataclass(frozen=True)
class Planner:
    """How submissions of a class are graded now. `sandbox` overrides the class's own; a `reason`
    has all be graded again."""

    classroom: Classroom
    store: Store
    lessons: Sequence[Lesson]
    sandbox: str = ""
    reason: str = ""

    def plan(self, taken: Iterable[Taken]) -> Plan:
        """What is to be done for these submissions; what is known already is noted at once."""
        planned = self._planned(taken)
        plan = Plan()
        known = {} if self.reason else self.store.known(planned)
        standing = set() if self.reason else self._standing(planned.values())
        for key, one in planned.items():
            new = [id for id in one.submissions if (id, key) not in standing]
            plan.kept += len(one.submissions) - len(new)
            if key in known:
                for id in new:
                    self.store.record(id, known[key])
                plan.shared += len(new)
            elif new:
                plan.jobs.append(self._job(one, tuple(new)))
        return plan

    def _standing(self, planned: Iterable[Planned]) -> set[tuple[int, str]]:
        return self.store.standing({id for one in planned for id in one.submissions})

    def _planned(self, taken: Iterable[Taken]) -> dict[str, Planned]:
        """What is to be graded, by key; each key with all its submissions."""
        found: dict[str, Planned] = {}
        for lesson, snapshot, submission, name in self._handed_in(taken):
            task = self._task(lesson, name)
            before = found[task.key].submissions if task.key in found else ()
            ids = (*before, submission.id)
            found[task.key] = Planned(lesson, snapshot, task, submission.student, ids)
        return found

    def _handed_in(self, taken: Iterable[Taken]) -> list[tuple[Lesson, Snapshot, Submission, str]]:
        """Every lesson of which a submission has files, and their digest.

        By lesson, so that a process imports what lessons need one after another.
        """
        found = [
            (lesson, snapshot, one.submission, digest(mine))
            for one in taken
            if (snapshot := one.snapshot) and (files := snapshot.files())
            for lesson in self.lessons
            if (mine := within(files, lesson))
        ]
        order = {lesson.id: place for place, lesson in enumerate(self.lessons)}
        return sorted(found, key=lambda item: order[item[0].id])

    def _task(self, lesson: Lesson, digest: str) -> Task:
        """The task, without its files."""
        settings = self.classroom.settings
        number, name = self.classroom.seed("grade", lesson.id, digest)
        hand, _ = self.classroom.seed("hand", lesson.id, str(number % HANDS))
        milestone = self.classroom.lesson(lesson.id).milestone
        sandbox = self.sandbox or self.classroom.tier
        seconds = settings.limits.seconds
        key = seeds.key(digest, lesson.id, seeds.grader(), name, milestone, f"{seconds:g}", sandbox)
        return Task(
            key=key,
            lesson=lesson.id,
            digest=digest,
            seed=number,
            seed_id=name,
            hand=hand,
            milestone=milestone,
            sandbox=sandbox,
            seconds=seconds,
        )

    def _job(self, planned: Planned, submissions: tuple[int, ...]) -> Job:
        selection = grading.Selection(milestone=planned.task.milestone)
        checks = filter(selection.wants, grading.checks_of(planned.lesson))
        return Job(
            submissions=submissions,
            lesson=planned.lesson.id,
            name=planned.student,
            task=partial(_with_files, planned),
            gpu=any(check.gpu for check in checks),
        )


def _with_files(planned: Planned) -> Task:
    """The task as it is sent: with the files of its lesson."""
    return replace(planned.task, files=within(planned.snapshot.files(), planned.lesson))
