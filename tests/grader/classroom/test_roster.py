"""The roster: what is in the file, and whose a submission is."""

from __future__ import annotations

import csv
import stat
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.classroom import aliases
from grader.classroom.contents import Refused
from grader.classroom.records import Student
from grader.classroom.roster import Roster, kept, read, stem_of, write
from tests.grader.classroom.packing import listed
from zth.records import ZthError

SECRET = b"s" * 32


def written(tmp_path: Path, text: str | bytes) -> Path:
    file = tmp_path / "roster.csv"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def roster(tmp_path: Path, text: str | bytes) -> Roster:
    return read(written(tmp_path, text), SECRET)


def error(tmp_path: Path, text: str | bytes) -> str:
    with pytest.raises(ZthError) as raised:
        roster(tmp_path, text)
    (line,) = str(raised.value).splitlines()
    return line.removeprefix(str(tmp_path))


# --- the file -------------------------------------------------------------------------------------

ANN = Student("007", "Ann O'Neil, Jr.", "Quiet Otter", "ann@x.edu")


@pytest.mark.parametrize(
    "text",
    [
        'student,name,alias,email\n007,"Ann O\'Neil, Jr.",Quiet Otter,ann@x.edu\n',
        '\ufeffstudent,name,alias,email\r\n007,"Ann O\'Neil, Jr.",Quiet Otter,ann@x.edu\r\n,,,\r\n',
        'Email;section; NAME ;Student;Alias\nann@x.edu;B;"Ann O\'Neil, Jr.";007;Quiet Otter',
        "name\tstudent\temail\talias\n  Ann   O'Neil,\u200b Jr.\t 007 \tann@x.edu\tQuiet Otter\n",
    ],
    ids=["plain", "from a spreadsheet", "another order", "tabs"],
)
def test_a_roster_is_read(text: str, tmp_path: Path) -> None:
    assert roster(tmp_path, text).students == (ANN,)


def test_only_the_id_is_needed(tmp_path: Path) -> None:
    (student,) = roster(tmp_path, "student\nann\n").students
    assert replace(student, alias="") == Student("ann")
    assert roster(tmp_path, "student,name,alias,email\n").students == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: no column “student”; there are: "),
        ("id,name\n1,Ann\n", "line 1: no column “student”; there are: 'id', 'name'"),
        ("student,name,name\n", "line 1: column 'name' is there twice"),
        ("student\nann\nbob\nANN\n", "line 4: student 'ANN' is in line 2 too"),
        ("student,alias\na,Red Fox\n\nb,red  fox\n", "line 4: alias 'red fox' is in line 2 too"),
        ("student,name\n,Ann\n", "line 2: no student: write the id"),
        ("student\nann,Ann\n", "line 2: more cells than columns"),
        ("student\n" + "x" * 101, "line 2: student has more than 100 characters"),
        ("student,name\na," + "x" * 201, "line 2: name has more than 200 characters"),
        ("student,alias\na," + "x" * 61, "line 2: alias has more than 60 characters"),
        ("student\na\u200bb\n", r"line 2: 'a\u200bb' has a sign that cannot be seen"),
        ("student,alias\na,\u202eevil\n", r"line 2: '\u202eevil' has a sign that cannot be seen"),
        ("student\na\0b\n", "line 2: 'a\\x00b' has a sign that cannot be seen"),
        ('student,name\na,"Ann\nb,Bob\n', "line 3: no CSV: unexpected end of data"),
        ("student,name\na,M\xfcller\n".encode("latin-1"), "line 2: not UTF-8; save it as"),
        ("student\nann\n".encode("utf-16"), "line 1: not UTF-8"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str | bytes, said: str, tmp_path: Path) -> None:
    assert error(tmp_path, text).startswith(f"/roster.csv, {said}")


def test_a_roster_that_is_not_there_says_what_it_should_hold(tmp_path: Path) -> None:
    with pytest.raises(
        ZthError, match=r"no .*roster\.csv: write it, with student,name,alias,email"
    ):
        read(tmp_path / "roster.csv", SECRET)
    with pytest.raises(ZthError, match="cannot be read: Is a directory"):
        read(tmp_path, SECRET)


def test_a_name_has_no_control_signs_but_the_joiners_of_some_scripts(tmp_path: Path) -> None:
    names = "a,\u202eEve\u0007\nb,می\u200cنا\nc,王 小明\n"
    found = [s.name for s in roster(tmp_path, f"student,name\n{names}").students]
    assert found == ["Eve", "می\u200cنا", "王 小明"]


