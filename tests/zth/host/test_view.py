"""What a worker may see: entries of packages, folders with holes, a part's own folder."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from zth.host import view
from zth.host.stage import Stage
from zth.records import Part, ZthError


def names(*packages: str) -> set[str]:
    return {path.name for path in view.entries(packages)}


def test_a_package_comes_with_what_it_depends_on_and_nothing_else() -> None:
    found = names("torch")
    assert {"torch", "functorch", "sympy", "mpmath", "networkx", "typing_extensions.py"} <= found
    assert not found & {"zth", "grader", "hypothesis", "pytest", "pip", "_pytest", "regex"}


def test_a_package_is_never_a_way_to_the_grader(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a lesson's package depended on zth, as a third party's may."""
    real = view._required
    monkeypatch.setattr(view, "_required", lambda name: [*real(name), "zth"])
    view.entries.cache_clear()
    found = names("msgspec")
    view.entries.cache_clear()
    assert not found & {"zth", "grader", "hypothesis", "torch"}


def test_a_module_imported_under_another_name_than_its_package() -> None:
    assert "PyYAML".lower() in str(view.entries(("yaml",))).lower()


def test_a_plain_file_on_the_path_is_an_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lonely_module.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert view.entries(("lonely_module",)) == (tmp_path / "lonely_module.py",)


def test_the_library_is_granted_without_the_packages_beneath_it() -> None:
    granted = [path for path, right in view.grants(view.of_interpreter()) if right == "read"]
    for module in ("decimal", "pytest", "hypothesis", "torch", "grader"):
        spec = importlib.util.find_spec(module)
        assert spec is not None
        place = Path(str(spec.origin)).resolve()
        inside = any(place.is_relative_to(Path(path).resolve()) for path in granted)
        assert inside == (module == "decimal"), module


def test_holes_leave_the_rest_of_a_folder(tmp_path: Path) -> None:
    for name in ("a/one", "a/b/two", "a/b/hole/three", "c/four"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    found = set(view.expanded(tmp_path, [tmp_path / "a" / "b" / "hole"]))
    assert found == {tmp_path / "a" / "one", tmp_path / "a" / "b" / "two", tmp_path / "c"}
    assert list(view.expanded(tmp_path, [])) == [tmp_path]


def test_a_part_in_a_home_shows_its_python_files_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "attention.py").write_text("")
    (tmp_path / ".ssh").mkdir()
    part = Part("attention", tmp_path.parent, f"{tmp_path.name}/attention.py", "Attention")
    assert view.of_part(part) == [tmp_path / "attention.py"]


def test_a_part_that_is_not_there_shows_nothing(tmp_path: Path) -> None:
    assert view.of_part(Part("f", tmp_path, "lesson0_x/file.py", "f")) == []


def test_a_copy_leaves_out_links_and_goes(tmp_path: Path) -> None:
    folder = tmp_path / "tree" / "lesson0_x"
    (folder / "more").mkdir(parents=True)
    (folder / "file.py").write_text("x = 1")
    (folder / "more" / "data.txt").write_text("data")
    (folder / "link.py").symlink_to("/etc/passwd")
    driver = tmp_path / "driver.py"
    driver.write_text("")
    part = Part("f", tmp_path / "tree", "lesson0_x/file.py", "f")
    stage = Stage()
    copies, there, [moved] = stage.place(driver, [part])
    files = sorted(p.relative_to(copies).as_posix() for p in copies.glob("**/*") if p.is_file())
    assert files == ["driver/driver.py", "tree0/lesson0_x/file.py", "tree0/lesson0_x/more/data.txt"]
    assert there == copies / "driver" / "driver.py"
    assert (moved.root / moved.file).read_text() == "x = 1"
    stage.close()
    assert not copies.exists()


def test_a_tree_that_is_too_large_to_copy_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zth.host.stage.BYTES", 10)
    (tmp_path / "lesson0_x").mkdir()
    (tmp_path / "lesson0_x" / "file.py").write_text("x = 123456789")
    stage = Stage()
    with pytest.raises(ZthError, match="too much to be copied"):
        stage.place(Path(sys.executable), [Part("f", tmp_path, "lesson0_x/file.py", "f")])
    stage.close()
