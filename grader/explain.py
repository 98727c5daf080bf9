"""`zth explain`: what a check asks, why it holds, three cases, and where to read."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import click

from zth.cli.arguments import Named
from zth.language import tr

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import RenderableType

    from grader.kit import Check
    from zth.records import Lesson

SHOWN, DRAWN = 3, 40
LENGTH, LINES = 600, 16  # of a case, in characters; of what it prints
# Runs each piece of code by itself, with the tree that is named to it, and keeps what it prints.
RUNNER = """
import contextlib, io, json, sys
sys.path.insert(0, sys.argv[1])
printed = []
for code in json.load(sys.stdin):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        try:
            exec(code, {"__name__": "__main__"})
        except Exception as error:
            print(f"{type(error).__name__}: {error}")
    printed.append(out.getvalue())
json.dump(printed, sys.stdout)
"""


def _known() -> list[str]:
    """All checks; those first that went wrong in the learner's own files."""
    from grader.grading import checks_of
    from zth import progress, trees
    from zth.plugins import Plugins
    from zth.records import ZthError

    lessons, mine = Plugins.load().lessons(), trees.workspace()
    every = [check.id for lesson in lessons.values() for check in checks_of(lesson)]
    if mine is None:
        return every
    wrong: list[str] = []
    for id in lessons:
        with contextlib.suppress(ZthError):
            reached = progress.read(mine, id)
            wrong += [entry.id for entry in reached.entries if entry.wrong] if reached else []
    return [*dict.fromkeys([*wrong, *every])]


CHECK = Named("check", _known)


@click.command()
@click.argument("check", type=CHECK)
@click.option(
    "--lesson", default="", metavar="NAME", help="Where several lessons have such a check."
)
def explain(check: str, lesson: str) -> None:
    """Explain a check, with examples.

    What it asks, why that holds, three cases with the right results, and where to read. CHECK is a
    check's name, with its component or without: order, or value.order.
    """
    from rich.console import Console

    from zth.plugins import Plugins, nearest
    from zth.render.prose import Prose

    known = Plugins.load().lessons()
    if lesson and lesson not in known:
        raise nearest(lesson, known, "lesson")
    where, chosen = named(check, {lesson: known[lesson]} if lesson else known)
    console = Console(highlight=False)
    console.print(Prose.assemble((tr(chosen.title), "bold"), (f"  {chosen.id}", "bright_black")))
    about, section = about_of(chosen)
    if about:
        console.print(Prose(f"\n{tr(about)}"))
    cases = snippets(chosen)
    for number, (case, out) in enumerate(zip(cases, printed(cases, where), strict=True), start=1):
        console.print(_example(number, case, out))
    if where.chapter:
        said = tr("the chapter: {command}", command=where.reading + section)
        console.print(Prose(f"\n{said}", "dim"))


def named(name: str, lessons: Mapping[str, Lesson]) -> tuple[Lesson, Check]:
    """The check of this name and its lesson. Raises ZthError for none, or for several."""
    import difflib

    from grader.grading import checks_of
    from zth.plugins import nearest
    from zth.records import ZthError

    every = [(lesson, check) for lesson in lessons.values() for check in checks_of(lesson)]
    found = [(x, c) for x, c in every if name in (c.id, c.id.partition(".")[2])]
    if not found:
        ids = {c.id for _, c in every}
        near = difflib.get_close_matches(name, ids | {id.partition(".")[2] for id in ids}, 1)
        raise nearest(name, near or ids, "check")
    if len(found) > 1:
        lines = [f"{c.id} --lesson {x.id}" for x, c in found]
        raise ZthError(
            tr("there are several: zth explain {checks}", checks=tr(", or ").join(lines))
        )
    return found[0]


def about_of(check: Check) -> tuple[str, str]:
    """What the docstring says below the title, in one line; and the section, as "#mask"."""
    from grader.kit import SECTION

    text = " ".join(SECTION.sub("", check.about).split())
    return text, f"#{check.section}" if check.section else ""


def snippets(check: Check) -> list[str]:
    """A short, a middling and a longer one of the check's cases, always the same ones.

    A milestone has none, nor has a check whose cases do not write themselves as code.
    """
    import hypothesis
    from hypothesis import HealthCheck, Phase

    from grader.engine import derive

    if check.case is None:
        return []
    drawn: dict[str, None] = {}
    settings = hypothesis.settings(
        max_examples=DRAWN,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )

    @hypothesis.seed(derive(0, check.id))
    @settings
    @hypothesis.given(check.case)
    def collect(case: object) -> None:
        if (code := getattr(case, "snippet", None)) is not None:
            drawn[code()] = None

    collect()
    short = sorted(drawn, key=lambda code: (code.count("\n"), len(code)))
    fitting = [code for code in short if len(code) < LENGTH]
    if len(fitting) < SHOWN:
        fitting = [code for code in short if len(code) < 2 * LENGTH] or short[:1]
    if not fitting:
        return []
    places = dict.fromkeys(i * (len(fitting) - 1) // (SHOWN - 1) for i in range(SHOWN))
    return [fitting[i] for i in places]


def printed(cases: Sequence[str], lesson: Lesson) -> list[str]:
    """What the cases print with the reference, which is ours and needs no sandbox.

    They run in an empty folder, as some write files. Nothing where the reference lacks the lesson.
    """
    import json
    import subprocess
    import sys
    import tempfile

    from zth import trees

    root = trees.shipped(trees.REFERENCE)
    if cases and (root / lesson.folder).is_dir():
        with tempfile.TemporaryDirectory(prefix="zth-") as empty:
            done = subprocess.run(
                [sys.executable, "-B", "-c", RUNNER, root],
                cwd=empty,
                input=json.dumps(cases),
                capture_output=True,
                text=True,
                check=False,
            )
        if done.returncode == 0:
            return list(json.loads(done.stdout))
    return [""] * len(cases)


def _example(number: int, case: str, out: str) -> RenderableType:
    from rich.console import Group
    from rich.padding import Padding
    from rich.syntax import Syntax
    from rich.text import Text

    from grader.snippets import wrapped
    from zth.render.escape import plain

    code = Syntax(
        wrapped(case), "python", theme="ansi_light", background_color="default", word_wrap=True
    )
    rows: list[RenderableType] = [
        Text(tr("\ncase {number}", number=number), "dim"),
        Padding(code, (0, 0, 0, 2)),
    ]
    if out.strip():
        rows.append(Padding(Text(plain(out.rstrip(), LINES), "green"), (0, 0, 0, 2)))
    return Group(*rows)
