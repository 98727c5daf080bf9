"""What a worker may see of this machine's files: interpreter, packages, its driver, its parts."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import site
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path

from zth.language import tr
from zth.records import Part, View, ZthError

ZTH = Path(__file__).resolve().parents[1]
WORKER = ZTH / "worker"
INTERPRETER = os.path.realpath(sys.executable)  # of a virtual environment, the one beneath it
OURS = ("msgspec", "numpy")  # what a worker needs, whatever the lesson
NEVER = frozenset({"zth", "grader", "exercises", "solutions"})

_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/local/lib64")
_SYSTEM = (
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/ssl/openssl.cnf",
    "/usr/share/zoneinfo",
    "/proc/cpuinfo",
    "/proc/filesystems",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/sys/vm/overcommit_memory",
    "/sys/devices/system/cpu",
    "/sys/devices/system/node",
)
_ALWAYS = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_DEVICES = ("nvidia*", "dri", "kfd")
# What a driver reads, and in containers the folder that its libraries are put into.
OF_DRIVERS = (
    *("/proc/driver", "/proc/devices", "/proc/sys/vm/mmap_min_addr"),
    *("/sys/bus", "/sys/devices", "/sys/module", "/usr/local/nvidia"),
)
_SITES = ("site-packages", "dist-packages")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_FIRST = re.compile(r'"?([^/,"\r\n]*).*\n?')  # of the path in each line of a RECORD


def of_interpreter() -> View:
    """The standard library, shared libraries, zth's own side of the worker; no installed package.

    `holes` are the folders of packages that lie beneath those, as they often do.
    """
    prefixes = {"base": sys.base_prefix, "platbase": sys.base_exec_prefix}
    library = [Path(sysconfig.get_path(x, vars=prefixes)) for x in ("stdlib", "platstdlib")]
    base = Path(sys.base_prefix)
    shared = [base / "lib", *map(Path, _LIBRARIES)]
    folders = [f for f in dict.fromkeys([*library, *shared]) if f.is_dir()]
    files = [
        Path(INTERPRETER),
        *sorted(ZTH.glob("*.py")),
        *(Path(x) for x in _SYSTEM if Path(x).exists()),
    ]
    return View(
        folders=tuple(_outermost(folders)),
        holes=tuple(dict.fromkeys(hole.resolve() for hole in _holes(library, folders))),
        files=(*files, WORKER),
        listed=(ZTH,),
    )


def _outermost(folders: Sequence[Path]) -> list[Path]:
    """Those that lie beneath no other one."""
    return [f for f in folders if not any(f != other and _beneath(f, other) for other in folders)]


def _holes(library: Sequence[Path], folders: Sequence[Path]) -> Iterator[Path]:
    """Where packages are installed, or found by this process, beneath the folders."""
    places = {Path(p) for p in (*site.getsitepackages(), site.getusersitepackages())}
    places |= {Path(p) for p in site.getsitepackages([sys.prefix, sys.base_prefix])}
    places |= {Path(p) for p in sys.path if p and Path(p).is_dir()}
    for folder in (*library, *(f for base in folders for f in base.glob("python3*"))):
        places |= {folder / name for name in _SITES}
    own = {*library, *(folder / "lib-dynload" for folder in library)}
    for place in sorted(places - own):
        if place.is_dir() and any(_beneath(place, folder) for folder in folders):
            yield place


def expanded(folder: Path, holes: Sequence[Path]) -> Iterator[Path]:
    """The folder, or those of its entries that are, together, all of it but the holes.

    Folder and holes are free of symbolic links.
    """
    if folder in holes:
        return
    if not any(_beneath(hole, folder) for hole in holes):
        yield folder
        return
    for entry in sorted(folder.iterdir()):
        yield from expanded(entry, holes)


def of_part(part: Part) -> list[Path]:
    """What a worker needs of a tree to load the part: its folder.

    Where that is no folder of a lesson but holds a home, or zth itself, only its Python files. A
    folder that is not there, or leads out of the tree by a link, gives nothing.
    """
    folder = (part.root / part.file).parent
    real, root = folder.resolve(), part.root.resolve()
    if not folder.is_dir() or not _beneath(real, root):
        return []
    if any(_beneath(place.resolve(), real) for place in (Path.home(), ZTH)):
        return [file for file in sorted(folder.glob("*.py")) if not file.is_symlink()]
    return [folder]


def of_parts(parts: Iterable[Part]) -> Iterator[tuple[Path, Path]]:
    """What a worker needs to load them all, each path with the root of its tree, once a folder."""
    folders = {(part.root, Path(part.file).parent): part for part in parts}
    for (root, _), part in folders.items():
        for path in of_part(part):
            yield root, path


def _beneath(path: Path, folder: Path) -> bool:
    return path == folder or path.is_relative_to(folder)


@lru_cache(maxsize=32)
def entries(packages: tuple[str, ...]) -> tuple[Path, ...]:
    """The files and folders of these packages, by the name they are imported by, and of all that
    they depend on, as their metadata has it.

    Raises ZthError where one is not installed.
    """
    found: dict[Path, None] = {}
    waiting: list[str] = []
    for name in packages:
        place = _place(name)
        if place is None:
            raise ZthError(tr("{name} is not installed; install it: pip install {name}", name=name))
        found[place] = None
        waiting += _owners(name.partition(".")[0], place)
    seen: set[str] = set()
    while waiting:
        name = _normal(waiting.pop())
        if name in seen or name in NEVER:
            continue
        seen.add(name)
        with contextlib.suppress(PackageNotFoundError):  # not for this platform, or not installed
            found |= dict.fromkeys(_of(name))
            waiting += _required(name)
    return tuple(path for path in found if path.name not in NEVER)


def _place(package: str) -> Path | None:
    """The package's folder, or its file."""
    spec = importlib.util.find_spec(package.partition(".")[0])
    if spec is None:
        return None
    if spec.submodule_search_locations:
        return Path(next(iter(spec.submodule_search_locations)))
    return Path(str(spec.origin))


