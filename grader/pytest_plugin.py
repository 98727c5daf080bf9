"""`pytest --zth lesson3`: each check is a test, for those who live in their editor's test panel.

pytest loads this module in every run, so what is heavy waits until there are checks to collect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from grader.desk import Desk, Place

DESK: pytest.StashKey[Desk] = pytest.StashKey()
ALL = "all"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("zth", "the checks of zth as tests")
    group.addoption(
        "--zth",
        action="append",
        default=[],
        metavar="LESSON",
        help=f"test the checks of LESSON, or of {ALL} lessons; repeatable",
    )
    group.addoption(
        "--zth-impl", metavar="TREE", help="whose code: student, a plugin's tree, or a folder"
    )
    group.addoption("--zth-seed", type=int, metavar="N", help="draws other cases")
    group.addoption("--zth-sandbox", metavar="TIER", help="how to confine what is tested")
    parser.addini("zth", "lessons whose checks are tests", type="args")
    parser.addini("zth_impl", "whose code to test", default="student")
    parser.addini("zth_seed", "the seed of the cases", default="0")
    parser.addini("zth_sandbox", "how to confine what is tested", default="auto")


def pytest_configure(config: pytest.Config) -> None:
    asked = config.getoption("zth")
    names = asked or config.getini("zth")
    if not names:
        return
    from grader.desk import Desk
    from zth.records import ZthError

    told = {
        name: config.getoption(f"zth_{name}") or config.getini(f"zth_{name}")
        for name in ("impl", "seed", "sandbox")
    }
    try:
        desk = Desk.opened([] if ALL in names else names, **told)
        if asked and config.args_source is not pytest.Config.ArgsSource.ARGS:
            config.args = desk.files()
    except ZthError as error:
        raise pytest.UsageError(str(error)) from None
    config.stash[DESK] = desk


@pytest.hookimpl(tryfirst=True)
def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A lesson's folder is no package to pytest, which would import it."""
    desk = parent.config.stash.get(DESK, None)
    return pytest.Dir.from_parent(parent, path=path) if desk and desk.holds(path) else None


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> Any:
    """A file with components is not imported: its checks take its place."""
    found = yield
    desk = parent.config.stash.get(DESK, None)
    places = desk.places(file_path) if desk else []
    if not places:
        return found
    return [ComponentFile.from_parent(parent, path=file_path, places=places)]


def pytest_sessionfinish(session: pytest.Session) -> None:
    if desk := session.config.stash.get(DESK, None):
        desk.close(record=not hasattr(session.config, "workerinput"))


class ComponentFile(pytest.File):
    """A learner's file, with the checks of its components."""

    def __init__(self, *, places: list[Place], **options: Any) -> None:
        super().__init__(**options)
        self.places = places

    def collect(self) -> list[pytest.Item]:
        return [
            CheckItem.from_parent(self, name=check.id, place=place, check=check)
            for place in self.places
            for check in place.checks
        ]


class CheckItem(pytest.Item):
    """One check. It is graded in `setup`, so that what is the grader's fault counts as an error."""

    def __init__(self, *, place: Place, check: Any, **options: Any) -> None:
        super().__init__(**options)
        self.place, self.check = place, check
        self.failure = ""
        self.extra_keyword_matches |= {place.lesson.id, place.component.id}

    def setup(self) -> None:
        said = self.config.stash[DESK].said(self.place.lesson, self.check, self._needed())
        if said.fault:
            pytest.fail(said.text, pytrace=False)
        if said.skipped:
            pytest.skip(said.text)
        self.failure = said.text

    def runtest(self) -> None:
        if self.failure and self.check.advisory:
            pytest.xfail(self.failure.splitlines()[0])
        if self.failure:
            pytest.fail(self.failure, pytrace=False)  # a traceback would show our code

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """The component's place in the learner's file, where an editor goes on a click."""
        return self.path, self.place.line, f"{self.place.lesson.id} {self.check.id}"

    def _needed(self) -> list[str]:
        """The packages that the selected checks need, all imported before the first is graded."""
        items = [item for item in self.session.items if isinstance(item, CheckItem)]
        return [*dict.fromkeys(p for item in items for p in item.place.lesson.packages)]
