"""A typed facade over the plugin manager. One broken plugin is a warning, never the end."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, TypeVar

import pluggy

from zth import hookspecs
from zth.language import listed, tr
from zth.records import Dataset, Lesson, Recipe, Route, Tier, Tree, ZthError

if TYPE_CHECKING:
    import click

T = TypeVar("T")

LISTED = 20  # names at most, where none is like the one that was given


@dataclass(frozen=True)
class Problem:
    """A plugin that could not be used, or a part of what it offers, and why."""

    plugin: str
    message: str


class Plugins:
    """What all loaded plugins offer, each thing once and by its id."""

    def __init__(self) -> None:
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)
        self.problems: list[Problem] = []
        self.origins: dict[str, str] = {}
        self._offered: dict[str, list[str]] = {}

    @classmethod
    def load(cls, found: Iterable[EntryPoint] | None = None) -> Plugins:
        """Loads the installed entry points one by one (or those given)."""
        plugins = cls()
        entries = entry_points(group=hookspecs.PROJECT) if found is None else found
        for entry in sorted(set(entries), key=lambda e: (e.name != "grader", e.name)):
            plugins._load(entry)
        return plugins

    def _load(self, entry: EntryPoint) -> None:
        try:
            self.register(entry.load(), entry.name)
            self.origins[entry.name] = (
                f"{entry.dist.name} {entry.dist.version}" if entry.dist else ""
            )
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a plugin may do anything on import, even exit
            self._complain(entry.name, f"cannot be loaded: {_one_line(error)}")

    def register(self, module: object, name: str) -> None:
        """Adds a plugin. Raises what pluggy raises for a hook with wrong arguments."""
        unknown = [
            n
            for n in dir(module)
            if n.startswith("zth_")
            and getattr(getattr(module, n), f"{hookspecs.PROJECT}_impl", None)
            and not hasattr(hookspecs, n)
        ]
        if unknown:
            near = difflib.get_close_matches(unknown[0], dir(hookspecs), 1)
            hint = tr("; did you mean {near}?", near=near[0]) if near else ""
            raise ZthError(tr("there is no hook named {name}{hint}", name=unknown[0], hint=hint))
        self._manager.register(module, name)

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self._manager.list_name_plugin()]

    def lessons(self) -> dict[str, Lesson]:
        return self._collect("zth_lessons", Lesson, lambda x: x.id, "lesson")

    def routes(self) -> dict[str, Route]:
        return self._collect("zth_routes", Route, lambda x: x.name, "path")

    def trees(self) -> dict[str, Tree]:
        return self._collect("zth_trees", Tree, lambda x: x.name, "tree")

    def recipes(self) -> dict[str, Recipe]:
        return self._collect("zth_recipes", Recipe, lambda x: x.name, "recipe")

    def datasets(self) -> dict[str, Dataset]:
        return self._collect("zth_datasets", Dataset, lambda x: x.name, "dataset")

    def sandboxes(self) -> dict[str, Tier]:
        return self._collect("zth_sandboxes", Tier, lambda x: x.name, "sandbox")

    def commands(self) -> dict[str, click.Command]:
        import click

        return self._collect("zth_commands", click.Command, lambda x: x.name or "", "command")

    def offers(self) -> dict[str, list[str]]:
        """What each plugin offers, as lines for `zth plugins`; asks every hook."""
        self.lessons(), self.trees(), self.recipes(), self.datasets()
        self.routes(), self.sandboxes(), self.commands()
        return {name: self._offered.get(name, []) for name in self.names}

    def _collect(
        self, hook: str, kind: type[T], key: Callable[[T], str], noun: str
    ) -> dict[str, T]:
        found: dict[str, T] = {}
        owner: dict[str, str] = {}
        for name in self.names:
            for item in self._answers(name, hook, kind):
                id = key(item)
                if id in found:
                    raise ZthError(
                        tr(
                            "two plugins claim the {noun} {id!r}: {first} and {second}; "
                            "uninstall one of them",
                            noun=noun,
                            id=id,
                            first=owner[id],
                            second=name,
                        )
                    )
                found[id], owner[id] = item, name
        for id, name in owner.items():
            lines = self._offered.setdefault(name, [])
            if f"{noun} {id}" not in lines:
                lines.append(f"{noun} {id}")
        return found

    def _answers(self, name: str, hook: str, kind: type[T]) -> list[T]:
        """One plugin's answer to a hook; what is ill-typed is left out, with a warning."""
        implementation = getattr(self._manager.get_plugin(name), hook, None)
        if implementation is None:
            return []
        try:
            items: list[Any] = list(implementation())
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            self._complain(name, f"{hook} failed: {_one_line(error)}")
            return []
        for item in items:
            if not isinstance(item, kind):
                self._complain(
                    name, f"{hook} offered {type(item).__name__} where {kind.__name__} was due"
                )
        return [item for item in items if isinstance(item, kind)]

    def _complain(self, plugin: str, message: str) -> None:
        problem = Problem(plugin, message)
        if problem not in self.problems:
            self.problems.append(problem)


def nearest(name: str, known: Iterable[str], noun: str) -> ZthError:
    """The error for a name that does not exist, with the nearest that does, or a few."""
    known = sorted(known)
    near = difflib.get_close_matches(name, known, 1)
    if near:
        hint = tr("did you mean {near}?", near=near[0])
    elif len(known) > LISTED:
        some = listed(known[:LISTED])
        hint = tr("there are {n}: {some}, …", n=len(known), some=some)
    else:
        hint = tr("there are: {known}", known=listed(known) or tr("none"))
    return ZthError(
        tr("there is no {noun} named {name!r}; {hint}", noun=tr(noun), name=name, hint=hint)
    )


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"[:300]
