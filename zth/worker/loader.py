"""Loads parts of trees in the worker: each lesson's folder as a private package."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import zlib
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

# The code of zth and what grades are kept from learners' imports; the driver's own imports of
# `zth.worker` happen before the trees load.
HIDDEN = frozenset({"zth", "grader", "exercises", "solutions"})


class Missing(Exception):
    """The file is there, the object is not."""


class Hidden:
    """A meta-path finder that refuses modules, as if they were not installed."""

    def __init__(self, names: frozenset[str]) -> None:
        self.names = names
        self.tried: list[str] = []

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        top = name.partition(".")[0]
        if top not in self.names:
            return None
        self.tried.append(top)
        raise ModuleNotFoundError(f"{top} is not available to a tree here", name=name)


class Loader:
    """Gives the object of a component, importing its file when it is first asked for."""

    def __init__(self, parts: Sequence[tuple[str, str, str, str]]) -> None:
        self.places = {id: (Path(root), file, name) for id, root, file, name in parts}
        self.roots = tuple({str(root) for root, _, _ in self.places.values()})
        self.importing = False

    def __call__(self, component: str) -> Any:
        """The object. Raises Missing, FileNotFoundError, or what the learner's module raises."""
        if component not in self.places:
            raise Missing(f"no part fills the slot {component}")
        root, file, name = self.places[component]
        self.importing = True
        module = self._module(root, Path(file))
        self.importing = False
        try:
            return getattr(module, name)
        except AttributeError:
            raise Missing(f"{file} has no {name}") from None

    def _module(self, root: Path, file: Path) -> ModuleType:
        path = root / file
        if not path.is_file():
            raise FileNotFoundError(f"there is no file {file}")
        package = self._package(path.parent)
        return importlib.import_module(f"{package}.{path.stem}")

    def _package(self, folder: Path) -> str:
        """Makes the folder a package of a private name, so that siblings import relatively."""
        name = f"_tree_{zlib.crc32(os.fsencode(folder)):08x}_{folder.name}".replace(".", "_")
        if name not in sys.modules:
            package = ModuleType(name)
            package.__path__ = [str(folder)]
            init = folder / "__init__.py"
            if init.is_file():
                spec = importlib.util.spec_from_file_location(
                    name, init, submodule_search_locations=[str(folder)]
                )
                if spec is None or spec.loader is None:
                    raise ImportError(f"cannot load {init}")
                package = importlib.util.module_from_spec(spec)
                sys.modules[name] = package
                spec.loader.exec_module(package)
            sys.modules[name] = package
        return name


def hide(names: frozenset[str]) -> Hidden:
    """Makes modules invisible to what is imported from now on, loaded or not."""
    finder = Hidden(names)
    sys.meta_path.insert(0, finder)
    for module in [m for m in sys.modules if m.partition(".")[0] in names]:
        del sys.modules[module]
    return finder


def guard(names: Sequence[str], breaches: list[str]) -> None:
    """Wraps functions and classes, given by dotted names, so that a use of them is noted."""
    for dotted in names:
        owner_name, _, attribute = dotted.rpartition(".")
        try:
            owner = importlib.import_module(owner_name)
            original = getattr(owner, attribute)
        except (ImportError, AttributeError, ValueError):
            continue
        setattr(owner, attribute, _noting(original, dotted, breaches))


def _noting(original: Any, dotted: str, breaches: list[str]) -> Any:
    def note() -> None:
        breaches.append(dotted)

    if isinstance(original, type):

        def init(self: Any, *args: Any, **kwargs: Any) -> None:
            note()
            super(noted, self).__init__(*args, **kwargs)  # type: ignore[arg-type]

        noted = type(original)(original.__name__, (original,), {"__init__": init})
        return noted

    def noting(*args: Any, **kwargs: Any) -> Any:
        note()
        return original(*args, **kwargs)

    noting.__name__, noting.__doc__ = original.__name__, original.__doc__
    return noting
