"""What these tests share: packages installed, and screens looked at."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.snapshots import same
from zth import language
from zth.cli.main import main

SCREENS = Path(__file__).with_name("screens")
MASKS = {
    r"\d{8}-\d{6}-\d{6}": "MOMENT",
    r"\(zth [\d.]+\w*\)": "(zth VERSION)",
    r"127\.0\.0\.1:\d+": "127.0.0.1:PORT",
    r"-L \d+:127": "-L PORT:127",
}


@pytest.fixture(scope="session")
def install() -> Callable[[dict[str, str], Path], Path]:
    """Builds a package of these files in a folder, and gives the folder that it is installed in.

    No index is asked for anything.
    """

    def build(files: dict[str, str], folder: Path) -> Path:
        source, site = folder / "source", folder / "site"
        for name, text in files.items():
            file = source / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
        command = [sys.executable, "-m", "pip", "install", *options, "--target", site, source]
        subprocess.run(command, check=True)
        return site

    return build


@pytest.fixture(params=language.LANGUAGES)
def spoken(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each language in turn."""
    language.use(request.param)
    yield request.param
    language.use("en")


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder whose path has the same length in every run: lines break where they broke."""
    with tempfile.TemporaryDirectory(prefix="zth-", dir="/tmp") as folder:
        yield Path(folder)


@pytest.fixture
def screen(
    spoken: str,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., str]:
    """What a command says in a workspace, 80 columns wide, with what changes from run to run put
    under one name."""
    for name, value in {"COLUMNS": "80", "LANG": "C", "ZTH_LANG": spoken}.items():
        monkeypatch.setenv(name, value)
    for name in ("LC_ALL", "LC_MESSAGES", "ZTH_DATA", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "share"))
    mine = home / "mine"
    mine.mkdir()
    monkeypatch.chdir(mine)

    def run(*args: str) -> str:
        with pytest.raises(SystemExit) as end:
            main(args)
        printed = capsys.readouterr()
        text = (printed.out + printed.err).replace(str(home), "~")
        for pattern, name in MASKS.items():
            text = re.sub(pattern, name, text)
        lines = "".join(line.rstrip() + "\n" for line in text.splitlines())
        return f"$ zth {' '.join(args)}\n{lines}[{end.value.code}]\n\n"

    return run


@pytest.fixture
def look(spoken: str) -> Callable[..., None]:
    """Compares what is shown with the snapshot of that name."""
    return lambda name, *shown: same(SCREENS / f"{name}.{spoken}.txt", "".join(shown))