def test_writing_keeps_all_that_was_read(tmp_path: Path) -> None:
    text = 'section;student;name;note\nB;007;Müller;=1+1\nA;008;王小明;"a;\n""b"\n'
    before = roster(tmp_path, text)
    file = tmp_path / "roster.csv"
    file.chmod(0o640)
    write(file, before)
    assert read(file, SECRET) == before
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert file.read_bytes().startswith("\ufeffstudent;name;alias;email;section;note\n".encode())
    assert listed(tmp_path) == ["roster.csv"]
    with file.open(encoding="utf-8-sig", newline="") as stream:
        assert [row["note"] for row in csv.DictReader(stream, delimiter=";")] == ["=1+1", 'a;\n"b']


CELLS = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20
)


@settings(derandomize=True, database=None, deadline=None, max_examples=60)
@given(
    st.lists(st.builds(Student, CELLS, CELLS, CELLS, CELLS), unique_by=lambda s: s.id.casefold())
)
def test_any_roster_comes_back(
    tmp_path_factory: pytest.TempPathFactory, students: list[Student]
) -> None:
    file = tmp_path_factory.mktemp("any") / "roster.csv"
    write(file, Roster(tuple(students)))
    try:
        first = read(file, SECRET)
    except ZthError:  # two that differ in ways that a file system does not see
        return
    write(file, first)
    assert read(file, SECRET).students == first.students


# --- aliases --------------------------------------------------------------------------------------


def class_of(tmp_path: Path, count: int) -> Sequence[Student]:
    return roster(tmp_path, "student\n" + "".join(f"s{i}\n" for i in range(count))).students


def test_aliases_are_drawn_from_the_secret(tmp_path: Path) -> None:
    students = class_of(tmp_path, 500)
    found = {student.alias for student in students}
    assert len(found) == 500
    assert all(len(alias.split()) == 2 for alias in found)
    assert class_of(tmp_path, 500) == students
    other = read(tmp_path / "roster.csv", b"t" * 32).students
    assert sum(a.alias == b.alias for a, b in zip(students, other, strict=True)) < 20


def test_an_alias_that_was_given_is_kept_and_nobody_elses(tmp_path: Path) -> None:
    (first,) = class_of(tmp_path, 1)
    text = f"student,alias\ns0,\nzoe,{first.alias.upper()}\n"
    again, zoe = roster(tmp_path, text).students
    assert zoe.alias == first.alias.upper()
    assert again.alias.casefold() != first.alias.casefold()


def test_a_written_alias_stays_whoever_comes_later(tmp_path: Path) -> None:
    before = roster(tmp_path, "student\n" + "".join(f"s{i}\n" for i in range(300)))
    file = tmp_path / "roster.csv"
    write(file, before)
    with file.open("a", encoding="utf-8") as stream:
        stream.writelines(f"a{i},,,\n" for i in range(300))
    after = read(file, SECRET)
    assert after.students[:300] == before.students
    assert len({student.alias for student in after.students}) == 600


def test_aliases_that_are_drawn_are_kept_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "roster.csv"
    file.write_text("student,alias,group\nanna,,1\nben,Red Fox,2\n", "utf-8")
    found = kept(file, b"secret")
    assert read(file, b"another secret").students == found.students
    assert "anna" in file.read_text("utf-8")
    before = file.stat().st_mtime_ns
    assert kept(file, b"another secret").students == found.students
    assert file.stat().st_mtime_ns == before


def test_there_are_aliases_for_more_than_there_are_pairs_of_words() -> None:
    taken = {f"{a} {b}".casefold() for a in aliases.FIRST for b in aliases.SECOND}
    assert len(taken) == 64 * 64
    alias = aliases.drawn(SECRET, "ann", taken)
    assert alias.casefold() not in taken
    assert len(alias.split()) == 3


# --- whose ----------------------------------------------------------------------------------------

