"""What the tests share: hypothesis profiles, the root, a corpus, the command line as a process."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from zth.plugins import Plugins
from zth.records import Dataset

ROOT = Path(__file__).resolve().parents[1]

# Before torch is imported: two processes of tests share the cores, and threads that wait for each
# other by spinning would make a step of a tiny model take a second. Workers choose for themselves.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# A shell has what it starts in the background ignore Ctrl-C, and so would all that is started here.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("dev", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, database=None, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def root() -> Path:
    """The clone's root."""
    return ROOT


@pytest.fixture
def only_corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes a text the one data set there is, under the name `made`."""

    def corpus(text: str) -> None:
        file = tmp_path / "data" / "made.txt"
        file.parent.mkdir()
        file.write_text(text)
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        made = Dataset("made", file.name, "http://127.0.0.1:9/made.txt", digest, "ours", "")
        monkeypatch.setenv("ZTH_DATA", str(file.parent))
        monkeypatch.setattr(Plugins, "datasets", lambda self: {"made": made})

    return corpus


@pytest.fixture
def zth(tmp_path: Path) -> Run:
    """Runs the command line in a process of its own, in an empty folder, and gives what it said.

    `zth("grade", "lesson1", "--impl", "reference")`; `installed` are folders of packages to be
    found beside zth, `cwd` is where to run.
    """

    def run(
        *arguments: str | Path,
        cwd: Path | None = None,
        installed: tuple[Path, ...] = (),
        timeout: float = 120,
    ) -> subprocess.CompletedProcess[str]:
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir(exist_ok=True)
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        environment |= {
            "NO_COLOR": "1",
            "COLUMNS": "100",
            "XDG_CACHE_HOME": str(tmp_path / "cache"),
        }
        if installed:
            environment["PYTHONPATH"] = os.pathsep.join(map(str, installed))
        return subprocess.run(
            [sys.executable, "-m", "zth", *map(str, arguments)],
            cwd=cwd or elsewhere,
            env=environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=timeout,
            check=False,
        )

    return run
