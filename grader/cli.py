"""`zth grade`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from grader.kit import Check
    from zth.records import Lesson, LessonReport, Report, Tier, Tree


@click.command()
@click.argument("lessons", nargs=-1, required=True, metavar="LESSON…")
@click.option(
    "--impl",
    default="student",
    show_default=True,
    metavar="TREE",
    help="What to grade: student, reference, a plugin's tree, or a folder.",
)
@click.option("--component", multiple=True, metavar="NAME", help="Only this component; repeatable.")
@click.option(
    "--milestone",
    default="quick",
    metavar="NAME",
    help="Milestones to run: a name, all, none; without it the quick ones.",
)
@click.option("--format", type=click.Choice(["terminal", "json"]), default="terminal")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, help="Draws other cases.")
@click.option(
    "--sandbox",
    default="auto",
    metavar="TIER",
    help="bwrap, landlock, process, a plugin's; without it the strongest that works here.",
)
def grade(
    lessons: tuple[str, ...],
    impl: str,
    component: tuple[str, ...],
    milestone: str,
    format: str,
    output: Path | None,
    seed: int,
    sandbox: str,
) -> int:
    """Grade LESSONs: is the implementation right, and if not, where does it go wrong?

    Exit status: 0 all passed, 1 something failed, 2 usage, 3 the grader's own error.
    """
    from zth import trees
    from zth.host.sandbox import choose
    from zth.plugins import Plugins, nearest

    plugins = Plugins.load()
    known = plugins.lessons()
    for name in lessons:
        if name not in known:
            raise nearest(name, known, "lesson")
    chosen = [known[name] for name in dict.fromkeys(lessons)]
    _check_components(component, chosen)
    if component:
        chosen = [x for x in chosen if any(c.id in component for c in x.components)]
    tree = trees.resolve(impl, plugins.trees())
    if output is not None:
        _check_writable(output)
    tier = choose(sandbox, plugins.sandboxes().values())
    report = _graded(chosen, tree, component, milestone, seed, tier, _keeper(tree, chosen))
    _write(report, format, output)
    return report.exit_code


def _check_components(wanted: tuple[str, ...], lessons: list[Lesson]) -> None:
    from zth.plugins import nearest

    known = [c.id for lesson in lessons for c in lesson.components]
    for name in wanted:
        if name not in known:
            raise nearest(name, known, "component")


def _graded(
    lessons: list[Lesson],
    tree: Tree,
    components: tuple[str, ...],
    milestone: str,
    seed: int,
    tier: Tier,
    keep: Callable[[Lesson, LessonReport], None],
) -> Report:
    """Starts the nursery first: it imports torch while we import hypothesis."""
    import gc
    import time

    from grader import starting
    from zth import trees
    from zth.host import Nursery
    from zth.records import Report

    start = time.monotonic()
    starting.settle_hypothesis()
    packages = dict.fromkeys(p for lesson in lessons for p in lesson.packages)
    shown = [path for lesson in lessons for path in starting.shown(lesson, tree)]
    with Nursery(list(packages), tier, shown) as nursery:
        from grader import grading

        gc.freeze()  # the collector need not walk through all imported modules again and again
        selection = grading.Selection(components=components, milestone=milestone)
        grading.check_milestone(milestone, lessons)
        reports = []
        with _Progress() as progress:
            for lesson in lessons:
                graded = grading.grade(
                    lesson,
                    tree,
                    nursery,
                    seed=seed,
                    selection=selection,
                    diagnose=True,
                    progress=progress,
                )
                keep(lesson, graded)
                reports.append(graded)
    return Report(
        tree=tree.name,
        root=str(tree.root),
        digest=trees.digest(tree.root, [lesson.folder for lesson in lessons]),
        sandbox=tier.name,
        seed=seed,
        lessons=tuple(reports),
        versions=_versions(list(packages)),
        seconds=round(time.monotonic() - start, 3),
    )


def _keeper(tree: Tree, lessons: list[Lesson]) -> Callable[[Lesson, LessonReport], None]:
    """Adds a lesson's report to the learner's progress, where the tree is the learner's own.

    The files are looked at now: what is saved during the grading was not graded.
    """
    from zth import progress, trees
    from zth.records import ZthError

    if tree.root != trees.workspace():
        return lambda _lesson, _report: None
    sources = {x.id: progress.fingerprints(tree.root, x.components) for x in lessons}

    def keep(lesson: Lesson, report: LessonReport) -> None:
        from grader.grading import outline

        try:
            progress.record(tree.root, outline(lesson), report, sources[lesson.id])
        except ZthError as error:
            click.echo(f"warning: this grading is not recorded: {error}", err=True)

    return keep


class _Progress:
    """One changing line on a terminal, nothing elsewhere."""

    def __enter__(self) -> Callable[[Check], None]:
        from rich.console import Console

        self.status = Console(stderr=True).status("starting")
        if self.status.console.is_terminal:
            self.status.start()
        return lambda check: self.status.update(check.title)

    def __exit__(self, *_: object) -> None:
        self.status.stop()


def _versions(packages: list[str]) -> dict[str, str]:
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


def _check_writable(output: Path) -> None:
    from zth.records import ZthError

    if not output.parent.is_dir():
        raise ZthError(f"cannot write {output}: there is no folder {output.parent}")


def _write(report: Report, format: str, output: Path | None) -> None:
    from zth.records import ZthError
    from zth.render import renderer

    if output is not None:
        try:
            output.write_text(renderer(format)(report), encoding="utf-8")
        except OSError as error:
            raise ZthError(f"cannot write {output}: {error.strerror}") from None
        click.echo(f"{report.earned} of {report.points} points; the report is in {output}")
    elif format == "terminal":
        from rich.console import Console

        from zth.render.terminal import show

        show(report, Console(highlight=False))
    else:
        click.echo(renderer(format)(report), nl=False)
