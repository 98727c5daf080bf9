"""The site as its readers get it: built once, served below a sub-path, seen in a browser."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser

from tests.browser import started

ROOT = Path(__file__).resolve().parents[2]
BELOW = "course"
EDITIONS = {"en": [], "zh": ["--config-file", "mkdocs.zh.yml"]}


def pytest_itemcollected(item: pytest.Item) -> None:
    """One process builds, serves and browses, so that there is one site and one browser."""
    item.add_marker(pytest.mark.xdist_group("site"))


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both editions, with what moves in them."""
    if shutil.which("npm") is None:
        pytest.skip("Node is not installed")
    base = tmp_path_factory.getbasetemp()
    place = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "www"
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another process may need it, too: one of them builds
        if not place.exists():
            web = ["make", "web"]
            env = {**os.environ, "ZTH_PYTHON": sys.executable}  # which may be no .venv's
            made = subprocess.run(
                web, cwd=ROOT, env=env, capture_output=True, text=True, check=False
            )
            assert made.returncode == 0, made.stderr
            build(ROOT, place / BELOW)
    return place / BELOW


def build(root: Path, folder: Path) -> None:
    """Both editions strictly, side by side: each empties its folder first."""
    aside = folder.with_name("zh")
    with ThreadPoolExecutor() as both:
        for built in both.map(partial(edition, root), EDITIONS, (folder, aside)):
            assert built.returncode == 0, built.stdout
    aside.rename(folder / "zh")


def edition(root: Path, language: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", *EDITIONS[language], "-d", folder],
        cwd=root,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="session")
def site(built: Path) -> Iterator[str]:
    """Where a plain file server has it: `http://127.0.0.1:PORT/course/`."""
    handler = partial(Quiet, directory=str(built.parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/{BELOW}/"
        server.shutdown()
        thread.join()


class Quiet(SimpleHTTPRequestHandler):
    """A server of files that keeps no log."""

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A browser that reaches this machine alone."""
    with started() as opened:
        yield opened
