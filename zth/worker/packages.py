"""Finds what a worker may import beyond the standard library, entry by entry.

Folders of installed packages hold much that is none of a learner's business, so none of them is on
the path: a worker is told the entries, such as ".../site-packages/torch", and finds only those.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.machinery import EXTENSION_SUFFIXES, SOURCE_SUFFIXES, ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.metadata import Distribution, DistributionFinder

_SUFFIXES = (*EXTENSION_SUFFIXES, *SOURCE_SUFFIXES)


class Granted:
    """A meta-path finder of top-level modules, each at its place, and of their metadata."""

    def __init__(self, entries: Iterable[str]) -> None:
        self.places: dict[str, Path] = {}
        self.metadata: list[Path] = []
        for entry in map(Path, entries):
            if entry.suffix in (".dist-info", ".egg-info"):
                self.metadata.append(entry)
            elif name := _module_name(entry):
                self.places.setdefault(name, entry)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, _: ModuleType | None = None
    ) -> ModuleSpec | None:
        place = self.places.get(name)
        if place is None or path is not None:
            return None
        if not place.is_dir():
            return importlib.util.spec_from_file_location(name, place)
        for suffix in _SUFFIXES:
            if (init := place / f"__init__{suffix}").is_file():
                return importlib.util.spec_from_file_location(
                    name, init, submodule_search_locations=[str(place)]
                )
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [str(place)]
        return spec

    def find_distributions(self, context: DistributionFinder.Context) -> Iterator[Distribution]:
        from importlib.metadata import PathDistribution

        for place in self.metadata:
            found = PathDistribution(place)
            if context.name is None or _same(found.metadata["Name"], context.name):
                yield found


def _module_name(entry: Path) -> str:
    """What a module is imported as; empty where the entry is none."""
    if entry.is_dir():
        return entry.name if entry.name.isidentifier() and entry.name != "__pycache__" else ""
    for suffix in _SUFFIXES:
        if entry.name.endswith(suffix):
            return entry.name.removesuffix(suffix)
    return ""


def _same(one: str | None, other: str) -> bool:
    return (one or "").replace("_", "-").lower() == other.replace("_", "-").lower()


def install(entries: Sequence[str]) -> None:
    """From now on this process finds these entries, and the standard library as it is now.

    A confined worker may not list the library's folders, which may hold other packages; so its
    modules are looked up now, each at its place, and found before any search along the path.
    """
    library = [
        place
        for folder in map(Path, sys.path)
        if folder.is_dir()
        for place in sorted(folder.iterdir())
    ]
    finder = Granted([*map(str, library), *entries])
    sys.meta_path.insert(sys.meta_path.index(PathFinder), finder)
