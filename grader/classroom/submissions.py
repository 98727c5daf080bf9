"""What students handed in: found in a folder, and taken, each as a submission with a snapshot."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from grader.classroom import archives, checkouts, contents, folders, gradescope, snapshots
from grader.classroom.contents import Caps, Content, Refused, shown
from grader.classroom.gradescope import Submitter
from grader.classroom.records import Submission
from grader.classroom.roster import Roster, stem_of
from grader.classroom.snapshots import Snapshot
from zth.language import tr
from zth.records import Lesson, ZthError

UNSEEN = {"Thumbs.db", "desktop.ini"}  # what systems leave in folders, beside hidden files


@dataclass(frozen=True)
class Found:
    """A folder or a file that was handed in, and what is known of it without looking into it.

    `name` is what tells whose it is, where no platform says so by its `submitter`.
    """

    path: Path
    name: str
    submitter: Submitter | None = None
    received: datetime | None = None


@dataclass(frozen=True)
class Intake:
    """Takes submissions of a class. `folder` is where its snapshots lie; `warn` is told of those
    that had been changed."""

    roster: Roster
    lessons: Sequence[Lesson]
    folder: Path
    caps: Caps
    warn: Callable[[str], None]

    def take(self, found: Found) -> tuple[Submission, Snapshot | None]:
        """The submission, and its snapshot; what cannot be taken has a problem, and none."""
        student, problem, content = "", "", None
        try:
            student = self._student(found)
            content = self._content(found.path)
        except Refused as refused:
            problem = str(refused)
        except OSError as error:
            reason = error.strerror or str(error)
            name = shown(found.path.name)
            problem = tr("{name} cannot be read: {reason}", name=name, reason=reason)
        snapshot = snapshots.keep(content.files, self.folder, self.warn) if content else None
        submission = Submission(
            student=student,
            received=found.received or _received(found.path, content),
            digest=snapshot.digest if snapshot else "",
            source=str(found.path),
            commit=_commit(found.path, content.home) if content else "",
            problem=problem,
        )
        return submission, snapshot

    def _student(self, found: Found) -> str:
        """The id of whose it is; without a roster, whatever it is called by."""
        said = found.submitter
        if not self.roster.students:
            known = (said.id, said.email, said.name) if said else ()
            return next(filter(None, known), stem_of(found.name))
        if said:
            return self.roster.known_as(said.id, said.email, said.name).id
        return self.roster.whose(found.name).id

    def _content(self, path: Path) -> Content:
        if path.is_symlink():
            raise Refused(tr("it is a link; put the file or folder itself there"))
        if path.is_dir():
            return folders.read(path, self.lessons, self.caps)
        return archives.unpack(path, self.lessons, self.caps)


def find(folder: Path, lessons: Sequence[Lesson]) -> Iterator[Found]:
    """All that was handed in, in order: `folder` is one tree, an archive, a platform's export, or
    holds a folder or a file for each. Raises ZthError where there is nothing to look into."""
    folder = folder.resolve()
    try:
        if not folder.is_dir() or _is_tree(folder, lessons):
            folder.lstat()
            yield Found(folder, folder.name)
        elif (folder / gradescope.METADATA).is_file():
            yield from _exported(folder, lessons)
        else:
            for path in _listed(folder):
                yield from _handed_in(path, path.name, lessons)
    except OSError as error:
        raise ZthError(
            tr("{file} cannot be read: {reason}", file=folder, reason=error.strerror)
        ) from None


def _is_tree(folder: Path, lessons: Sequence[Lesson]) -> bool:
    """Whether folders of lessons lie in it, or nothing but files of one."""
    listed = _listed(folder)
    if any(path.name == lesson.folder and path.is_dir() for path in listed for lesson in lessons):
        return True
    files = {PurePosixPath(part.file).name for lesson in lessons for part in lesson.components}
    return not any(path.is_dir() for path in listed) and bool({p.name for p in listed} & files)


def _listed(folder: Path) -> list[Path]:
    """What lies in a folder and can be seen, in order."""
    names = sorted(os.listdir(folder))  # noqa: PTH208  a name, not a path, is what is sorted
    seen = [n for n in names if not (n.startswith(".") or n in UNSEEN or contents.dropped(n))]
    return [folder / name for name in seen]


def _handed_in(path: Path, name: str, lessons: Sequence[Lesson]) -> Iterator[Found]:
    """The folder or file itself; of a folder in which archives lie, and no lesson, those."""
    packed = [] if path.is_symlink() or not path.is_dir() else _archives(path)
    if not packed or folders.holds(path, lessons):
        packed = [path]
    for file in packed:
        yield Found(file, name)


def _archives(folder: Path) -> list[Path]:
    try:
        files = [path for path in _listed(folder) if not path.is_dir()]
    except OSError:  # whoever takes it says so
        return []
    return [file for file in files if file.name.lower().endswith(archives.SUFFIXES)]


def _exported(folder: Path, lessons: Sequence[Lesson]) -> Iterator[Found]:
    """What Gradescope exports: each submission once for each of those who handed it in."""
    said = gradescope.read(folder / gradescope.METADATA)
    there = {path.name: path for path in _listed(folder) if path.name != gradescope.METADATA}
    missing = {name: folder / name for name in said if name not in there}
    for name, path in sorted((there | missing).items()):
        entry = said.get(name, gradescope.Said((), None))
        for found in _handed_in(path, name, lessons):
            for submitter in entry.submitters or (None,):
                yield Found(found.path, name, submitter, entry.received)


def _received(path: Path, content: Content | None) -> datetime:
    """When it came, as far as files tell: when the newest was changed, or else the whole.

    Nothing is younger than the archive that it is in, or than now.
    """
    try:
        changed = path.lstat().st_mtime
    except OSError:
        changed = 0.0
    now = datetime.now(UTC).timestamp()
    whole = min(contents.latest([changed]) or now, now)
    newest = content.newest if content else 0.0
    most = now if path.is_dir() else whole
    return datetime.fromtimestamp(min(newest, most) or whole, UTC)


def _commit(path: Path, home: str) -> str:
    """The commit of a checkout, of which the tree may be a folder."""
    if not path.is_dir():
        return ""
    places = [PurePosixPath(home), *PurePosixPath(home).parents]
    return next(filter(None, (checkouts.commit(path / place) for place in places)), "")
