"""Installs packages for the tests of plugins."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest


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
