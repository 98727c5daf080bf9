"""`zth class token`: what students and instructors sign in with."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from zth.language import tr
from zth.records import ZthError

if TYPE_CHECKING:
    from grader.classroom.records import Student
    from grader.classroom.settings import Classroom
    from grader.classroom.store import Store

SHORTEST = 10  # characters of a password


@click.command()
@click.argument("student", required=False, metavar="[STUDENT]")
@click.option("--all", "everybody", is_flag=True, help="For all on the roster who have none yet.")
@click.option("--instructor", default="", metavar="NAME", help="Set an instructor's password.")
@click.option("--revoke", is_flag=True, help="Take it back, and give no new one.")
def token(student: str | None, everybody: bool, instructor: str, revoke: bool) -> None:
    """Give STUDENT a token to sign in with.

    It is shown this once: the store keeps its hash alone. An earlier one is no longer valid. With
    --all the output is CSV: student, name, email, token.
    """
    from grader.classroom.cli import NEEDED, check_extra

    check_extra(*NEEDED, "argon2")
    from grader.classroom.settings import Classroom
    from grader.classroom.store import Store

    if sum(map(bool, (student, everybody, instructor))) != 1 or (everybody and revoke):
        raise ZthError(tr("for whom? zth class token STUDENT, or --all, or --instructor NAME"))
    classroom = Classroom.open()
    with Store.open(classroom.store) as store:
        if instructor:
            _password(store, instructor, revoke=revoke)
        elif student:
            _one(classroom, store, student, revoke=revoke)
        else:
            _all(classroom, store)


def _one(classroom: Classroom, store: Store, id: str, *, revoke: bool) -> None:
    known = _student(classroom, id)
    revoked = store.revoke(known.id)
    if revoke:
        if not revoked:
            raise ZthError(tr("{student} has no token", student=known.id))
        click.echo(tr("{student} cannot sign in any more", student=known.id))
        return
    click.echo(_new(store, known))
    if revoked:
        click.echo(
            tr("the earlier token of {student} is no longer valid", student=known.id), err=True
        )
    click.echo(tr("for {student}; it is not shown again", student=known.id), err=True)


def _student(classroom: Classroom, id: str) -> Student:
    from grader.classroom import roster
    from zth.plugins import nearest

    students = roster.read(classroom.roster, classroom.secret)
    if found := students.get(id):
        return found
    if not students.students:
        raise ZthError(_nobody(classroom))
    raise nearest(id, [student.id for student in students.students], "student")


def _nobody(classroom: Classroom) -> str:
    return tr("there is nobody in {file}: write a line for each student", file=classroom.roster)


def _all(classroom: Classroom, store: Store) -> None:
    import csv

    from grader.classroom import roster, sheets

    students = roster.read(classroom.roster, classroom.secret).students
    have = store.holders()
    new = [student for student in students if student.id not in have]
    if not new:
        click.echo(
            tr("everybody in {file} has a token", file=classroom.roster.name)
            if students
            else _nobody(classroom),
            err=True,
        )
        return
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(["student", "name", "email", "token"])
    for student in new:
        told = map(sheets.safe, (student.id, student.name, student.email))
        rows.writerow([*told, _new(store, student)])
    click.echo(tr("{n} new tokens; they are not shown again", n=len(new)), err=True)


def _new(store: Store, student: Student) -> str:
    from grader.classroom import tokens

    made = tokens.made()
    store.add_token(student.id, tokens.digest(made))
    return made


def _password(store: Store, name: str, *, revoke: bool) -> None:
    if revoke:
        if not store.instructor(name):
            raise ZthError(tr("there is no instructor {name}", name=name))
        store.set_instructor(name, "")
        click.echo(tr("{name} cannot sign in any more", name=name))
        return
    from argon2 import PasswordHasher

    password = _typed()
    if len(password) < SHORTEST:
        raise ZthError(tr("a password needs {n} characters or more", n=SHORTEST))
    store.set_instructor(name, PasswordHasher().hash(password))
    click.echo(tr("{name} can sign in now", name=name))


def _typed() -> str:
    """A password: typed twice, or a line of what is piped in."""
    if sys.stdin.isatty():
        said: str = click.prompt(tr("password"), hide_input=True, confirmation_prompt=True)
        return said
    return sys.stdin.readline().rstrip("\r\n")
