"""What comes before a grading: hypothesis's tables out of the way, the files for a nursery."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zth.records import Lesson, Tree


def settle_hypothesis() -> None:
    """Has hypothesis keep its tables in the user's cache, not beside the learner's files.

    To be called before hypothesis is imported.
    """
    import platformdirs

    tables = Path(platformdirs.user_cache_dir("zth"), "hypothesis")
    os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(tables))


def shown(lesson: Lesson, tree: Tree) -> tuple[Path, ...]:
    """What the lesson's sessions will show to a worker: the driver's file, the tree's parts."""
    from importlib.util import find_spec

    from zth import trees
    from zth.host.view import visible

    driver = find_spec(lesson.driver)
    parts = [trees.part(tree, component) for component in lesson.components]
    return visible(Path(str(driver.origin if driver else "")), parts)


def versions(packages: Iterable[str]) -> dict[str, str]:
    """What graded: the releases of zth, of Python, and of what a lesson needs."""
    import platform
    from importlib.metadata import PackageNotFoundError, packages_distributions, version

    import zth

    found = {"zth": zth.__version__, "python": platform.python_version()}
    for name in dict.fromkeys(["numpy", "hypothesis", *(p.partition(".")[0] for p in packages)]):
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # imported under another name: sklearn of scikit-learn
            owners = packages_distributions().get(name)
            found[name] = version(owners[0]) if owners else "unknown"
    return found
