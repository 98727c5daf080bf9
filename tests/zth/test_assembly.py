"""`--with`: which tree fills which slot, and what is said when none does."""

from __future__ import annotations

from pathlib import Path

import pytest

from zth import trees
from zth.assembly import Assembly, assemble, by_id
from zth.records import Component, Part, Recipe, Tree, ZthError

ATTENTION = Component("attention", "Attention", "lesson3_attention/attention.py", "Attention")
NORM = Component("norm", "Norm", "lesson8_norm/norm.py", "Norm")
RECIPE = Recipe(
    name="tiny",
    description="",
    dataset="none",
    model=Component("gpt", "The model", "lesson5_gpt/gpt.py", "GPT"),
    config_class="GPTConfig",
    config={"block_size": 8},
    slots=(ATTENTION, NORM),
    steps=10,
    batch=2,
    learning_rate=1e-3,
    warmup=1,
)


@pytest.fixture
def known(tmp_path: Path) -> dict[str, Tree]:
    """A reference with the model and both parts, and a student who has written one."""
    return {
        "reference": plant(tmp_path / "reference", RECIPE.model, ATTENTION, NORM),
        "student": plant(tmp_path / "student", ATTENTION),
        "flash": Tree("flash", tmp_path / "flash", {"attention": "fast.py:Flash"}),
    }


def plant(root: Path, *components: Component) -> Tree:
    for component in components:
        file = root / component.file
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"class {component.name}: ...\nclass Other: ...\n")
    return Tree(root.name, root)


def assembled(known: dict[str, Tree], *wishes: str) -> Assembly:
    def resolve(spec: str, component: Component) -> Part | None:
        part = trees.chosen(spec, component, known)
        return part if trees.defines(part) else None

    return assemble(RECIPE, wishes, resolve)


def places(assembly: Assembly) -> dict[str, str]:
    return {p.component: f"{p.root.name}/{p.file}:{p.name}" for p in assembly.parts}


def test_without_wishes_the_model_keeps_its_own_parts(known: dict[str, Tree]) -> None:
    assert places(assembled(known)) == {"gpt": "reference/lesson5_gpt/gpt.py:GPT"}


def test_a_slot_takes_a_tree(known: dict[str, Tree]) -> None:
    got = assembled(known, "attention=student")
    assert places(got)["attention"] == "student/lesson3_attention/attention.py:Attention"
    assert list(got.slots) == ["attention"]


def test_the_model_is_a_slot_too(known: dict[str, Tree], tmp_path: Path) -> None:
    plant(tmp_path / "student", RECIPE.model)
    assert places(assembled(known, "gpt=student"))["gpt"].startswith("student/")


def test_any_model_may_be_called_model() -> None:
    wishes = ("model=student", "attention=model=x", "models=y")
    assert by_id(RECIPE, wishes) == ("gpt=student", *wishes[1:])


def test_all_takes_what_the_tree_has(known: dict[str, Tree]) -> None:
    got = places(assembled(known, "all=student"))
    assert got["attention"].startswith("student/")
    assert got["gpt"].startswith("reference/")
    assert "norm" not in got


@pytest.mark.parametrize(
    "wishes", [("all=student", "attention=reference"), ("attention=reference", "all=student")]
)
def test_a_slot_by_name_wins_over_all(known: dict[str, Tree], wishes: tuple[str, str]) -> None:
    assert places(assembled(known, *wishes))["attention"].startswith("reference/")


def test_a_package_may_keep_its_part_elsewhere(known: dict[str, Tree], tmp_path: Path) -> None:
    (tmp_path / "flash").mkdir()
    (tmp_path / "flash" / "fast.py").write_text("class Flash: ...\n")
    assert places(assembled(known, "attention=flash"))["attention"] == "flash/fast.py:Flash"


@pytest.mark.parametrize("name", ["", ":Other"])
def test_a_path_may_name_a_file_and_a_class(
    known: dict[str, Tree], tmp_path: Path, name: str
) -> None:
    path = tmp_path / "student" / ATTENTION.file
    place = places(assembled(known, f"attention={path}{name}"))["attention"]
    assert place == f"student/lesson3_attention/attention.py:{name[1:] or 'Attention'}"


def test_a_path_may_name_a_tree(known: dict[str, Tree], tmp_path: Path) -> None:
    got = places(assembled(known, f"attention={tmp_path / 'student'}"))
    assert got["attention"].startswith("student/")


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ("attenton=student", "did you mean attention?"),
        ("attention=studnet", "did you mean student?"),
        ("zzz=student", "it has: gpt, attention, norm, all"),
        ("attention", "is not SLOT=TREE"),
        ("attention=", "is not SLOT=TREE"),
        ("=student", "is not SLOT=TREE"),
        ("norm=student", "student has no Norm in lesson8_norm/norm.py"),
        ("attention=nowhere.py", "nowhere.py"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(known: dict[str, Tree], wish: str, said: str) -> None:
    with pytest.raises(ZthError, match=r"^[^\n]+$") as error:
        assembled(known, wish)
    assert said in str(error.value)


def test_two_wishes_for_one_slot_are_an_error(known: dict[str, Tree]) -> None:
    with pytest.raises(ZthError, match="attention is given twice"):
        assembled(known, "attention=student", "attention=reference")


def test_a_class_that_is_not_in_the_file(known: dict[str, Tree], tmp_path: Path) -> None:
    path = tmp_path / "student" / ATTENTION.file
    with pytest.raises(ZthError, match="Missing"):
        assembled(known, f"attention={path}:Missing")
