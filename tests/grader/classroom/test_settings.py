"""What class.toml may say, and what keeps the secret secret."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from grader.classroom import settings
from grader.classroom.cli.init import init
from grader.classroom.settings import CLASS, SECRET, Classroom, read
from zth.plugins import Plugins
from zth.records import ZthError

SMALL = 'title = "x"\n[[lessons]]\nname = "lesson1"\n'


@pytest.fixture
def made(tmp_path: Path) -> Path:
    folder = tmp_path / "my class 一"
    assert CliRunner().invoke(init, [str(folder), "--title", 'A "class"\n一']).exit_code == 0
    return folder


def test_a_new_class_has_every_lesson_and_every_default(made: Path) -> None:
    found = Classroom.open(made / "snapshots")  # from a folder in it that is not there, too
    assert found.settings.title == 'A "class"\n一'
    assert [rule.name for rule in found.settings.lessons] == list(Plugins.load().lessons())
    for name in ("late", "limits", "boards"):
        assert getattr(found.settings, name) == type(getattr(found.settings, name))()
    assert found.store == f"sqlite:///{made / 'class.db'}"
    assert len(found.secret) == settings.SECRET_BYTES
    assert SECRET in (made / ".gitignore").read_text("utf-8")
    assert stat.S_IMODE((made / SECRET).stat().st_mode) == 0o600


def test_nothing_is_overwritten(made: Path) -> None:
    before = {file: file.read_bytes() for file in made.iterdir()}
    (made / "roster.csv").unlink()
    result = CliRunner().invoke(init, [str(made)])
    assert "roster.csv" in result.output.splitlines()[0]
    assert {file: file.read_bytes() for file in made.iterdir()} == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a b", "is no TOML"),
        (b"\xff", "is no TOML"),
        ('title = "x"\n', "missing required field `lessons`"),
        (SMALL + "wieght = 3\n", "lessons[0]: Object contains unknown field `wieght`"),
        (SMALL + "due = 2026-10-01T10:00:00\n", "lessons[0].due: "),
        (SMALL + "weight = -1\n", "lessons[0].weight: "),
        (SMALL + "[late]\nper_day = 1.5\n", "late.per_day: "),
        ('sandbox = "process"\n' + SMALL, "sandbox: Invalid enum value 'process'"),
        (SMALL + '[[lessons]]\nname = "lesson1"\n', "lesson lesson1 is there twice"),
        (SMALL + "[boards]\nseeds = 2\n", "boards.seeds: "),
    ],
)
def test_what_is_wrong_is_named_with_its_place(
    text: str | bytes, said: str, tmp_path: Path
) -> None:
    file = tmp_path / CLASS
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ZthError) as caught:
        read(file)
    assert said in str(caught.value)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_lesson_that_nobody_brings_is_named(tmp_path: Path) -> None:
    (tmp_path / CLASS).write_text(SMALL.replace("lesson1", "lesson77"), "utf-8")
    with pytest.raises(ZthError, match="lesson77"):
        settings.check_lessons(read(tmp_path / CLASS), Plugins.load().lessons())


def test_a_secret_that_is_open_damaged_or_gone_is_refused(made: Path) -> None:
    file = made / SECRET
    file.chmod(0o644)
    with pytest.raises(ZthError, match="chmod 600"):
        _ = Classroom.open(made).secret
    file.chmod(0o600)
    file.write_text(file.read_text("ascii")[:-3], "ascii")
    with pytest.raises(ZthError, match="64 hexadecimal digits"):
        _ = Classroom.open(made).secret
    file.unlink()
    with pytest.raises(ZthError, match="is missing"):
        _ = Classroom.open(made).secret


def test_no_class_here(tmp_path: Path) -> None:
    with pytest.raises(ZthError, match="zth class init"):
        Classroom.open(tmp_path)
