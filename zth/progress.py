"""What a learner has reached, lesson by lesson: derived from reports, kept in the workspace.

Each file under `.zth/` is replaced whole or not at all, so that no interruption damages one.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from zth.language import tr
from zth.records import Breach, Component, LessonReport, Result, Verdict, ZthError

T = TypeVar("T")

FORMAT = "zth-progress/1"
HINTS = "zth-hints/1"
FOLDER = ".zth"
QUIET = (Verdict.PASSED, Verdict.NOT_IMPLEMENTED, Verdict.SKIPPED)


@dataclass(frozen=True)
class Entry:
    """A check or milestone that the lesson has, and its newest result."""

    id: str
    title: str
    component: str
    points: int
    advisory: bool = False
    milestone: bool = False
    result: Result | None = None

    @property
    def name(self) -> str:
        return self.id.partition(".")[2]

    @property
    def passed(self) -> bool:
        return self.result is not None and self.result.verdict is Verdict.PASSED

    @property
    def wrong(self) -> bool:
        """Whether it ran and did not pass: what is not written yet is not wrong."""
        return self.result is not None and self.result.verdict not in QUIET


@dataclass(frozen=True)
class Progress:
    """All checks of one lesson, each with its newest result, from whichever grading it came.

    `sources` holds the SHA-256 of each component's file when the component was last graded.
    """

    lesson: str
    entries: tuple[Entry, ...]
    breaches: tuple[Breach, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)

    def of(self, component: str) -> Progress:
        """The same, of one component alone."""
        return replace(
            self,
            entries=tuple(e for e in self.entries if e.component == component),
            breaches=tuple(b for b in self.breaches if b.component == component),
        )

    @property
    def points(self) -> int:
        return sum(e.points for e in self.entries)

    @property
    def earned(self) -> int:
        guilty = {b.component for b in self.breaches}
        return sum(e.points for e in self.entries if e.passed and e.component not in guilty)

    @property
    def open(self) -> list[Entry]:
        """The checks with points that have not passed; a milestone is no check."""
        return [e for e in self.entries if e.points and not e.milestone and not e.passed]

    @property
    def first(self) -> Entry | None:
        """What to turn to: the first open check that went wrong, else the first open one."""
        return next(iter([*(e for e in self.open if e.wrong), *self.open]), None)

    @property
    def complete(self) -> bool:
        """Whether all checks with points pass, by permitted means."""
        return not self.open and not self.breaches

    @property
    def milestones(self) -> list[Entry]:
        return [e for e in self.entries if e.milestone]


def merged(
    old: Progress | None,
    outline: Sequence[Entry],
    report: LessonReport,
    sources: Mapping[str, str],
) -> Progress:
    """The outline, each entry with the report's result or, where it has none, the older one.

    A grader's error says nothing about the learner's code: the older result stays.
    """
    old = old or Progress(report.lesson, ())
    fresh = [r for r in report.results if r.verdict is not Verdict.GRADER_ERROR]
    results = {e.id: e.result for e in old.entries} | {r.id: r for r in fresh}
    graded = {r.component for r in fresh}
    kept = [b for b in old.breaches if b.component not in graded and b not in report.breaches]
    return Progress(
        lesson=report.lesson,
        entries=tuple(replace(e, result=results.get(e.id)) for e in outline),
        breaches=(*report.breaches, *kept),
        sources={**old.sources, **{id: x for id, x in sources.items() if id in graded}},
    )


def read(workspace: Path, lesson: str) -> Progress | None:
    """What is known of a lesson; None where nothing is. Raises ZthError for a file of no use."""
    return load(_file(workspace, lesson), FORMAT, Progress, f"zth grade {lesson}")


def record(
    workspace: Path, outline: Sequence[Entry], report: LessonReport, sources: Mapping[str, str]
) -> None:
    """Adds a report to what is known. A damaged file is replaced, one of a newer zth is left.

    Raises ZthError where it cannot be written.
    """
    file = _file(workspace, report.lesson)
    try:
        old = read(workspace, report.lesson)
    except Newer:
        raise
    except ZthError:
        old = None
    save(file, FORMAT, asdict(merged(old, outline, report, sources)))


def changed(workspace: Path, progress: Progress, components: Sequence[Component]) -> list[str]:
    """The files that are not what they were when their components were last graded."""
    from zth.trees import fingerprint

    known = [(c.file, progress.sources[c.id]) for c in components if c.id in progress.sources]
    return [*dict.fromkeys(f for f, old in known if fingerprint(workspace / f).hex() != old)]


def fingerprints(root: Path, components: Sequence[Component]) -> dict[str, str]:
    """The SHA-256 of each component's file, by the component's id."""
    from zth.trees import fingerprint

    return {c.id: fingerprint(root / c.file).hex() for c in components}


def _file(workspace: Path, lesson: str) -> Path:
    return workspace / FOLDER / "progress" / f"{lesson}.json"


# --- hints ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hints:
    """How many hints were given for each check of a lesson."""

    given: Mapping[str, int] = field(default_factory=dict)


def hints(workspace: Path, lesson: str) -> Mapping[str, int]:
    """How many hints were given for each check; none are known where the file is damaged."""
    try:
        found = load(_hint_file(workspace, lesson), HINTS, Hints, f"zth hint {lesson}")
    except Newer:
        raise
    except ZthError:
        found = None
    return found.given if found else {}


def tell_hint(workspace: Path, lesson: str, check: str, count: int) -> None:
    """Notes that so many hints were given for a check. Raises ZthError."""
    given = {**hints(workspace, lesson), check: count}
    save(_hint_file(workspace, lesson), HINTS, {"given": given})


def _hint_file(workspace: Path, lesson: str) -> Path:
    return workspace / FOLDER / "hints" / f"{lesson}.json"


# --- files that survive ---------------------------------------------------------------------------


class Newer(ZthError):
    """A file was written by a zth that knows more than this one."""


def load(file: Path, format: str, kind: type[T], remedy: str) -> T | None:
    """What `save` wrote; None where nothing is. Raises ZthError, which names the remedy."""
    import msgspec

    try:
        head = msgspec.json.decode(data := file.read_bytes(), type=dict[str, Any])
        if (found := head.get("format")) != format:
            if _family(found) == _family(format):
                raise Newer(
                    tr("{file} was written by another version of zth; upgrade zth", file=file)
                )
            raise ValueError
        return msgspec.json.decode(data, type=kind)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ZthError(
            tr("{file} cannot be read: {reason}", file=file, reason=error.strerror)
        ) from None
    except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
        raise ZthError(
            tr("{file} is damaged; this writes it anew: {remedy}", file=file, remedy=remedy)
        ) from None


def save(file: Path, format: str, data: Mapping[str, Any]) -> None:
    """Replaces the file, whole or not at all. Raises ZthError."""
    import json

    text = json.dumps({"format": format, **data}, indent=1, ensure_ascii=False, default=str)
    try:
        private(file.parent)
        with tempfile.NamedTemporaryFile(dir=file.parent, prefix=".new-", delete=False) as stream:
            try:
                stream.write(text.encode(errors="replace"))  # a file's name may hold surrogates
                stream.flush()
                os.fsync(stream.fileno())
                Path(stream.name).replace(file)
            except BaseException:
                Path(stream.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise ZthError(
            tr("cannot write {file}: {reason}", file=file, reason=error.strerror)
        ) from None


def private(folder: Path) -> None:
    """Makes a folder below `.zth`, which git ignores wherever it lies. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    top = next(f for f in (folder, *folder.parents) if f.name == FOLDER)
    if not (top / ".gitignore").exists():
        (top / ".gitignore").write_text("*\n", encoding="utf-8")


def _family(format: object) -> str:
    return str(format).partition("/")[0]
