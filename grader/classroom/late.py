"""What a submission counts: which one of several, and what being late costs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from grader.classroom.records import Grade
from grader.classroom.settings import Late, LessonRule, Settings

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Counted:
    """A grade, and what is left of it: `factor` of its points, for being `late` by so much."""

    grade: Grade
    late: timedelta
    factor: float
    weight: float

    @property
    def score(self) -> float:
        """The points that count."""
        return self.grade.outcome.earned * self.factor

    @property
    def share(self) -> float:
        """The same as a share of what the lesson is worth, from 0 to 1."""
        points = self.grade.outcome.points
        return self.score / points if points else 0.0


def factor(received: datetime, due: datetime | None, late: Late) -> float:
    """The share of its points that a submission keeps, from 0 to 1."""
    behind = _behind(received, due)
    if behind <= timedelta(minutes=late.grace_minutes):
        return 1.0
    days = behind / DAY
    if days > late.days:
        return 0.0
    return max(0.0, 1.0 - late.per_day * math.ceil(days))


def _behind(received: datetime, due: datetime | None) -> timedelta:
    return max(received - due, timedelta()) if due else timedelta()


def counted(grades: Iterable[Grade], settings: Settings) -> dict[tuple[str, str], Counted]:
    """For each student and lesson of the class, the grade that counts.

    The best is that with the most points after what being late costs, the earliest of several;
    the last is that which was handed in last. A grade that was withheld counts nowhere.
    """
    rules = {rule.name: rule for rule in settings.lessons}
    found: dict[tuple[str, str], Counted] = {}
    for grade in grades:
        rule = rules.get(grade.outcome.lesson)
        if rule is None or grade.outcome.fault:
            continue
        new = _counted(grade, rule, settings.late)
        place = grade.submission.student, rule.name
        if place not in found or _rank(new, settings.counts) > _rank(found[place], settings.counts):
            found[place] = new
    return found


def _counted(grade: Grade, rule: LessonRule, late: Late) -> Counted:
    received = grade.submission.received
    return Counted(
        grade, _behind(received, rule.due), factor(received, rule.due, late), rule.weight
    )


def _rank(one: Counted, counts: str) -> tuple[float, float, int]:
    moment = one.grade.submission.received.timestamp()
    if counts == "last":
        return moment, one.score, one.grade.submission.id
    return one.score, -moment, -one.grade.submission.id


def total(student: str, found: Mapping[tuple[str, str], Counted], settings: Settings) -> float:
    """A student's share of all that the class is worth, from 0 to 1, by the lessons' weights."""
    whole = sum(rule.weight for rule in settings.lessons)
    shares = (
        rule.weight * found[student, rule.name].share
        for rule in settings.lessons
        if (student, rule.name) in found
    )
    return sum(shares) / whole
