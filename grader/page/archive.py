"""What a page's interpreter unpacks: the grader, what it imports, what stands in for the rest.

`python -m grader.page.archive FILE.zip` writes it; `make web` does. Two packages are in C and come
as wheels for Pyodide: those of the versions in constraints.txt, by their digests in wheels.txt.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WHEELS = HERE / "wheels.txt"
OURS = ("grader", "zth")
PURE = ("platformdirs", "pluggy", "rich", "sortedcontainers")
LESSONS = ("lesson1_autograd", "lesson2_tokenizer")
NEEDLESS = (".dist-info/", "/extra/", "/tests/", ".pyi", "py.typed")  # parts of a wheel's names
EPOCH = (1980, 1, 1, 0, 0, 0)  # so that the same files make the same archive
PLATFORM = ("--platform", "pyemscripten_2026_0_wasm32", "--python-version", "3.14")
CATEGORIES = [
    *("L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No"),
    *("P", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "S", "Sm", "Sc", "Sk", "So"),
    *("Z", "Zs", "Zl", "Zp", "C", "Cc", "Cf", "Co", "Cn"),
]
IMPORTS = f"""
import importlib, json, sys
for name in {["grader.page.checking", "grader.page.running", *LESSONS]!r}:
    importlib.import_module(name if "." in name else f"grader.lessons.{{name}}.checks")
files = {{name: getattr(module, "__file__", None) for name, module in sys.modules.items()}}
print(json.dumps({{name: file for name, file in files.items() if file}}))
"""


def build(target: Path, cache: Path) -> None:
    """Writes the archive. `cache` keeps what was downloaded."""
    members = dict(contents(cache))
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(members):
            archive.writestr(
                zipfile.ZipInfo(name, EPOCH), members[name], zipfile.ZIP_DEFLATED, compresslevel=9
            )


def contents(cache: Path) -> Iterator[tuple[str, bytes]]:
    """Names and contents of all files in the archive."""
    yield from imported()
    yield from standing_in()
    for wheel in wheels(cache):
        with zipfile.ZipFile(wheel) as opened:
            for name in opened.namelist():
                if not any(part in name for part in NEEDLESS):
                    yield name, opened.read(name)


def imported() -> Iterator[tuple[str, bytes]]:
    """The modules of ours and of pure packages that judging a lesson imports; what is said."""
    told = subprocess.run(
        [sys.executable, "-c", IMPORTS], cwd=ROOT, check=True, capture_output=True, text=True
    )
    for module, file in json.loads(told.stdout).items():
        top, path = module.partition(".")[0], Path(file)
        if top in OURS + PURE:
            yield _place(module, path), path.read_bytes()
    for name in ("zth", *(lesson.partition("_")[0] for lesson in LESSONS)):
        for file in sorted((ROOT / "zth/locale").glob(f"*/{name}.json")):
            yield file.relative_to(ROOT).as_posix(), file.read_bytes()


def _place(module: str, file: Path) -> str:
    """Where the module lies in the archive."""
    place = module.replace(".", "/")
    return f"{place}/__init__.py" if file.name == "__init__.py" else f"{place}.py"


def standing_in() -> Iterator[tuple[str, bytes]]:
    """What stands in for modules that cannot be there, at the top."""
    for file in sorted((HERE / "standins").glob("[!_]*.py")):
        yield file.name, file.read_bytes()
    yield "regex_classes.json", json.dumps(classes(), separators=(",", ":")).encode()


def classes() -> dict[str, list[int]]:
    """The classes of characters as `regex` has them: first, last, first, last, … of each."""
    import regex  # type: ignore[import-untyped]

    every = "".join(map(chr, range(0x110000)))
    found = {}
    for name in [*"swd", *CATEGORIES]:
        escape = rf"\{name}" if len(name) == 1 and name.islower() else rf"\p{{{name}}}"
        spans = [match.span() for match in regex.finditer(f"(?:{escape})+", every)]
        found[name] = [bound for start, end in spans for bound in (start, end - 1)]
    return found


def wheels(cache: Path) -> list[Path]:
    """The wheels, from the cache or, by pip, from the package index."""
    wanted = dict(line.split() for line in WHEELS.read_text("ascii").splitlines())
    cache.mkdir(parents=True, exist_ok=True)
    for name, digest in wanted.items():
        if not _is(cache / name, digest):
            _download(name, cache)
        if not _is(cache / name, digest):
            raise SystemExit(f"error: {cache / name} is not what {WHEELS.name} says; remove it")
    return [cache / name for name in wanted]


def _is(file: Path, digest: str) -> bool:
    return file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() == digest


def _download(name: str, cache: Path) -> None:
    package, version = name.split("-")[:2]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *PLATFORM]
    options = ["--only-binary=:all:", "--implementation=cp", "--abi=cp314", f"--dest={cache}"]
    subprocess.run([*command, *options, f"{package}=={version}"], check=True)


if __name__ == "__main__":
    build(Path(sys.argv[1]), ROOT / ".web/wheels")
