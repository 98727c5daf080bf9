"""From a name or a path to a component's file, without importing it."""

from __future__ import annotations

from pathlib import Path

import pytest

from zth import trees
from zth.records import Component, Tree, ZthError

PART = Component("part", "A part", "lesson9_x/file.py", "Thing")


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    folder = tmp_path / "lesson9_x"
    folder.mkdir()
    (folder / "file.py").write_text("class Thing: ...\n", "utf-8")
    return Tree("tree", tmp_path)


def test_the_workspace_is_the_nearest_folder_upwards(tmp_path: Path) -> None:
    (tmp_path / trees.MARKER).touch()
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    assert trees.workspace(deep) == tmp_path.resolve()


def test_a_clone_needs_no_workspace(tmp_path: Path) -> None:
    assert trees.in_clone()
    assert trees.workspace(tmp_path) == trees.shipped(trees.STUBS)


@pytest.mark.parametrize("tail", ["", "lesson9_x", "lesson9_x/file.py"])
def test_a_path_into_a_tree_names_the_tree(tail: str, tree: Tree) -> None:
    assert trees.resolve(str(tree.root / tail), {}).root == tree.root.resolve()


def test_a_name_comes_before_a_path(tree: Tree) -> None:
    assert trees.resolve("tree", {"tree": tree}) is tree


def test_what_is_not_there_is_said() -> None:
    with pytest.raises(ZthError, match="reference"):
        trees.resolve("no/such/place", {"reference": Tree("reference", Path())})
    with pytest.raises(ZthError, match="zth init"):
        trees.resolve("student", {})


def test_a_tree_may_lay_its_parts_out_in_its_own_way(tmp_path: Path) -> None:
    tree = Tree("own", tmp_path, {"part": "deep/mine.py:Own"})
    found = trees.part(tree, PART)
    assert (found.file, found.name) == ("deep/mine.py", "Own")


def test_a_part_may_be_a_file_or_an_object_in_it(tree: Tree) -> None:
    file = str(tree.root / "lesson9_x" / "file.py")
    assert trees.chosen(file, PART, {}).name == "Thing"
    assert trees.chosen(f"{file}:Other", PART, {}).name == "Other"
    assert trees.chosen(file, PART, {}).file == "lesson9_x/file.py"


def test_what_is_missing_is_named_from_the_outside_in(tree: Tree) -> None:
    part = trees.part(tree, PART)
    assert trees.missing(part) == ""
    (tree.root / part.file).unlink()
    assert "no file lesson9_x/file.py" in trees.missing(part)
    (tree.root / "lesson9_x").rmdir()
    assert "no folder lesson9_x" in trees.missing(part)
    assert "no folder" in trees.missing(trees.part(Tree("t", tree.root / "gone"), PART))


@pytest.mark.parametrize("name", ["fiel.py", "files.py", "file (1).py", "file.py.txt"])
def test_a_misspelt_file_is_found(name: str, tree: Tree) -> None:
    part = trees.part(tree, PART)
    file = tree.root / part.file
    (file.parent / "elsewhere.py").touch()
    (file.parent / "fil.py").mkdir()
    file.rename(file.with_name(name))
    assert trees.missing(part).endswith(f"; {name} is there: rename it to {file.name}")
    file.with_name(name).unlink()
    assert "rename" not in trees.missing(part)


def test_a_misspelt_folder_is_found(tree: Tree) -> None:
    (tree.root / "lesson9_x").rename(tree.root / "lesson9x")
    part = trees.part(tree, PART)
    assert trees.missing(part).endswith("; lesson9x is there: rename it to lesson9_x")


def test_what_the_course_has_is_no_misspelling(tmp_path: Path) -> None:
    stub = "lesson1_autograd/value.py"
    (tmp_path / "lesson1_autograd").mkdir()
    (tmp_path / "lesson1_autograd" / "values.py").touch()
    assert trees.alike(tmp_path, stub) == "lesson1_autograd/values.py"
    assert trees.alike(tmp_path, "lesson1_autograd/mlp.py") == ""
    assert trees.alike(trees.shipped(trees.STUBS), "lesson1_autograd/val.py") == ""


@pytest.mark.parametrize(
    ("source", "there"),
    [
        ("class Thing: ...", True),
        ("def Thing(): ...", True),
        ("Thing = object", True),
        ("from elsewhere import Thing", True),
        ("import elsewhere as Thing", True),
        ("class Other:\n    class Thing: ...", False),
        ("def broken(:", False),
        ("raise SystemExit", False),
        ("\0", False),
    ],
)
def test_whether_a_file_defines_a_name_is_read_off_its_source(
    source: str, there: bool, tree: Tree
) -> None:
    part = trees.part(tree, PART)
    (tree.root / part.file).write_text(source, "utf-8")
    assert trees.defines(part) is there


def test_the_digest_depends_on_names_and_contents_alone(tree: Tree) -> None:
    before = trees.digest(tree.root, ["lesson9_x"])
    file = tree.root / "lesson9_x" / "file.py"
    file.touch()
    assert trees.digest(tree.root, ["lesson9_x", "lesson9_x"]) == before
    file.write_text("class Thing: pass\n", "utf-8")
    changed = trees.digest(tree.root, ["lesson9_x"])
    assert changed != before
    file.rename(file.with_name("other.py"))
    assert trees.digest(tree.root, ["lesson9_x"]) not in (before, changed)
