"""What a workspace holds, and what its zth.toml says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from zth import language, trees, workspace
from zth.plugins import Plugins
from zth.records import Lesson, Route, ZthError

FOLDER = "我的 工作区 'x'"


def lesson(id: str) -> Lesson:
    return Lesson(id, id, f"{id}_x", (), "driver", "checks")


def test_it_has_each_stub_as_it_is(tmp_path: Path) -> None:
    workspace.create(tmp_path, "")
    stubs = trees.shipped(trees.STUBS)
    for file in stubs.glob("lesson*/**/*.py"):
        assert (tmp_path / file.relative_to(stubs)).read_bytes() == file.read_bytes()
    assert trees.workspace(tmp_path / "lesson1_autograd") == tmp_path.resolve()


def test_what_is_there_stays_even_a_broken_link(tmp_path: Path) -> None:
    mine = {".gitignore": "mine", "README.md": "", "lesson1_autograd/value.py": "x = 1"}
    for name, text in mine.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "pyrightconfig.json").symlink_to("nowhere")
    written = {path.as_posix() for path in workspace.create(tmp_path, "")}
    assert not written & {*mine, "pyrightconfig.json"}
    assert {"zth.toml", "lesson1_autograd/mlp.py"} <= written
    assert {name: (tmp_path / name).read_text("utf-8") for name in mine} == mine
    assert not (tmp_path / "nowhere").exists()
    assert workspace.create(tmp_path, "") == []


def test_git_sees_the_exercises_and_nothing_of_this_machine(tmp_path: Path) -> None:
    folder = tmp_path / FOLDER
    workspace.create(folder, "")
    (folder / ".zth").mkdir()
    (folder / ".zth" / "lesson1.json").touch()
    (folder / "lesson1_autograd" / "__pycache__").mkdir()
    (folder / "lesson1_autograd" / "__pycache__" / "value.pyc").touch()
    git = ["git", "-c", "core.quotepath=off"]
    subprocess.run([*git, "init", "-q"], cwd=folder, check=True)
    listed = [*git, "ls-files", "--others", "--exclude-standard"]
    found = subprocess.run(listed, cwd=folder, capture_output=True, text=True, check=True).stdout
    stubs = trees.shipped(trees.STUBS)
    due = {str(file.relative_to(stubs)) for file in stubs.glob("lesson*/**/*.py")}
    assert set(found.splitlines()) == due | {".gitignore", "README.md", "zth.toml"}


def test_editors_find_this_python(tmp_path: Path) -> None:
    workspace.create(tmp_path, "")
    code = json.loads((tmp_path / ".vscode/settings.json").read_text("utf-8"))
    assert code["python.defaultInterpreterPath"] == sys.executable
    if sys.prefix != sys.base_prefix:
        pyright = json.loads((tmp_path / "pyrightconfig.json").read_text("utf-8"))
        assert Path(pyright["venvPath"], pyright["venv"]) == Path(sys.prefix)


def test_its_path_is_read_back(tmp_path: Path) -> None:
    assert workspace.path_of(tmp_path) == ""
    workspace.create(tmp_path / "plain", "")
    assert workspace.path_of(tmp_path / "plain") == ""
    workspace.create(tmp_path / "routed", "zero-to-hero")
    assert workspace.path_of(tmp_path / "routed") == "zero-to-hero"


@pytest.mark.parametrize(
    ("text", "said"),
    [(b"path = [", "is no TOML"), (b"\xff", "is no TOML"), (b"path = 3", "quotes")],
)
def test_a_damaged_marker_is_one_line(tmp_path: Path, text: bytes, said: str) -> None:
    (tmp_path / "zth.toml").write_bytes(text)
    with pytest.raises(ZthError, match=said) as caught:
        workspace.path_of(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_path_orders_the_lessons_and_leaves_none_out() -> None:
    lessons = {id: lesson(id) for id in ("a", "b", "c", "d")}
    route = Route("r", "", ("c", "gone", "a"))
    assert [x.id for x in workspace.in_order(lessons, route)] == ["c", "a", "b", "d"]
    assert [x.id for x in workspace.in_order(lessons, None)] == ["a", "b", "c", "d"]


def test_the_paths_name_lessons_that_exist() -> None:
    plugins = Plugins.load()
    assert "zero-to-hero" in plugins.routes()
    for route in plugins.routes().values():
        assert set(route.lessons) <= set(plugins.lessons())


def test_the_marker_speaks_the_readers_language(tmp_path: Path) -> None:
    language.use("zh")
    try:
        workspace.create(tmp_path, "")
    finally:
        language.use("en")
    marker, ignored = ((tmp_path / name).read_text("utf-8") for name in ("zth.toml", ".gitignore"))
    assert marker.startswith("# zth 工作区的根")
    assert '\n# path = "zero-to-hero"    ' in marker
    assert workspace.path_of(tmp_path) == ""
    assert "\n.zth/\n" in ignored
    assert not re.search(r"[a-z]{4,} [a-z]{4,}", re.sub(r"`[^`]*`", "", marker + ignored))


def test_a_lost_file_is_brought_back_by_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.create(tmp_path, "")
    monkeypatch.chdir(tmp_path)
    lesson1 = Plugins.load().lessons()["lesson1"]
    assert workspace.lost(tmp_path, lesson1) is None
    file = tmp_path / "lesson1_autograd" / "value.py"
    file.rename(file.with_name("my valeu.py"))
    command, what = workspace.lost(tmp_path, lesson1) or ("", "")
    assert "lesson1_autograd/value.py is missing, but lesson1_autograd/my valeu.py" in what
    subprocess.run(command, shell=True, check=True)
    assert workspace.lost(tmp_path, lesson1) is None
    file.unlink()
    gone = "zth reset lesson1 --component value", "lesson1_autograd/value.py is missing"
    assert workspace.lost(tmp_path, lesson1) == gone
    shutil.rmtree(tmp_path / "lesson1_autograd")
    gone = "zth reset lesson1", "lesson1_autograd is missing"
    assert workspace.lost(tmp_path, lesson1) == gone
    assert workspace.lost(tmp_path, lesson("elsewhere")) is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_an_oserror(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OSError, match="denied"):
        workspace.create(tmp_path, "")