CLASS = Roster(
    (
        Student("12345", "Anna Maria Lee", "", "anna.lee@x.edu"),
        Student("2024-0042", "Jürgen Müller-Groß"),
        Student("mueller_123", "Bob"),
        Student("7", "Wang Wei"),
        Student("8", "Wang Wei"),
        Student("xm", "王小明"),
        Student("lena", "Lena"),
        Student("anna-lena", "Anna-Lena Fox"),
        Student("555", ""),
    )
)


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("12345", "12345"),
        ("12345.zip", "12345"),
        ("12345.TAR.GZ", "12345"),
        ("7", "7"),
        ("7.zip", "7"),
        ("LENA.tar.xz", "lena"),
        ("mueller_123_attempt_2.zip", "mueller_123"),
        ("lesson3-2024-0042 (1).zip", "2024-0042"),
        ("２０２４-００４２.zip", "2024-0042"),
        ("anna-lena_lesson3.zip", "anna-lena"),
        ("lena+lesson3.zip", "lena"),
        ("anna.lee@x.edu.zip", "12345"),
        ("hw3 anna.lee@x.edu v2", "12345"),
        ("leeannamaria_998877_11223344_lesson3.zip", "12345"),
        ("leeannamaria_LATE_998877_11223344_lesson3-1.zip", "12345"),
        ("someone_12345_67890_lesson3.zip", "12345"),
        ("müllergroßjürgen_1_2_lesson3.zip", "2024-0042"),
        ("Mu\u0308ller-Gross, Ju\u0308rgen.zip", "2024-0042"),
        ("Anna Maria Lee_4711_assignsubmission_file_", "12345"),
        ("Anna Maria Lee_555_assignsubmission_file_lesson3.zip", None),
        ("王小明_4711_assignsubmission_file", "xm"),
        ("Wang Wei_8_assignsubmission_file", None),
        ("Nobody Here_12345_assignsubmission_file", None),
        ("Nobody Here_555_assignsubmission_file", "555"),
        ("Wang Wei.zip", None),
        ("12345_2024-0042.zip", None),
        ("lena_12345.zip", None),
        ("112345.zip", None),
        ("x12345y.zip", None),
        ("lesson_7_final.zip", None),
        ("attempt_8.zip", None),
        ("", None),
        (".zip", None),
        ("\udc80\n\u202e'-rf", None),
        ("x" * 255, None),
    ],
)
def test_whose_a_submission_is_by_its_name(name: str, student: str | None) -> None:
    if student is None:
        with pytest.raises(Refused) as refused:
            CLASS.whose(name)
        assert len(str(refused.value).splitlines()) == 1
        assert str(refused.value).isprintable()
    else:
        assert CLASS.whose(name).id == student


def test_why_it_is_nobodys_is_said() -> None:
    def said(name: str) -> str:
        with pytest.raises(Refused) as refused:
            CLASS.whose(name)
        return str(refused.value)

    assert said("zoe.zip") == (
        "'zoe.zip' is nobody's on the roster: add the student, or rename it to an id"
    )
    assert said("Wang Wei.zip") == (
        "'Wang Wei.zip' may be of '7' or of '8': rename it to the id of who handed it in"
    )
    assert "that is the id of '12345', but another name" in said(
        "Nobody Here_12345_assignsubmission_file"
    )


def test_a_name_settles_which_of_two_numbers_is_meant() -> None:
    numbers = Roster((Student("12345", "Anna Lee"), Student("67890", "Zoe")))
    assert numbers.whose("leeanna_12345_67890_lesson3.zip").id == "12345"
    assert numbers.whose("zoe_67890_12345_lesson3.zip").id == "67890"
    with pytest.raises(Refused):
        numbers.whose("someone_12345_67890_lesson3.zip")


@pytest.mark.parametrize(
    ("known", "student"),
    [
        (("12345", "", ""), "12345"),
        (("12345", "other@x.edu", "Bob"), "12345"),
        (("999", "ANNA.LEE@x.edu", "Bob"), "12345"),
        (("", "lena", ""), "lena"),
        (("", "", "Lee, Anna Maria"), "12345"),
        (("", "other@x.edu", "muller-gross jurgen"), "2024-0042"),
        (("", "", "Anna Lee"), None),
        (("", "", "Wang Wei"), None),
        (("", "", ""), None),
        (("999", "other@x.edu", "Nobody"), None),
    ],
)
def test_who_it_is_that_a_platform_knows(known: tuple[str, str, str], student: str | None) -> None:
    if student is None:
        with pytest.raises(Refused):
            CLASS.known_as(*known)
    else:
        assert CLASS.known_as(*known).id == student


@settings(derandomize=True, database=None, deadline=None, max_examples=100)
@given(
    st.lists(st.sampled_from(["anna", "lena", "fox", "12", "123", "45"]), min_size=1, unique=True),
    st.sampled_from(["_", "-", " ", ".", "+"]),
    st.data(),
)
def test_an_id_that_stands_alone_is_found_and_never_another(
    ids: list[str], between: str, data: st.DataObject
) -> None:
    class_ = Roster(tuple(Student(id) for id in ids))
    id = data.draw(st.sampled_from(ids))
    assert class_.whose(f"{id}.zip").id == id
    try:
        assert class_.whose(f"hw{between}{id}{between}final.zip").id == id
    except Refused:
        assert len(id) < 3


def test_the_end_of_a_name_that_says_what_it_is() -> None:
    names = ["a.zip", "a.tar", "a.TGZ", "a.tar.bz2", "a.txz", "a"]
    assert {stem_of(name) for name in names} == {"a"}
    assert stem_of("a.b.py") == "a.b.py"
