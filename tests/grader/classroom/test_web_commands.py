"""`zth class token`, and what `serve` and `work` say before they begin."""

from __future__ import annotations

import csv
import importlib.util
import io
import socket
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner, Result

from grader.classroom.cli.serve import serve, work
from grader.classroom.cli.token import token
from grader.classroom.tokens import digest
from tests.grader.classroom.made_up import Class
from zth.records import ZthError


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Class:
    room = Class(tmp_path / "class")
    monkeypatch.chdir(room.root)
    return room


def run(*words: str, typed: str = "") -> Result:
    return CliRunner().invoke(token, words, input=typed, catch_exceptions=False)


def refused(*words: str, typed: str = "") -> str:
    with pytest.raises(ZthError) as error:
        run(*words, typed=typed)
    assert "\n" not in str(error.value)
    return str(error.value)


# --- students -------------------------------------------------------------------------------------


def test_a_token_is_shown_once_and_kept_as_a_hash(room: Class) -> None:
    said = run("anna")
    made = said.stdout.strip()
    assert made.startswith("zth_")
    assert len(made) == 4 + 43
    assert said.stderr == "for anna; it is not shown again\n"
    assert room.store.student_of(digest(made)) == "anna"
    assert made.encode() not in (room.root / "class.db").read_bytes()
    assert not (room.root / "class.db-wal").exists() or (
        made.encode() not in (room.root / "class.db-wal").read_bytes()
    )


def test_a_new_token_takes_the_place_of_the_old(room: Class) -> None:
    old = run("anna").stdout.strip()
    said = run("ANNA")
    assert "the earlier token of anna is no longer valid" in said.stderr
    assert room.store.student_of(digest(old)) is None
    assert room.store.student_of(digest(said.stdout.strip())) == "anna"


def test_a_token_is_revoked(room: Class) -> None:
    made = run("anna").stdout.strip()
    assert run("anna", "--revoke").output == "anna cannot sign in any more\n"
    assert room.store.student_of(digest(made)) is None
    assert refused("anna", "--revoke") == "anna has no token"


def test_all_who_have_none_get_one(room: Class) -> None:
    own = run("ben").stdout.strip()
    said = run("--all")
    rows = list(csv.DictReader(io.StringIO(said.stdout)))
    assert [(row["student"], row["name"], row["email"]) for row in rows] == [
        ("anna", "Anna Ahn", "anna@example.org"),
        ("chen", "陈晨", "chen@example.org"),
        ("dora", "Dora Diaz", "dora@example.org"),
    ]
    assert {room.store.student_of(digest(row["token"])) for row in rows} == {"anna", "chen", "dora"}
    assert room.store.student_of(digest(own)) == "ben"
    assert "3 new tokens; they are not shown again" in said.stderr
    again = run("--all")
    assert (again.stdout, again.stderr) == ("", "everybody in roster.csv has a token\n")


def test_no_cell_is_a_formula(room: Class) -> None:
    (room.root / "roster.csv").write_text('student,name\nx1,"=HYPERLINK(""http://evil"")"\n')
    [row] = csv.reader(io.StringIO(run("--all").stdout.split("\n", 1)[1]))
    assert row[0] == "x1"
    assert row[1] == """'=HYPERLINK("http://evil")"""
    assert room.store.student_of(digest(row[3])) == "x1"


def test_who_is_not_on_the_roster_gets_none(room: Class) -> None:
    assert refused("ana") == "there is no student named 'ana'; did you mean anna?"
    (room.root / "roster.csv").write_text("student,name\n", "utf-8")
    assert "there is nobody in" in refused("anna")
    assert "there is nobody in" in run("--all").stderr


@pytest.mark.parametrize(
    "words", [[], ["anna", "--all"], ["--all", "--instructor", "prof"], ["--all", "--revoke"]]
)
def test_it_must_be_clear_for_whom(room: Class, words: list[str]) -> None:
    said = refused(*words)
    assert said == "for whom? zth class token STUDENT, or --all, or --instructor NAME"


# --- instructors ----------------------------------------------------------------------------------


def test_an_instructor_gets_a_password(room: Class) -> None:
    said = run("--instructor", "prof", typed="correct horse\n")
    assert said.output == "prof can sign in now\n"
    hash = room.store.instructor("prof")
    assert hash
    assert hash.startswith("$argon2id$")
    assert PasswordHasher().verify(hash, "correct horse")
    assert run("--instructor", "prof", "--revoke").output == "prof cannot sign in any more\n"
    assert room.store.instructor("prof") == ""
    assert refused("--instructor", "nobody", "--revoke") == "there is no instructor nobody"


@pytest.mark.parametrize("typed", ["", "\n", "short\n"])
def test_a_password_is_not_short(room: Class, typed: str) -> None:
    assert "10 characters or more" in refused("--instructor", "prof", typed=typed)
    assert room.store.instructor("prof") is None


# --- before anything begins -----------------------------------------------------------------------


@pytest.mark.parametrize("command", [serve, work, token])
def test_a_folder_without_a_class_is_said(
    command: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["anna"] if command is token else []
    with pytest.raises(ZthError, match="there is no class here"):
        CliRunner().invoke(command, words, catch_exceptions=False)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("command", "package"), [(serve, "uvicorn"), (work, "sqlalchemy"), (token, "argon2")]
)
def test_a_package_that_is_missing_is_said(
    command: object, package: str, room: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *a: None if name == package else find(name, *a)
    )
    with pytest.raises(ZthError) as said:
        CliRunner().invoke(command, [], catch_exceptions=False)  # type: ignore[arg-type]
    assert str(said.value).startswith(f"this needs {package}, which is not installed")
    assert 'pip install "zth[class]"' in str(said.value)


def test_a_port_that_is_taken_is_said(room: Class) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with pytest.raises(ZthError, match=f"port {port}: .*; name another: --port N"):
            CliRunner().invoke(serve, ["--port", port, "--no-worker"], catch_exceptions=False)


@pytest.mark.parametrize("host", ["256.0.0.1", "nowhere.invalid", "1.2.3.4", "::zz"])
def test_an_address_that_is_not_ours_is_said(room: Class, host: str) -> None:
    with pytest.raises(ZthError, match=f"cannot listen at {host}, port 0: "):
        CliRunner().invoke(
            serve, ["--host", host, "--port", "0", "--no-worker"], catch_exceptions=False
        )


def test_a_worker_does_what_there_is_and_ends(room: Class) -> None:
    said = CliRunner().invoke(work, ["--once"], catch_exceptions=False)
    assert (said.exit_code, said.output) == (0, "")
