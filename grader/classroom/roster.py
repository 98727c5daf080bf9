"""Who is in the class, and whose a submission is by what it is called; roster.csv."""

from __future__ import annotations

import contextlib
import csv
import io
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from grader.classroom import aliases, names
from grader.classroom.contents import Refused, shown
from grader.classroom.records import Student
from zth.language import tr
from zth.records import ZthError

COLUMNS = ("student", "name", "alias", "email")
LONGEST = {"student": 100, "name": 200, "alias": 60, "email": 254}  # characters
SHORT = 3  # characters; a shorter id is found nowhere but alone
_DELIMITERS = ",;\t"  # of spreadsheets in different countries
_JOINERS = "\u200c\u200d"  # without which some scripts cannot write their names
_SUFFIX = re.compile(r"\.(zip|tar|tgz|tbz2?|txz|tar\.(gz|bz2|xz))\Z", re.IGNORECASE)
_MOODLE = re.compile(r"_\d+_assignsubmission_")  # the number counts what is handed in

Row = Mapping[str | None, Any]  # of csv: under None, a list of the cells that are too many


@dataclass(frozen=True)
class Roster:
    """The students, in the order of the file.

    `others` are the file's other columns, by student, and `delimiter` what stands between them;
    `drawn` tells that there are aliases that the file does not have.
    """

    students: tuple[Student, ...] = ()
    others: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    delimiter: str = ","
    drawn: bool = field(default=False, compare=False)

    def get(self, id: str) -> Student | None:
        """The student of this id, be it in capitals or not."""
        return self._by_id.get(names.folded(id))

    def known_as(self, id: str, email: str, name: str) -> Student:
        """Who it is that another system knows by these, of which some may be empty.

        Raises Refused where it is nobody, or not clear who.
        """
        if student := self.get(id):
            return student
        mail, words = names.folded(email), sorted(names.words(name))
        by_mail = [student for key, student in self._keys if key == mail]
        by_name = [s for s in self.students if words and sorted(names.words(s.name)) == words]
        return _one(by_mail or by_name, " ".join(filter(None, (name, email, id))))

    def whose(self, name: str) -> Student:
        """Who handed in what is called so: by the id, the e-mail address or the name in it.

        Raises Refused where that is nobody, or not clear: better nobody than another.
        """
        stem = names.folded(stem_of(name))
        if alone := self._by_id.get(stem) or self.get(name):
            return alone
        numbered, rest = names.standing(stem, self._long_keys)
        named, _ = names.standing(" ".join(names.words(rest)), self._forms)
        both = [student for student in numbered if student in named]
        student = _one(both or [*numbered, *named], name)
        moodle = _MOODLE.search(stem)
        if moodle and not named and names.differ(student.name, stem[: moodle.start()]):
            raise Refused(
                tr(
                    "{name} has a number that is the id of {student}, but another name: rename it"
                    " to the id of who handed it in",
                    name=shown(name),
                    student=shown(student.id),
                )
            )
        return student

    @cached_property
    def _by_id(self) -> Mapping[str, Student]:
        return {names.folded(student.id): student for student in self.students}

    @cached_property
    def _keys(self) -> list[tuple[str, Student]]:
        """Ids and addresses."""
        both = [(key, s) for s in self.students for key in (s.id, s.email) if key]
        return [(names.folded(key), student) for key, student in both]

    @cached_property
    def _long_keys(self) -> list[tuple[str, Student]]:
        return [(key, student) for key, student in self._keys if len(key) >= SHORT]

    @cached_property
    def _forms(self) -> list[tuple[str, Student]]:
        return [(form, s) for s in self.students for form in names.forms(s.name) if len(form) > 1]


def stem_of(name: str) -> str:
    """What a folder or an archive is called, without what says of which kind it is."""
    return _SUFFIX.sub("", name)


def _one(found: Iterable[Student], name: str) -> Student:
    students = list(dict.fromkeys(found))
    if len(students) == 1:
        return students[0]
    if not students:
        raise Refused(
            tr(
                "{name} is nobody's on the roster: add the student, or rename it to an id",
                name=shown(name),
            )
        )
    first, second, *_ = students
    raise Refused(
        tr(
            "{name} may be of {first} or of {second}: rename it to the id of who handed it in",
            name=shown(name),
            first=shown(first.id),
            second=shown(second.id),
        )
    )


# --- the file -------------------------------------------------------------------------------------


def read(file: Path, secret: bytes) -> Roster:
    """The roster in a file; who has no alias there is given one. Raises ZthError."""
    text = _text(file)
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        rows.fieldnames = _columns(rows.fieldnames or (), file)
        found = [(rows.line_num, row) for row in rows if any(_cells(row))]
    except csv.Error as error:
        raise _wrong(file, rows.reader.line_num, tr("no CSV: {reason}", reason=error)) from None
    students = [_student(row, file, line) for line, row in found]
    lines = [line for line, _ in found]
    _check_distinct("student", [student.id for student in students], lines, file)
    _check_distinct("alias", [student.alias for student in students], lines, file)
    return Roster(
        tuple(_with_aliases(students, secret)),
        {s.id: _others(row) for s, (_, row) in zip(students, found, strict=True)},
        delimiter,
        drawn=any(not student.alias for student in students),
    )


