"""What grading a class needs before it begins: its lessons, a sandbox, and how trees are taken."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from grader import grading
from grader.classroom import roster
from grader.classroom.contents import Caps
from grader.classroom.settings import Classroom, check_lessons
from grader.classroom.submissions import Intake
from zth.host.sandbox import choose
from zth.plugins import Plugins, nearest
from zth.records import Lesson


def lessons_of(classroom: Classroom, wanted: Sequence[str] = ()) -> list[Lesson]:
    """The class's lessons, or those of them that are wanted. Raises ZthError."""
    known = Plugins.load().lessons()
    check_lessons(classroom.settings, known)
    own = [rule.name for rule in classroom.settings.lessons]
    for name in wanted:
        if name not in own:
            raise nearest(name, own, "lesson")
    chosen = [known[name] for name in own if not wanted or name in wanted]
    for lesson in chosen:
        grading.check_milestone(classroom.lesson(lesson.id).milestone, [lesson])
    return chosen


def check_sandbox(classroom: Classroom, sandbox: str = "") -> None:
    """Raises ZthError where nothing that may grade this class works here."""
    tiers = Plugins.load().sandboxes()
    if sandbox:
        choose(sandbox, tiers.values())
    else:
        floor = classroom.settings.sandbox
        strongest = choose("auto", tiers.values(), strangers=True)
        if strongest.rank < tiers[floor].rank:
            choose(floor, tiers.values())


def intake_of(
    classroom: Classroom, lessons: Sequence[Lesson], warn: Callable[[str], None]
) -> Intake:
    """How submissions to this class are taken. Raises ZthError where its roster is none."""
    limits = classroom.settings.limits
    return Intake(
        roster=roster.kept(classroom.roster, classroom.secret),
        lessons=lessons,
        folder=classroom.snapshots,
        caps=Caps(limits.bytes, limits.files),
        warn=warn,
    )
