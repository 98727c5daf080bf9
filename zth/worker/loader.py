"""Loads parts of trees in the worker: each lesson's folder as a private package."""

from __future__ import annotations

import contextlib
import functools
import importlib
import importlib.util
import os
import re
import sys
import zlib
from collections.abc import Mapping, Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

# The code of zth and what grades are kept from learners' imports; the driver's own imports of
# `zth.worker` happen before the trees load.
HIDDEN = frozenset({"zth", "grader", "exercises", "solutions"})
_PRIVATE = re.compile(r"_tree_[0-9a-f]{8}_")


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


class Source(SourceFileLoader):
    """Compiles a file as it lies there; bytecode beside it could be of another source."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        code: CodeType = self.source_to_code(self.get_data(path), path)
        return code


class Sources:
    """A meta-path finder of the modules of trees, which are Python files, and folders of such.

    A file comes before a folder of its name, so that what is graded is what was looked at.
    """

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, _: ModuleType | None = None
    ) -> ModuleSpec | None:
        if path is None or not _PRIVATE.match(name):
            return None
        last = name.rpartition(".")[2]
        for folder in map(Path, path):
            names = [entry.name for entry in folder.iterdir()]  # by the letter, on any system
            if f"{last}.py" in names and (file := folder / f"{last}.py").is_file():
                return _spec(name, file)
            if last in names and (inner := folder / last).is_dir():
                return _spec_of_folder(name, inner)
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def _spec(name: str, file: Path, locations: list[str] | None = None) -> ModuleSpec | None:
    return importlib.util.spec_from_file_location(
        name, file, loader=Source(name, str(file)), submodule_search_locations=locations
    )


def _spec_of_folder(name: str, folder: Path) -> ModuleSpec | None:
    init = folder / "__init__.py"
    if init.is_file():
        return _spec(name, init, [str(folder)])
    spec = ModuleSpec(name, None, is_package=True)
    spec.submodule_search_locations = [str(folder)]
    return spec


class Loader:
    """Gives the object of a component, importing its file when it is first asked for."""

    def __init__(self, parts: Sequence[tuple[str, str, str, str]]) -> None:
        self.places = {id: (Path(root), file, name) for id, root, file, name in parts}
        self.roots = tuple({str(root) for root, _, _ in self.places.values()})
        self.folders = tuple({(root / file).parent for root, file, _ in self.places.values()})
        self.importing = False
        self._modules: dict[tuple[Path, str], ModuleType] = {}
        sys.meta_path.insert(0, Sources())

    def __call__(self, component: str) -> Any:
        """The object. Raises Missing, FileNotFoundError, or what the learner's module raises."""
        if component not in self.places:
            raise Missing(f"no part fills the slot {component}")
        root, file, name = self.places[component]
        module = self._modules.get((root, file))
        if module is None:
            self.importing = True
            module = self._modules[root, file] = self._module(root, Path(file))
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
                spec = _spec(name, init, [str(folder)])
                if spec is None or spec.loader is None:
                    raise ImportError(f"cannot load {init}")
                package = importlib.util.module_from_spec(spec)
                sys.modules[name] = package
                spec.loader.exec_module(package)
            sys.modules[name] = package
        return name


def public(text: str) -> str:
    """The text with modules of trees named as a learner knows them, not by our private names."""
    return _PRIVATE.sub("", text)


def hide(names: frozenset[str]) -> Hidden:
    """Makes modules invisible to what is imported from now on, loaded or not."""
    finder = Hidden(names)
    sys.meta_path.insert(0, finder)
    for module in [m for m in sys.modules if m.partition(".")[0] in names]:
        del sys.modules[module]
    return finder


def guard(names: Sequence[str], breaches: list[str]) -> None:
    """Wraps functions and classes, given by dotted names, so that a use of them is noted.

    Of a module ("torch.optim") all that it offers is wrapped; of a class, a method. A function of
    torch's is noted by whatever way it is reached, and so are its kernels that are given.
    """
    of_torch: dict[str, str] = {}
    for dotted in names:
        owner_name, _, attribute = dotted.rpartition(".")
        with contextlib.suppress(ImportError, AttributeError, ValueError, TypeError):
            owner = _find(owner_name)
            original = getattr(owner, attribute)
            if isinstance(original, ModuleType):
                _guard_all(original, dotted, breaches)
            elif not dotted.startswith("torch.ops."):  # what imports late asks more of an operator
                setattr(owner, attribute, _noting(original, dotted, breaches))
            if dotted.startswith("torch.") and not isinstance(original, type | ModuleType):
                of_torch.setdefault(attribute, dotted)
    if of_torch:
        _watch(of_torch, breaches)


def _watch(functions: Mapping[str, str], breaches: list[str]) -> None:
    """Notes torch's functions by the name that torch itself has for what is called.

    So an operator (`torch.ops`), an alias, and what is inside a wrapper are noted, too.
    """
    from torch.overrides import TorchFunctionMode

    class Noting(TorchFunctionMode):
        def __torch_function__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            name = getattr(func, "__name__", "").partition(".")[0]
            if name in functions:
                breaches.append(functions[name])
            return func(*args, **(kwargs or {}))

    Noting().__enter__()  # type: ignore[no-untyped-call]


def _find(dotted: str) -> Any:
    """A module by its name, or a class in one."""
    try:
        return importlib.import_module(dotted)
    except ModuleNotFoundError:
        module, _, name = dotted.rpartition(".")
        return getattr(importlib.import_module(module), name)


def _guard_all(module: ModuleType, dotted: str, breaches: list[str]) -> None:
    for name, value in list(vars(module).items()):
        own = str(getattr(value, "__module__", "")).startswith(module.__name__)
        if callable(value) and own and not name.startswith("_"):
            setattr(module, name, _noting(value, dotted, breaches))


def _noting(original: Any, dotted: str, breaches: list[str]) -> Any:
    def note() -> None:
        breaches.append(dotted)

    if isinstance(original, type):

        def init(self: Any, *args: Any, **kwargs: Any) -> None:
            note()
            super(noted, self).__init__(*args, **kwargs)  # type: ignore[arg-type]

        noted = type(original)(original.__name__, (original,), {"__init__": init})
        return noted

    @functools.wraps(original)
    def noting(*args: Any, **kwargs: Any) -> Any:
        note()
        return original(*args, **kwargs)

    return noting