def kept(file: Path, secret: bytes) -> Roster:
    """As `read`; and aliases that were drawn are written to the file, so that they stay.

    A file that may not be written to is as good: the same are drawn again, as long as nobody joins.
    """
    found = read(file, secret)
    if found.drawn:
        with contextlib.suppress(OSError):
            write(file, found)
    return found


def write(file: Path, roster: Roster) -> None:
    """Puts the roster into a file, all at once. Raises OSError."""
    columns = [*COLUMNS, *dict.fromkeys(c for row in roster.others.values() for c in row)]
    text = io.StringIO(newline="")
    rows = csv.writer(text, delimiter=roster.delimiter, lineterminator="\n")
    rows.writerow(columns)
    for s in roster.students:
        more = roster.others.get(s.id, {})
        rows.writerow([s.id, s.name, s.alias, s.email, *(more.get(c, "") for c in columns[4:])])
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=".roster-", delete=False) as made:
        made.write(text.getvalue().encode("utf-8-sig"))  # by the mark, spreadsheets know UTF-8
    if file.exists():
        shutil.copymode(file, made.name)
    Path(made.name).replace(file)


def _text(file: Path) -> str:
    try:
        body = file.read_bytes()
    except FileNotFoundError:
        columns = ",".join(COLUMNS)
        raise ZthError(
            tr("there is no {file}: write it, with {columns} on top", file=file, columns=columns)
        ) from None
    except OSError as error:
        raise ZthError(
            tr("{file} cannot be read: {reason}", file=file, reason=error.strerror)
        ) from None
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        raise _wrong(file, line, tr("not UTF-8; save it as “CSV UTF-8”")) from None


def _columns(written: Sequence[str], file: Path) -> list[str]:
    columns = [name.strip().casefold() for name in written]
    if "student" not in columns:
        found = ", ".join(map(shown, columns))
        raise _wrong(file, 1, tr("no column “student”; there are: {found}", found=found))
    if twice := [name for name in columns if name and columns.count(name) > 1]:
        raise _wrong(file, 1, tr("column {name} is there twice", name=shown(twice[0])))
    return columns


def _cells(row: Row) -> list[str]:
    return [cell.strip() for cell in row.values() if isinstance(cell, str)]


def _student(row: Row, file: Path, line: int) -> Student:
    if None in row:
        raise _wrong(file, line, tr("more cells than columns; quote what has a comma in it"))
    cells = {column: _cell(row, column, file, line) for column in COLUMNS}
    if not cells["student"]:
        raise _wrong(file, line, tr("no student: write the id that submissions are named by"))
    return Student(cells["student"], cells["name"], cells["alias"], cells["email"])


def _cell(row: Row, column: str, file: Path, line: int) -> str:
    """What a cell says. Signs that cannot be seen are left out of a name, and wrong elsewhere."""
    text = unicodedata.normalize("NFC", row.get(column) or "")
    if column == "name":
        text = "".join(c for c in text if c.isspace() or not _hidden(c))
    text = " ".join(text.split())
    if len(text) > LONGEST[column]:
        long = tr("{column} has more than {most} characters", column=column, most=LONGEST[column])
        raise _wrong(file, line, long)
    if any(map(_hidden, text)) and column != "name":
        hidden = tr("{text} has a sign that cannot be seen; type it anew", text=shown(text))
        raise _wrong(file, line, hidden)
    return text


def _hidden(c: str) -> bool:
    return unicodedata.category(c)[0] == "C" and c not in _JOINERS


def _check_distinct(column: str, texts: Sequence[str], lines: Sequence[int], file: Path) -> None:
    seen: dict[str, int] = {}
    for text, line in zip(texts, lines, strict=True):
        first = seen.setdefault(names.folded(text), line) if text else line
        if first != line:
            raise _wrong(
                file,
                line,
                tr(
                    "{column} {text} is in line {first} too",
                    column=column,
                    text=shown(text),
                    first=first,
                ),
            )


def _with_aliases(students: Sequence[Student], secret: bytes) -> list[Student]:
    """The students, each with an alias. Once it is written to the file, it stays."""
    taken = {names.folded(student.alias) for student in students}
    given: dict[str, str] = {}
    for student in sorted(students, key=lambda student: student.id):
        if not student.alias:
            given[student.id] = aliases.drawn(secret, student.id, taken)
            taken.add(names.folded(given[student.id]))
    return [replace(student, alias=given.get(student.id, student.alias)) for student in students]


def _others(row: Row) -> dict[str, str]:
    return {name: cell or "" for name, cell in row.items() if name and name not in COLUMNS}


def _wrong(file: Path, line: int, what: str) -> ZthError:
    return ZthError(tr("{file}, line {line}: {what}", file=file, line=line, what=what))
