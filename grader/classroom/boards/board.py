"""The boards that there are: what each measures, on what, and within which budget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from grader.classroom.boards.lanes import Lane
from grader.classroom.boards.losses import ON_CPU, ON_GPU, Floor
from grader.classroom.boards.measured import Measured
from grader.classroom.boards.memory import AttentionMemory
from grader.classroom.boards.speeds import AttentionSpeed, BpeSpeed, TrainingSpeed
from grader.lessons.lesson2_tokenizer import LESSON as LESSON2
from grader.lessons.lesson2_tokenizer import REGEX
from grader.lessons.lesson3_attention import ATTENTION, BLOCKWISE
from grader.lessons.lesson3_attention import LESSON as LESSON3
from grader.lessons.lesson5_gpt import GPT
from grader.lessons.lesson5_gpt import LESSON as LESSON5
from zth.language import tr
from zth.plugins import nearest
from zth.records import Component, Lesson


class Task(Protocol):
    """What is measured, with its sizes: the budget."""

    def words(self) -> str:
        """The budget, as a student reads it."""
        ...

    def run(self, mine: Lane, theirs: Lane, seed: int, reference: float | None) -> Measured:
        """Measures an entry beside the reference, whose value may be known.

        Raises what a check or milestone does where the entry has no number, and ZthError where
        that is not its fault.
        """
        ...


@dataclass(frozen=True)
class Board:
    """One list of the class. `title` and `unit` are in the language that was spoken.

    The tree must pass the checks of `component`. Of a `public` text the tree could carry a part;
    what is not public is drawn from the class's secret. `points`: whether a rank may count for a
    grade. `noise` is how far two measurements of equal entries may lie apart for no reason, at
    least: no margin is smaller.
    """

    name: str
    title: str
    unit: str
    lesson: Lesson
    component: Component
    task: Task
    noise: float
    lower: bool = True
    public: bool = False
    gpu: bool = False
    points: bool = False

    @property
    def budget(self) -> str:
        """The budget, in words."""
        return self.task.words()

    @property
    def label(self) -> str:
        """What is to be said beside its title, where there is something."""
        return tr("a submission could carry the text") if self.public else ""


# Noise is one and a half times the deviation of equal entries, as it was measured with one seed:
# the reference against itself, on a machine that others used as well (times 0.015 to 0.035, memory
# 0.15 MiB), or with another start (entropy 0.004, Shakespeare 0.007).


def boards() -> dict[str, Board]:
    """All boards by their names, as the present language calls them."""
    times = tr("× the reference's time")
    known = (
        Board(
            name="entropy",
            title=tr("Entropy floor"),
            unit=tr("nats above the source"),
            lesson=LESSON5,
            component=GPT,
            task=Floor(),
            noise=0.005,
            points=True,
        ),
        Board(
            name="shakespeare-cpu",
            title=tr("Shakespeare on a CPU"),
            unit=tr("nats per character"),
            lesson=LESSON5,
            component=GPT,
            task=ON_CPU,
            noise=0.01,
            public=True,
        ),
        Board(
            name="shakespeare-gpu",
            title=tr("Shakespeare on a GPU"),
            unit=tr("nats per character"),
            lesson=LESSON5,
            component=GPT,
            task=ON_GPU,
            noise=0.01,
            public=True,
            gpu=True,
        ),
        Board(
            name="bpe-speed",
            title=tr("Tokenizer speed"),
            unit=times,
            lesson=LESSON2,
            component=REGEX,
            task=BpeSpeed(),
            noise=0.05,
        ),
        Board(
            name="attention-speed",
            title=tr("Attention speed"),
            unit=times,
            lesson=LESSON3,
            component=ATTENTION,
            task=AttentionSpeed(),
            noise=0.05,
        ),
        Board(
            name="attention-memory",
            title=tr("Attention memory"),
            unit="MiB",
            lesson=LESSON3,
            component=BLOCKWISE,
            task=AttentionMemory(),
            noise=0.25,
        ),
        Board(
            name="tokens-per-second",
            title=tr("Training speed"),
            unit=tr("× the reference's tokens per second"),
            lesson=LESSON5,
            component=GPT,
            task=TrainingSpeed(),
            noise=0.05,
            lower=False,
        ),
    )
    return {board.name: board for board in known}


def named(name: str) -> Board:
    """The board of that name. Raises ZthError where there is none."""
    known = boards()
    if name not in known:
        raise nearest(name, known, "board")
    return known[name]
