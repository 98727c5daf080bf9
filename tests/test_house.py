"""The house is in order: what the text promises exists, and nothing is in it that must not be."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from zth import hookspecs
from zth.plugins import Plugins

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
HOOKS = sorted(name for name in vars(hookspecs) if name.startswith("zth_"))
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
# Hosts of package registries, options that name one, and folders of one machine. Each pattern has
# a class of one character, so that this file does not match itself.
UNWANTED = re.compile(
    r"pypi[.]org|pythonhosted[.]|npmjs[.]|download[.]pytorch|index-ur[l]|/(wor[k]|far[m])/"
)


def read(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def tracked() -> list[Path]:
    found = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if found.returncode:
        pytest.skip("not a clone")
    return [ROOT / name for name in found.stdout.split("\0") if (ROOT / name).is_file()]


def test_every_make_command_in_the_text_is_a_target() -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), flags=re.MULTILINE))
    for page in PAGES:
        named = set(
            re.findall(r"(?:^\$? ?|`)make ([a-z-]+)", page.read_text("utf-8"), re.MULTILINE)
        )
        assert named <= targets, f"{page.name} names {named - targets}"


def test_every_zth_command_in_the_text_exists() -> None:
    commands = Plugins.load().commands().keys()
    for page in PAGES:
        text = page.read_text("utf-8")
        named = set(re.findall(r"(?:^\$? ?|`)zth ([a-z]+)", text, re.MULTILINE))
        assert named <= commands, f"{page.name} names {named - commands}"


@pytest.mark.parametrize("page", ["README.md", "docs/index.md", "docs/map.md"])
def test_a_page_of_all_lessons_leads_to_each(page: str) -> None:
    led = re.findall(r"\((?:docs/)?(lesson\w+\.md)\)", read(page))
    there = [Path(lesson.chapter).name for lesson in Plugins.load().lessons().values()]
    assert list(dict.fromkeys(led)) == there


def test_the_paths_take_the_videos_in_the_order_of_zth() -> None:
    route = Plugins.load().routes()["zero-to-hero"]
    numbers = ", ".join(name.removeprefix("lesson") for name in route.lessons)
    assert f"as the videos do: {numbers}." in read("docs/paths.md").replace("\n", " ")


def test_the_readme_names_the_two_commands() -> None:
    assert re.findall(r"^make ([a-z]+) ", read("README.md"), re.MULTILINE) == ["demo", "test"]


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_is_documented(hook: str) -> None:
    assert inspect.getdoc(getattr(hookspecs, hook))
    assert f"| `{hook}` |" in read("CONTRIBUTING.md")


def test_the_text_names_no_hook_that_is_not_there() -> None:
    named = {name for page in PAGES for name in re.findall(r"\bzth_[a-z]+s\b", page.read_text())}
    assert named == set(HOOKS)


def test_the_changelog_has_a_place_for_the_next_change() -> None:
    assert re.search(r"^## Unreleased$", read("CHANGELOG.md"), re.MULTILINE)


def test_decisions_are_numbered_listed_and_complete() -> None:
    pages = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
    for number, page in enumerate(pages, start=1):
        text = page.read_text("utf-8")
        assert page.name.startswith(f"{number:04d}-")
        assert text.startswith(f"# {number}. ")
        for part in ("**Context.**", "**Decision.**", "**Consequences.**"):
            assert part in text, f"{page.name} has no {part}"
        assert f"({page.name})" in read("docs/decisions/index.md")


def test_every_direct_dependency_is_pinned_within_its_bounds() -> None:
    pins = {
        Requirement(line).name: next(iter(Requirement(line).specifier)).version
        for line in read("constraints.txt").splitlines()
        if line and not line.startswith("#")
    }
    extras = [spec for group in PROJECT["optional-dependencies"].values() for spec in group]
    wanted = [Requirement(spec) for spec in [*PROJECT["dependencies"], *extras]]
    direct = {w.name: w for w in wanted if w.name != PROJECT["name"]}
    assert pins.keys() == direct.keys()
    assert not [name for name, w in direct.items() if not w.specifier.contains(pins[name])]


def test_no_tracked_file_names_a_registry_or_a_folder_of_this_machine() -> None:
    for file in tracked():
        text = file.read_bytes().decode("utf-8", "ignore")
        assert not UNWANTED.search(text), f"{file.name}: {UNWANTED.search(text)}"
        assert f"{ROOT}/" not in text, file.name


def test_tracked_files_are_small() -> None:
    assert not [file.name for file in tracked() if file.stat().st_size > 512 * 1024]


def test_imports_respect_the_floors() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run(
        [linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    "driver", sorted(ROOT.glob("grader/lessons/*/driver.py")), ids=lambda path: path.parent.name
)
def test_a_driver_imports_little_and_torch_late(driver: Path) -> None:
    """A worker loads it by its path where there is no grader, and the grader where torch is not."""
    tree = ast.parse(driver.read_text("utf-8"))
    assert not [name for name in imported(ast.walk(tree)) if name.split(".")[0] == "grader"]
    at_import = {name.split(".")[0] for name in imported(tree.body)}
    assert at_import <= sys.stdlib_module_names | {"numpy", "zth"}


def imported(nodes: object) -> list[str]:
    names: list[str] = []
    for node in nodes:  # type: ignore[attr-defined]
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names.append("." * node.level + (node.module or ""))
    return names


@pytest.mark.parametrize("tree", ["exercises", "solutions"])
def test_a_tree_imports_neither_zth_nor_grader(tree: str) -> None:
    for file in sorted((ROOT / tree).glob("**/*.py")):
        names = imported(ast.walk(ast.parse(file.read_text("utf-8"))))
        assert not {name.split(".")[0] for name in names} & {"zth", "grader"}, file.name


def test_the_wheel_carries_the_trees_and_what_grades_the_checks(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        names = set(wheel.namelist())
    expected = [
        *(f"zth/_trees/{f.relative_to(ROOT)}" for t in ("exercises", "solutions")
          for f in (ROOT / t).glob("**/*.py")),
        *(f"zth/_trees/{lesson.chapter}" for lesson in Plugins.load().lessons().values()),
        *(f"zth/_trees/{f.relative_to(ROOT)}" for f in ROOT.glob("docs/assets/*.svg")),
        *(str(f.relative_to(ROOT)) for f in ROOT.glob("grader/**/*.py")),
        *(str(f.relative_to(ROOT)) for f in ROOT.glob("grader/mutants/*.toml")),
        *(str(f.relative_to(ROOT)) for part in ("templates", "static")
          for f in ROOT.glob(f"grader/classroom/web/{part}/*")),
        "zth/_trees/docs/instructors/leaderboard.md",
        "zth/_trees/docs/zh/instructors/leaderboard.md",
        *(str(f.relative_to(ROOT)) for f in ROOT.glob("zth/**/*.py")),
        "zth/py.typed",
        "grader/py.typed",
    ]  # fmt: skip
    assert not set(expected) - names
    assert not [name for name in names if name.split("/")[0] in {"tests", "docs", "exercises"}]
