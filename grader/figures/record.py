"""What is kept of a figure: its data, with all that made them, and its drawings."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import json
import os
import platform
import subprocess
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from grader import figures
from grader.figures import Figure, Told
from zth import __version__, trees
from zth.language import speaking, tr
from zth.records import ZthError

FOLDER = "docs/assets/figures"
PACKAGES = ("torch", "numpy")


def root() -> Path:
    """The clone whose pages hold the figures. Raises ZthError where zth is no clone."""
    if not trees.in_clone():
        raise ZthError(
            tr("the pages and their figures are in a clone of the repository, and this is none")
        )
    return trees.shipped(trees.STUBS).parent


def file(name: str) -> Path:
    """Where the data of a figure are kept."""
    return root() / FOLDER / f"{name}.json"


def read(name: str) -> dict[str, Any]:
    """What is kept of a figure; empty where it was never made. Raises ZthError for what is none."""
    path = file(name)
    try:
        kept: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ZthError(
            tr(
                "{path} cannot be read ({error}); make it anew: zth docs figures {name}",
                path=path,
                error=error,
                name=name,
            )
        ) from None
    return kept


def make(name: str, seed: int, told: Told) -> dict[str, Any]:
    """Measures a figure; what is to be kept of it."""
    figure = figures.load(name)
    machine = f"{platform.system()}, {platform.machine()}, {_cores()}"
    start = time.monotonic()
    data = figure.measure(seed, told)
    return {
        "figure": name,
        "command": f"zth docs figures {name} --seed {seed}",
        "seed": seed,
        "seconds": round(time.monotonic() - start, 1),
        "date": datetime.now(UTC).date().isoformat(),
        "commit": commit(figure),
        "machine": machine,
        "versions": {
            "zth": __version__,
            "python": platform.python_version(),
            **{package: version(package) for package in PACKAGES},
        },
        "sources": sources(name),
        "data": data,
    }


def _cores() -> str:
    """How many there are, and how many processes want them as it begins: what is timed needs it."""
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.0f}"


def write(name: str, kept: dict[str, Any]) -> None:
    """Puts the data and the drawings where the pages look for them."""
    path = file(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_json(kept), encoding="utf-8")
    for place, drawing in drawings(name, kept["data"]).items():
        if drawing:
            place.write_text(drawing, encoding="utf-8")
        else:
            place.unlink(missing_ok=True)


def _json(kept: dict[str, Any]) -> str:
    """A line for each key, and for each key of the data, so that changes can be read."""
    said = ",\n".join(_pairs({k: v for k, v in kept.items() if k != "data"}))
    data = ",\n  ".join(_pairs(kept["data"]))
    return f'{{{said},\n"data": {{\n  {data}\n}}}}\n'


def _pairs(values: dict[str, Any]) -> list[str]:
    return [f"{json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in values.items()]


def drawings(name: str, data: figures.Data) -> dict[Path, str]:
    """Each file of a drawing, and what belongs in it: nothing where it would say the same again."""
    figure, said = figures.load(name), {}
    for language in ("en", "zh"):
        with speaking(language):
            said[language] = figure.draw(data)
    same = said["zh"] == said["en"]
    return {
        root() / FOLDER / f"{name}.{figure.suffix}": said["en"],
        root() / FOLDER / f"{name}.zh.{figure.suffix}": "" if same else said["zh"],
    }


def commit(figure: Figure) -> str:
    """The commit that is checked out, and whether what the figure needs has changed since."""
    head = _git("rev-parse", "--short=12", "HEAD")
    changed = _git("status", "--porcelain", "--", "grader/figures", *figure.needs)
    return f"{head} and changes" if head and changed else head


def _git(*arguments: str) -> str:
    """What git says; nothing where there is no git, or no repository."""
    command = ["git", "-C", str(root()), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip()


# --- what a figure was made by ------------------------------------------------------------------


def sources(name: str) -> dict[str, str]:
    """A digest of each thing that decides a figure's data."""
    needs = {need: _digest(root() / need) for need in figures.load(name).needs}
    return {f"grader/figures/{name}.py": _own(name), **needs}


def changed(name: str, kept: dict[str, Any]) -> list[str]:
    """What decides the data, and is not what they were made by."""
    before, now = kept.get("sources", {}), sources(name)
    return [place for place in {**before, **now} if before.get(place) != now.get(place)]


def _own(name: str) -> str:
    """Of the module but for `draw`, since drawing measures nothing."""
    module = importlib.import_module(f"{figures.__name__}.{name}")
    drawing = inspect.getsource(figures.load(name).draw)
    return _sha256([inspect.getsource(module).replace(drawing, "").encode()])


def _digest(place: Path) -> str:
    return _sha256(file.read_bytes() for file in _files(place))


def _files(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
    for file in sorted(place.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            yield file


def _sha256(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()[:16]
