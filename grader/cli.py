"""`zth grade`."""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import click

from zth.cli.arguments import LESSON
from zth.language import listed, tr
from zth.render import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.status import Status

    from grader.kit import Check
    from zth.host import Nursery
    from zth.records import Lesson, LessonReport, Report, Tier, Tree


@click.command()
@click.argument("lessons", nargs=-1, required=True, type=LESSON, metavar="LESSON…")
@click.option(
    "--impl",
    default="student",
    show_default=True,
    metavar="TREE",
    help="What to grade: student, reference, a plugin's tree, or a folder.",
)
@click.option("--component", multiple=True, metavar="NAME", help="Only this component; repeatable.")
@click.option(
    "--check",
    "names",
    multiple=True,
    metavar="NAME",
    help="Only this check or milestone, by its id or what follows the dot; repeatable. "
    "It is not recorded.",
)
@click.option(
    "--milestone",
    default="quick",
    metavar="NAME",
    help="Milestones to run: a name, all, none; without it the quick ones.",
)
@click.option(
    "--format",
    "formats",
    type=click.Choice(FORMATS),
    multiple=True,
    help="What the report is to be. Repeatable, with an -o for each; one without it is printed.",
)
@click.option(
    "-o",
    "--output",
    "outputs",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    metavar="FILE",
    help="Where the report goes; repeatable, in the order of the formats.",
)
@click.option("--plain", is_flag=True, help="On the terminal: no colour, and ASCII for marks.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, help="Draws other cases.")
@click.option(
    "--sandbox",
    default="auto",
    metavar="TIER",
    help="bwrap, landlock, process, a plugin's; without it the strongest that works here. "
    "isolating: the strongest that may hold strangers' code, or none.",
)
def grade(
    lessons: tuple[str, ...],
    impl: str,
    component: tuple[str, ...],
    names: tuple[str, ...],
    milestone: str,
    formats: tuple[str, ...],
    outputs: tuple[Path, ...],
    plain: bool,
    seed: int,
    sandbox: str,
) -> int:
    """Grade LESSONs: is the implementation right, and if not, where does it go wrong?

    Exit status: 0 all passed, 1 something failed, 2 usage, 3 the grader's own error.
    """
    from zth import trees
    from zth.host.sandbox import choose
    from zth.plugins import Plugins, nearest
    from zth.records import ZthError

    plugins = Plugins.load()
    known = plugins.lessons()
    for name in lessons:
        if name not in known:
            raise nearest(name, known, "lesson")
    chosen = [known[name] for name in dict.fromkeys(lessons)]
    _check_components(component, chosen)
    if names and milestone != "quick":
        raise ZthError(tr("--check or --milestone, not both: --check takes milestones, too"))
    if component:
        chosen = [x for x in chosen if any(c.id in component for c in x.components)]
    tree = trees.resolve(impl, plugins.trees())
    wanted = _pairs(formats, outputs)
    strangers = sandbox == "isolating"
    tier = choose(
        "auto" if strangers else sandbox, plugins.sandboxes().values(), strangers=strangers
    )
    own = tree.root == trees.workspace()
    keep = _keeper(tree, chosen) if own and not names else _forget
    with _nursery(chosen, tree, tier) as nursery:
        report = _graded(chosen, tree, component, names, milestone, seed, nursery, keep, strangers)
        nursery.dismiss()  # it ends while the report is written
        _write(report, wanted, plain)
    if own and names and ("terminal", None) in wanted:
        click.echo(tr("single checks are not recorded; all: {command}", command=_all(report)))
    return report.exit_code


def _all(report: Report) -> str:
    return " ".join(["zth", "grade", *(lesson.lesson for lesson in report.lessons)])


def _check_components(wanted: tuple[str, ...], lessons: list[Lesson]) -> None:
    from zth.plugins import nearest

    known = [c.id for lesson in lessons for c in lesson.components]
    for name in wanted:
        if name not in known:
            raise nearest(name, known, "component")


def _nursery(lessons: list[Lesson], tree: Tree, tier: Tier) -> Nursery:
    """Started before all else is imported: it imports torch while we import hypothesis."""
    from grader import starting
    from zth.host import Nursery

    packages = dict.fromkeys(p for lesson in lessons for p in lesson.packages)
    shown = [path for lesson in lessons for path in starting.shown(lesson, tree)]
    return Nursery(list(packages), tier, shown)


def _graded(
    lessons: list[Lesson],
    tree: Tree,
    components: tuple[str, ...],
    names: tuple[str, ...],
    milestone: str,
    seed: int,
    nursery: Nursery,
    keep: Callable[[Lesson, LessonReport], None],
    strangers: bool,
) -> Report:
    """Grades the lessons.

    Strangers' code is judged as in a class: one worker after the other, by cases drawn now, not by
    what lies in a cache.
    """
    import gc
    import time

    from grader import starting

    start = time.monotonic()
    starting.settle_hypothesis()
    from grader import grading
    from grader.kept import Filed
    from grader.lanes import LANES
    from zth import trees
    from zth.records import Report

    gc.freeze()  # the collector need not walk through all imported modules again and again
    grading.check_milestone(milestone, lessons)
    selection = grading.Selection(components, _ids(names, lessons, components), milestone)
    reports = []
    with _Progress() as progress:
        for lesson in lessons:
            if not any(map(selection.wants, grading.checks_of(lesson))):
                continue
            graded = grading.grade(
                lesson,
                tree,
                nursery,
                seed=seed,
                selection=selection,
                diagnose=True,
                kept=None if strangers else Filed.of(lesson, seed),
                lanes=1 if strangers else LANES,
                progress=progress,
            )
            keep(lesson, graded)
            reports.append(graded)
    return Report(
        tree=tree.name,
        root=str(tree.root),
        digest=trees.digest(tree.root, [lesson.folder for lesson in lessons]),
        sandbox=nursery.tier.name,
        seed=seed,
        lessons=tuple(reports),
        versions=starting.versions(nursery.packages),
        seconds=round(time.monotonic() - start, 3),
    )


def _ids(
    names: tuple[str, ...], lessons: list[Lesson], components: tuple[str, ...]
) -> frozenset[str]:
    """The ids of the checks of these names. Raises ZthError for a name of none, or of several."""
    import difflib

    from grader.grading import checks_of
    from zth.plugins import nearest
    from zth.records import ZthError

    every = [check for lesson in lessons for check in checks_of(lesson)]
    ids = {c.id for c in every if not components or c.component.id in components}
    found = set()
    for name in names:
        meant = {name} & ids or {id for id in ids if id.partition(".")[2] == name}
        if not meant:
            near = difflib.get_close_matches(name, ids | {id.partition(".")[2] for id in ids}, 1)
            raise nearest(name, near or ids, "check")
        if len(meant) > 1:
            several = listed(sorted(meant))
            raise ZthError(tr("several checks are named {name}: {ids}", name=name, ids=several))
        found |= meant
    return frozenset(found)


def _forget(_lesson: Lesson, _report: LessonReport) -> None:
    """Keeps nothing of a grading that is not the learner's, or not of whole components."""


def _keeper(tree: Tree, lessons: list[Lesson]) -> Callable[[Lesson, LessonReport], None]:
    """Adds a lesson's report to the learner's progress.

    The files are looked at now: what is saved during the grading was not graded.
    """
    from zth import progress
    from zth.records import ZthError

    sources = {x.id: progress.fingerprints(tree.root, x.components) for x in lessons}

    def keep(lesson: Lesson, report: LessonReport) -> None:
        from grader.grading import outline

        try:
            progress.record(tree.root, outline(lesson), report, sources[lesson.id])
        except ZthError as error:
            warning = tr("warning: this grading is not recorded: {error}", error=error)
            click.echo(warning, err=True)

    return keep


class _Progress:
    """One changing line on a terminal, nothing elsewhere.

    It comes as soon as what draws it is imported, which is done aside, and so is what will draw the
    report: the grading need not wait.
    """

    def __init__(self) -> None:
        self._said = tr("starting")
        self._status: Status | None = None
        self._starting = Thread(target=self._start)

    def __enter__(self) -> Callable[[Check], None]:
        self._starting.start()
        return self._update

    def _start(self) -> None:
        from rich.console import Console

        from zth.render import terminal  # noqa: F401

        status = Console(stderr=True).status(self._said)
        if status.console.is_terminal:
            status.start()
            self._status = status

    def _update(self, check: Check) -> None:
        self._said = tr(check.title)
        if self._status:
            self._status.update(self._said)

    def __exit__(self, *_: object) -> None:
        self._starting.join()
        if self._status:
            self._status.stop()


def _pairs(formats: tuple[str, ...], outputs: tuple[Path, ...]) -> list[tuple[str, Path | None]]:
    """Each format with its file; the last may have none: it is printed. Raises ZthError."""
    from zth.records import ZthError

    formats = formats or ("terminal",)
    if not len(formats) - 1 <= len(outputs) <= len(formats):
        raise ZthError(
            tr(
                "{formats} formats and {files} files: give an -o for each --format, in their order",
                formats=len(formats),
                files=len(outputs),
            )
        )
    for file in outputs:
        if not file.parent.is_dir():
            raise ZthError(
                tr(
                    "cannot write {file}: there is no folder {folder}",
                    file=file,
                    folder=file.parent,
                )
            )
    return list(zip_longest(formats, outputs))


def _write(report: Report, wanted: list[tuple[str, Path | None]], plain: bool) -> None:
    """Writes the report in each format, and prints the one that has no file, or the sum."""
    from zth.records import ZthError
    from zth.render import renderer

    for format, file in wanted:
        if file is None:
            _print(report, format, plain)
            continue
        try:
            file.write_text(renderer(format)(report), encoding="utf-8")
        except OSError as error:
            raise ZthError(
                tr("cannot write {file}: {reason}", file=file, reason=error.strerror)
            ) from None
    files = [str(file) for _, file in wanted if file is not None]
    if len(files) == len(wanted):
        click.echo(
            tr(
                "{earned} of {points} points; the report is in {files}",
                earned=report.earned,
                points=report.points,
                files=listed(files),
            )
        )


def _print(report: Report, format: str, plain: bool) -> None:
    from zth.render import renderer

    if format != "terminal":
        click.echo(renderer(format)(report), nl=False)
        return
    from rich.console import Console

    from zth.render import terminal

    console = Console(highlight=False)
    if plain:
        click.echo(terminal.render(report, console.width, ascii=True), nl=False)
    else:
        terminal.show(report, console)
