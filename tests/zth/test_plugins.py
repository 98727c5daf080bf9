"""Entry points one by one: a broken plugin is named, and the others work."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

import pytest

from zth.hookspecs import hookimpl
from zth.plugins import Plugins, nearest
from zth.records import Tree, ZthError

Plant = Callable[[str, str], EntryPoint]


@pytest.fixture
def plant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plant:
    """Writes a plugin's module, and gives its entry point."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(name: str, source: str) -> EntryPoint:
        module = f"planted_{name}"
        header = "from zth.hookspecs import hookimpl\nfrom zth.records import Tree\n"
        (tmp_path / f"{module}.py").write_text(header + source, "utf-8")
        monkeypatch.delitem(sys.modules, module, raising=False)
        return EntryPoint(name, module, "zth")

    return write


GOOD = "@hookimpl\ndef zth_trees():\n    return [Tree('good', '.')]\n"
BROKEN = {
    "raises": ("1 / 0\n", "ZeroDivisionError"),
    "exits": ("raise SystemExit(3)\n", "SystemExit"),
    "missing": ("import no_such_module_at_all\n", "no_such_module_at_all"),
    "misspelt": ("@hookimpl\ndef zth_treees():\n    return []\n", "did you mean zth_trees?"),
    "arguments": ("@hookimpl\ndef zth_trees(what):\n    return []\n", "what"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_plugin_is_named_and_the_rest_works(kind: str, plant: Plant) -> None:
    source, words = BROKEN[kind]
    plugins = Plugins.load([plant("bad", source), plant("good", GOOD)])
    assert set(plugins.trees()) == {"good"}
    [problem] = plugins.problems
    assert problem.plugin == "bad"
    assert words in problem.message
    assert "\n" not in problem.message


ILL_TYPED = {
    "not a tree": ("    return ['a tree']\n", "str where Tree was due"),
    "not a list": ("    return 7\n", "'int' object is not iterable"),
    "raises": ("    raise ValueError('later')\n", "ValueError: later"),
    "exits": ("    raise SystemExit(1)\n", "SystemExit"),
}


@pytest.mark.parametrize("kind", ILL_TYPED)
def test_an_ill_typed_answer_is_left_out_and_named(kind: str, plant: Plant) -> None:
    body, words = ILL_TYPED[kind]
    bad = plant("bad", "@hookimpl\ndef zth_trees():\n" + body)
    plugins = Plugins.load([bad, plant("good", GOOD)])
    assert set(plugins.trees()) == {"good"}
    [problem] = plugins.problems
    assert problem.plugin == "bad"
    assert words in problem.message
    plugins.trees()
    assert len(plugins.problems) == 1  # told once


def test_two_plugins_with_one_id_are_an_error_that_names_both(plant: Plant) -> None:
    plugins = Plugins.load([plant("one", GOOD), plant("two", GOOD)])
    with pytest.raises(ZthError, match=r"claim the tree 'good': one and two"):
        plugins.trees()


def test_ctrl_c_is_no_broken_plugin() -> None:
    class Interrupting(EntryPoint):
        def load(self) -> object:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Plugins.load([Interrupting("slow", "module", "zth")])


def test_what_a_plugin_offers_is_listed() -> None:
    module = ModuleType("offering")

    @hookimpl
    def zth_trees() -> list[Tree]:
        return [Tree("mine", Path())]

    module.zth_trees = zth_trees  # type: ignore[attr-defined]
    plugins = Plugins()
    plugins.register(module, "offering")
    assert plugins.offers() == {"offering": ["tree mine"]}


def test_zths_own_features_are_plugins_too() -> None:
    plugins = Plugins.load()
    assert {"zth", "grader"} <= set(plugins.names)
    assert plugins.problems == []
    assert {"grade", "train", "sample", "data", "init", "plugins"} <= set(plugins.commands())
    assert {"lesson1", "lesson3"} <= set(plugins.lessons())


def test_the_nearest_name_is_suggested() -> None:
    assert "did you mean lesson3?" in str(nearest("leson3", ["lesson1", "lesson3"], "lesson"))
    assert "there are: a, b" in str(nearest("zzzz", ["b", "a"], "thing"))
    assert "there are 40: 10, 11, " in str(nearest("zzzz", map(str, range(10, 50)), "thing"))
    assert "33" not in str(nearest("zzzz", map(str, range(10, 50)), "thing"))
    assert "there are: none" in str(nearest("zzzz", [], "thing"))
