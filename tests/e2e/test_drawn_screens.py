"""What is drawn while a lesson is watched, a model trained, a part blamed: as in test_screens."""

from __future__ import annotations

import hashlib
import io
import itertools
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from rich.console import Console

from grader.episode import Graded
from grader.grading import checks_of
from grader.kit import Check
from grader.learner import hints_of
from grader.watching.orders import Ended, Judged
from grader.watching.scene import Scene
from grader.watching.screen import Page
from grader.watching.sources import Sources
from grader.watching.state import State
from tests.grader.test_blame import TOY, text
from zth import trees
from zth.blame import Parts, Trial
from zth.cli.parts import assembled, configuration
from zth.host import Nursery
from zth.host.view import visible
from zth.plugins import Plugins
from zth.records import Dataset, Finding, LessonReport, Part, Result, Verdict
from zth.runs import Run
from zth.worker import fit

Screen = Callable[..., str]
Look = Callable[..., None]

# What a training says of a machine, and what comes of chance.
TRAINING = {
    r"\d+\.\d{4}\b": "LOSS",
    r"[\d,]+( tokens/s| 个词元)": r"SPEED\1",
    r"\d+( s,| 秒，)": r"SECONDS\1",
    r"\d+:\d\d": "TIME",
    r"\d+( threads| 个线程)": r"N\1",
}


# --- what is watched ------------------------------------------------------------------------------


SIZES = {"wide": (100, 34), "narrow": (44, 24)}


def scenes(mine: Path) -> Iterator[tuple[str, Scene]]:
    """A lesson that is watched, from the first look to the last."""
    lesson = Plugins.load().lessons()["lesson1"]
    following = Plugins.load().lessons()["lesson2"]
    checks = checks_of(lesson)
    source = Sources(mine, lesson, checks)
    state = State(lesson, checks, source, None, itertools.count(1))
    scene = Scene(state, has_keys=True, following=following)
    order = state.all_again()
    yield "starting", scene
    wrong = Finding(
        "a.grad is 1, expected 2", "from lesson1_autograd.value import Value\na = Value(1)"
    )

    def result(check: Check, verdict: Verdict) -> Result:
        bad = verdict is Verdict.FAILED
        return Result(
            check.id,
            check.title,
            check.component.id,
            verdict,
            check.points,
            0 if bad else check.points,
            milestone=check.milestone,
            hint=check.hint if bad else "",
            finding=wrong if bad else None,
        )

    state.take(Judged(order.number, result(checks[1], Verdict.FAILED)))
    scene.taken[checks[1].id] = hints_of(checks[1])[:2]
    scene.notice = "zth play lesson1"
    yield "judging", scene
    scene.notice = ""
    for verdict in (Verdict.FAILED, Verdict.PASSED):
        found = [result(c, verdict if c is checks[1] else Verdict.PASSED) for c in order.checks]
        state.take(Ended(order.number, LessonReport(lesson.id, "", "", tuple(found)), {}))
        state.seconds = 0.25
        yield "wrong" if verdict is Verdict.FAILED else "right", scene
        order = state.all_again()


@pytest.mark.parametrize("size", SIZES)
def test_what_is_watched(screen: Screen, look: Look, size: str) -> None:
    width, height = SIZES[size]
    screen("init")
    shown = []
    for name, scene in scenes(Path.cwd()):
        for colour in (None, "standard"):
            if colour and name != "judging":
                continue
            console = Console(
                file=io.StringIO(),
                width=width,
                height=height,
                color_system=colour,
                force_terminal=bool(colour),
                legacy_windows=False,
            )
            console.print(Page(scene), height=height, end="")
            drawn = console.file.getvalue().replace("\x1b", "␛")
            lines = "\n".join(line.rstrip() for line in drawn.split("\n"))
            shown.append(f"=== {name}{', in colour' if colour else ''}\n{lines}\n")
    look(f"watch.{size}", *shown)


# --- what is trained ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """One for all trainings: it shows its workers the reference's parts."""
    plugins = Plugins.load()
    parts = [trees.part(plugins.trees()["reference"], c) for c in (TOY.model, *TOY.slots)]
    files = visible(Path(fit.__file__), parts)
    with Nursery(["torch", "torch._dynamo"], "process", files) as nursery:
        yield nursery


@pytest.fixture
def toy(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    """A workspace in which there is a recipe of almost no size."""
    file = Path("../data/made.txt")
    file.parent.mkdir()
    file.write_text(text(), "utf-8")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    made = Dataset("made", file.name, "http://127.0.0.1:9/made.txt", digest, "ours", "")
    monkeypatch.setenv("ZTH_DATA", str(file.parent.resolve()))
    monkeypatch.setattr(Plugins, "recipes", lambda self: {"toy": TOY})
    monkeypatch.setattr(Plugins, "datasets", lambda self: {"made": made})
    screen("init")


def test_a_training(
    screen: Screen, look: Look, toy: None, nursery: Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zth.training.start_nursery", lambda *_: nullcontext(nursery))
    trained = screen("train", "toy", "--steps", "2", "--device", "cpu")
    written = Path("runs/toy-1/sample.txt").read_text("utf-8").rstrip("\n")
    sampled = screen("sample", "runs/toy-1", "--tokens", "9", "--prompt", "ab")
    again = screen("train", "toy", "--resume")
    asked = screen("train", "toy", "--with", "all=student")
    lines = "".join(line.rstrip() + "\n" for line in written.splitlines())
    shown = [trained.replace(lines, "TEXT\n"), re.sub(r"(?m)^ab.{9}$", "abTEXT", sampled), again]
    for pattern, name in TRAINING.items():
        shown = [re.sub(pattern, name, part) for part in shown]
    look("train", *shown, asked)


class MadeUp:
    """Trials in which attention makes a model worse, whoever trains it."""

    def __init__(self, _config: object, reference: dict[str, Part], *_: object, **__: object):
        self.suspects = list(reference)

    def __enter__(self) -> MadeUp:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def play(self, parts: Parts, count: int) -> list[Trial]:
        worse = 0.3 * ("attention" in parts)
        losses = (2 + seed / 100 + worse * (1 + seed / 20) for seed in range(count))
        return [Trial(((10, 3.0), (20, loss))) for loss in losses]


def test_what_is_to_blame(
    screen: Screen, look: Look, toy: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in trees.shipped(trees.REFERENCE).glob("lesson[345]_*"):
        shutil.copytree(folder, folder.name, dirs_exist_ok=True)
    run, plugins = Run(Path("runs/toy-1")), Plugins.load()
    wishes = "attention=student", "block=student"
    config = configuration(TOY, assembled(TOY, wishes, plugins), "".join(sorted(set(text()))))
    run.create(config)
    run.log({"step": 0, "val": 4.2}, {"step": 4, "train": 2.2, "val": 2.3})
    lesson = plugins.lessons()["lesson3"]
    check = next(c for c in checks_of(lesson) if c.component.id == "attention")
    found = Finding("y[0] is 1, expected 2", "from lesson3_attention.attention import x\nprint(x)")
    failed = Result(
        check.id, check.title, "attention", Verdict.FAILED, 1, 0, hint=check.hint, finding=found
    )
    monkeypatch.setattr("zth.trial.Trials", MadeUp)
    monkeypatch.setattr("grader.episode.graded", lambda *_: Graded(lesson, failed, 9))
    shown = screen("blame", "runs/toy-1")
    right = Trial(((10, 3.0), (20, 2.0)))
    monkeypatch.setattr(MadeUp, "play", lambda _, _parts, count: [right] * count)
    look("blame", shown, screen("blame", "runs/toy-1"))
