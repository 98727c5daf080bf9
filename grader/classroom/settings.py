"""What `class.toml` says, and the secret that lies beside it."""

from __future__ import annotations

import os
import re
import secrets
import stat
import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from grader.classroom import seeds
from zth.language import tr
from zth.records import ZthError

CLASS, SECRET, ROSTER = "class.toml", "secret.key", "roster.csv"
SECRET_BYTES = 32

Share = Annotated[float, Meta(ge=0, le=1)]
Positive = Annotated[float, Meta(gt=0)]
Count = Annotated[int, Meta(ge=1)]
Moment = Annotated[datetime, Meta(tz=True)]


class LessonRule(Struct, frozen=True, forbid_unknown_fields=True):
    """A lesson of the class: what it weighs, when it is due, and which milestones count."""

    name: str
    weight: Positive = 1.0
    due: Moment | None = None
    milestone: str = "quick"


class Late(Struct, frozen=True, forbid_unknown_fields=True):
    """What being late costs: a share of the points for each day begun, after some minutes' grace.

    What comes more than `days` late counts for nothing.
    """

    grace_minutes: Annotated[float, Meta(ge=0)] = 15.0
    per_day: Share = 0.1
    days: Annotated[float, Meta(ge=0)] = 7.0


class Limits(Struct, frozen=True, forbid_unknown_fields=True):
    """What one submission may use: seconds for one lesson, bytes and files when unpacked.

    `uploads_per_day` counts what a student hands in by the web.
    """

    seconds: Positive = 300.0
    bytes: Count = 8 << 20
    files: Count = 500
    uploads_per_day: Count = 20


class BoardRules(Struct, frozen=True, forbid_unknown_fields=True):
    """Which boards there are, and how many measurements a student has a day."""

    open: tuple[str, ...] = ()
    per_day: Count = 3
    seeds: Annotated[int, Meta(ge=3)] = 3


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """All of class.toml. `sandbox` is the weakest tier that may grade; `show` is what a student's
    report tells of a failure; `counts` is which of several submissions does.
    """

    title: str
    lessons: Annotated[tuple[LessonRule, ...], Meta(min_length=1)]
    language: Literal["en", "zh"] = "en"
    store: str = "sqlite:///class.db"
    sandbox: Literal["landlock", "bwrap"] = "landlock"
    show: Literal["counterexamples", "verdicts"] = "counterexamples"
    counts: Literal["best", "last"] = "best"
    late: Late = Late()
    limits: Limits = Limits()
    boards: BoardRules = BoardRules()


@dataclass(frozen=True)
class Classroom:
    """A class's folder, and what its settings say."""

    root: Path
    settings: Settings

    @classmethod
    def open(cls, start: Path | None = None) -> Classroom:
        """The class whose folder this is, or lies in. Raises ZthError where there is none."""
        here = (start or Path.cwd()).resolve()
        for folder in (here, *here.parents):
            if (folder / CLASS).is_file():
                return cls(folder, read(folder / CLASS))
        raise ZthError(
            tr("there is no class here (no {file} upwards); make one: zth class init", file=CLASS)
        )

    @property
    def roster(self) -> Path:
        return self.root / ROSTER

    @property
    def snapshots(self) -> Path:
        return self.root / "snapshots"

    @property
    def uploads(self) -> Path:
        return self.root / "uploads"

    @property
    def store(self) -> str:
        """The address of the store; a relative file of SQLite's lies in the class's folder."""
        head, _, path = self.settings.store.partition("sqlite:///")
        if head or not path or path == ":memory:":
            return self.settings.store
        return f"sqlite:///{self.root / path}"

    @property
    def tier(self) -> str:
        """The tier that grades: the class's own, or "isolating" where any that isolates will do."""
        return "isolating" if self.settings.sandbox == "landlock" else self.settings.sandbox

    @cached_property
    def secret(self) -> bytes:
        """The secret. Raises ZthError where it is missing, or open to others."""
        return _secret(self.root / SECRET)

    def seed(self, *words: str) -> tuple[int, str]:
        """A seed of this class, and its public name."""
        return seeds.seed(self.secret, *words)

    def board_seeds(self, board: str) -> list[tuple[int, str]]:
        """The secret seeds that a rank on a board needs, the same for all entries, with names."""
        count = self.settings.boards.seeds
        return [self.seed("board", board, str(number)) for number in range(count)]

    def lesson(self, name: str) -> LessonRule:
        """The rule of a lesson of this class."""
        return next(rule for rule in self.settings.lessons if rule.name == name)


def read(file: Path) -> Settings:
    """The settings in a file. Raises ZthError that says where it is wrong."""
    try:
        data = tomllib.loads(file.read_text("utf-8"))
        settings = msgspec.convert(data, Settings)
    except OSError as error:
        raise ZthError(
            tr("{file} cannot be read: {reason}", file=file, reason=error.strerror)
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ZthError(tr("{file} is no TOML: {reason}", file=file, reason=error)) from None
    except msgspec.ValidationError as error:
        raise ZthError(f"{file}: {_said(str(error))}") from None
    names = [rule.name for rule in settings.lessons]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ZthError(tr("{file}: lesson {name} is there twice", file=file, name=min(twice)))
    return settings


def _said(error: str) -> str:
    """What is wrong, in our words for the place: lessons[1].weight."""
    what, _, place = error.partition(" - at `$")
    return f"{place.strip('`.')}: {what}" if place else what


def check_lessons(settings: Settings, known: Collection[str]) -> None:
    """Raises ZthError where the class has a lesson that no plugin brings."""
    for rule in settings.lessons:
        if rule.name not in known:
            raise ZthError(
                tr(
                    "{file} has the lesson {name!r}; there are: {known}",
                    file=CLASS,
                    name=rule.name,
                    known=", ".join(known),
                )
            )


def _secret(file: Path) -> bytes:
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
        text = file.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise ZthError(
            tr(
                "{file} is missing or cannot be read: the seeds of this class come from it; put the"
                " copy that you kept back there",
                file=file,
            )
        ) from None
    if os.name == "posix" and mode & 0o077:
        raise ZthError(
            tr("{file} can be read by others; first: chmod 600 {quoted}", file=file, quoted=file)
        )
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise ZthError(tr("{file} must hold 64 hexadecimal digits, and no more", file=file))
    return bytes.fromhex(text)


def write_secret(file: Path) -> None:
    """A new secret, in a file that only its owner can read. Raises FileExistsError."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(secrets.token_hex(SECRET_BYTES) + "\n")
