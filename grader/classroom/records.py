"""What the parts of a class tell each other, as plain frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

# Times are of the class `datetime`, always with a time zone.


@dataclass(frozen=True)
class Student:
    """One of the class. `id` is what submissions are named by; only `alias` is ever public."""

    id: str
    name: str = ""
    alias: str = ""
    email: str = ""


@dataclass(frozen=True)
class Submission:
    """One tree that a student handed in; `digest` is that of its snapshot.

    `source` is the file or folder it came as, `commit` the Git commit where it is a checkout;
    `problem` says in a line why it could not be taken, and there is then no snapshot.
    """

    student: str
    received: datetime
    digest: str
    source: str
    commit: str = ""
    problem: str = ""
    id: int = 0


@dataclass(frozen=True)
class Task:
    """One lesson of one submission, to be graded: all that whoever grades it must know.

    `files` are the tree's, by their paths; they travel with the task, so that no file system need
    be shared. `key` tells whether two tasks are the same: it covers the files of the lesson, the
    lesson, the grader's own version, what may be used, and the seed. `seed` is drawn from the
    class's secret (see `grader.classroom.seeds`), `seed_id` its public name; `hand` is the seed of
    the checks' cases, which the seed chooses from a few of the lesson's. `sandbox` is the tier
    to use, "isolating" the strongest that may hold strangers' code. `seconds` are for the whole.
    """

    key: str
    lesson: str
    digest: str
    seed: int
    seed_id: str
    hand: int
    milestone: str
    sandbox: str
    seconds: float
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What came of a task. `report` is a `zth.records.Report` of one lesson, as JSON.

    `fault` says in a line what went wrong with the grader itself; the grade is then withheld.
    """

    key: str
    lesson: str
    digest: str
    points: int
    earned: int
    seconds: float
    sandbox: str
    seed_id: str
    grader: str
    report: str
    fault: str = ""


@dataclass(frozen=True)
class Grade:
    """An entry of the log: a submission's outcome in one lesson. Entries are never changed.

    `reason` is "graded", or why it was graded again.
    """

    submission: Submission
    outcome: Outcome
    at: datetime
    reason: str = "graded"
    id: int = 0


# --- boards ---------------------------------------------------------------------------------------


class Standing(StrEnum):
    """What an entry of a board is worth."""

    SUBMITTED = "submitted"  # measured, with fewer seeds than a rank needs
    VERIFIED = "verified"
    DISQUALIFIED = "disqualified"


@dataclass(frozen=True)
class Measurement:
    """One number for one submission on one board, measured with one secret seed.

    `reference` is the reference's, measured in the same way on the same data or in the same run.
    `tokens` and `seconds` are what the measured part used; `curve` holds (step, value) pairs, of a
    training run. `problem` says in a line why there is no number.
    """

    board: str
    submission: int
    seed_id: str
    at: datetime
    value: float
    reference: float
    tokens: int = 0
    seconds: float = 0.0
    machine: str = ""
    grader: str = ""
    curve: tuple[tuple[int, float], ...] = ()
    problem: str = ""
    id: int = 0


@dataclass(frozen=True)
class Ruling:
    """An instructor's word on an entry of a board; the last one on a submission counts.

    `disqualified` False takes an earlier ruling back.
    """

    board: str
    submission: int
    at: datetime
    by: str
    reason: str
    disqualified: bool = True
    id: int = 0


# --- the web --------------------------------------------------------------------------------------


class Stage(StrEnum):
    """How far an upload has come."""

    WAITING = "waiting"
    GRADING = "grading"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True)
class Upload:
    """A file that a student handed in by the web; its bytes lie in the class's folder by `file`.

    `submission` is the submission that came of it, 0 until then; `problem` is why it was refused.
    """

    student: str
    received: datetime
    name: str
    file: str
    lessons: tuple[str, ...] = ()
    stage: Stage = Stage.WAITING
    submission: int = 0
    problem: str = ""
    id: int = 0


@dataclass(frozen=True)
class Regrade:
    """An instructor's wish to have one lesson of a submission graded again, and what came of it.

    `problem` says why it could not be done.
    """

    submission: int
    lesson: str
    reason: str
    by: str
    at: datetime
    stage: Stage = Stage.WAITING
    problem: str = ""
    id: int = 0


# --- runs -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Run:
    """One `zth class grade`: the submissions in the folder `source`, graded in `lessons`.

    It is unfinished while it runs, and stays so where it was interrupted.
    """

    source: str
    lessons: tuple[str, ...]
    started: datetime
    finished: datetime | None = None
    id: int = 0