def _owners(name: str, place: Path) -> list[str]:
    """The installed distributions that a module belongs to; none for a plain folder on the path."""
    try:
        return [name] if place in _of(name) else []
    except PackageNotFoundError:
        return packages_distributions().get(name, [])


def _required(name: str) -> Iterator[str]:
    """The names of the distributions that one needs, whatever else it is to do."""
    for requirement in distribution(name).requires or ():
        specification, _, marker = requirement.partition(";")
        needed = _NAME.match(specification)
        if needed is not None and not re.search(r"\bextra\b", marker):
            yield needed[0]


@lru_cache(maxsize=64)
def _of(name: str) -> list[Path]:
    """What a distribution has put among the packages, one path for each top-level name."""
    owner = distribution(name)
    record = owner.read_text("RECORD")
    if record is not None:
        names = set(_FIRST.findall(record))
    else:
        names = set((owner.read_text("top_level.txt") or "").split())
        names |= {f"{name}.py" for name in names}
    base = Path(str(owner.locate_file("")))
    return [
        base / name
        for name in sorted(names - {"", "..", "__pycache__"})
        if not name.endswith(".pth") and (base / name).exists()
    ]


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def of_driver(driver: Path) -> Path:
    """A driver's file; or its folder, where it is a package."""
    return driver.parent if driver.name == "__init__.py" else driver


def visible(driver: Path, parts: Iterable[Part]) -> tuple[Path, ...]:
    """What a session with this driver and these parts must see, beside interpreter and packages."""
    paths = [of_driver(driver)] if not _beneath(driver, WORKER) else []
    return tuple(dict.fromkeys([*paths, *(path for _, path in of_parts(parts))]))


def devices() -> list[Path]:
    """The devices of GPUs."""
    return [path for name in _DEVICES for path in sorted(Path("/dev").glob(name))]


def grants(view: View, *, gpu: bool = False) -> list[tuple[str, str]]:
    """The view as what Landlock is told: paths with a right, see `zth.landlock.RIGHTS`."""
    found = _base_grants(view.folders, view.holes, view.listed)
    found = [*found, *((str(path), "read") for path in (*view.files, *view.entries, *view.shown))]
    if gpu:
        found += [(str(path), "device") for path in devices()]
        found += [(path, "read") for path in OF_DRIVERS]
        found.append(("/proc/self/task", "edit"))  # CUDA names its threads
    return found


@lru_cache(maxsize=8)
def _base_grants(
    folders: tuple[Path, ...], holes: tuple[Path, ...], listed: tuple[Path, ...]
) -> list[tuple[str, str]]:
    real = dict.fromkeys(folder.resolve() for folder in folders)
    paths = dict.fromkeys(path for folder in real for path in expanded(folder, holes))
    return [
        *((str(path), "read") for path in (*paths, "/proc/self")),
        *((str(path), "list") for path in listed),
        *((path, "device") for path in _ALWAYS),
    ]
