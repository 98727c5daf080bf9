"""What the parts of zth tell each other, as plain frozen data. Standard library only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class ZthError(Exception):
    """Something the user can mend; its text is one line that says what, where and what to do."""


# --- what there is to learn ------------------------------------------------------------------


@dataclass(frozen=True)
class Component:
    """One thing a learner implements: the object `name` in `file` of a tree.

    `file` is relative to the root of the tree, e.g. "lesson3_attention/attention.py".
    `forbidden` holds dotted names that the learner must not use, e.g. "torch.nn.MultiheadAttention"
    """

    id: str
    title: str
    file: str
    name: str
    forbidden: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lesson:
    """A lesson: its components, and by name the modules that judge them (imported late).

    `driver` is the module or package that runs beside the learner's code; `checks` holds the
    properties and milestones. `packages` are what the worker may import beyond the standard library
    ("torch"); of a package, a module that is slow to import and often used may be named too: it is
    then imported once, beforehand. `scratch` are the bytes that the worker may write, in a folder
    of its own that `tempfile` finds; without it, it can write nowhere.
    """

    id: str
    title: str
    folder: str
    components: tuple[Component, ...]
    driver: str
    checks: str
    packages: tuple[str, ...] = ()
    chapter: str = ""
    scratch: int = 0

    @property
    def reading(self) -> str:
        """The command that opens the chapter; empty where there is none."""
        return f"zth play {self.id}" if self.chapter else ""


@dataclass(frozen=True)
class Route:
    """An order in which to take the lessons, by their ids; those that it leaves out come last."""

    name: str
    title: str
    lessons: tuple[str, ...]


@dataclass(frozen=True)
class Tree:
    """A folder that implements components.

    `parts` overrides where a component lies, for packages that are laid out in their own way:
    {"attention": "flash.py:FlashAttention"}, the file relative to `root`.
    """

    name: str
    root: Path
    parts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """One component's place in one tree: what a worker loads."""

    component: str
    root: Path
    file: str
    name: str
    forbidden: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dataset:
    """A corpus: where it comes from and how to know it. `path` is relative to a data folder.

    `by_line` says that its lines are a list, whose order is no part of the text: it is shuffled,
    always alike, before the last tenth is taken for validation.
    """

    name: str
    path: str
    url: str
    sha256: str
    licence: str
    description: str
    by_line: bool = False


@dataclass(frozen=True)
class Recipe:
    """How to train one model: all that `zth train` needs to know.

    `model` is built with `config` as keyword arguments of the configuration class that lies beside
    it; `slots` are the components that can be swapped, each passed by its id to the model, `loop`
    those that can take a place in the loop around it (see `zth.worker.loop`). `short` is what of
    `config` is smaller in short runs that only compare parts.
    `batch` counts rows of `config["block_size"]` tokens; `learning_rate` falls from its peak to
    `floor` of it along a cosine, after `warmup` steps. With a `clip` of 0 no gradient is clipped.
    `trees` name the tree that fills a slot unless another is asked for, where that is not the
    reference (the model's own part, or zth's); `rate` is the peak for such an optimizer.
    With `mixed_precision` the passes are in bfloat16 also on a CPU that computes in it. `in_turn`
    has every window of the text come once, in an order of its own, before any comes again.
    """

    name: str
    description: str
    dataset: str
    model: Component
    config_class: str
    config: Mapping[str, int | float | bool]
    slots: tuple[Component, ...]
    steps: int
    batch: int
    learning_rate: float
    warmup: int
    weight_decay: float = 0.1
    betas: tuple[float, float] = (0.9, 0.99)
    clip: float = 1.0
    evaluate_every: int = 100
    loop: tuple[Component, ...] = ()
    short: Mapping[str, int | float | bool] = field(default_factory=dict)
    floor: float = 0.1
    trees: Mapping[str, str] = field(default_factory=dict)
    rate: float = 0.0
    mixed_precision: bool = False
    in_turn: bool = False

    def usual(self, slot: str) -> str:
        """The tree that fills the slot unless another is asked for."""
        return self.trees.get(slot, "reference")


# --- how strangers' code is confined --------------------------------------------------------------


@dataclass(frozen=True)
class View:
    """The files that a nursery and its workers may read.

    `folders` count whole, but for the `holes` beneath them (free of symbolic links); `listed` may
    be listed, no more. `entries` are installed packages; `shown` is what the sessions bring:
    drivers and folders of trees.
    """

    folders: tuple[Path, ...] = ()
    holes: tuple[Path, ...] = ()
    files: tuple[Path, ...] = ()
    listed: tuple[Path, ...] = ()
    entries: tuple[Path, ...] = ()
    shown: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Tier:
    """One way to confine the processes that run learners' code.

    `why_not` says in a line why it cannot run here; empty where it can. `wrap` turns the command
    that starts the nursery into one that starts it inside, with the view's files at their places;
    `confine` has each worker confine itself, too: by seccomp and, where the kernel has it, by
    Landlock. The `rank` orders the tiers, the strongest has the highest; `isolates` tells whether
    it may hold strangers' code, as in the grading of a class.
    """

    name: str
    rank: int
    description: str
    why_not: Callable[[], str]
    wrap: Callable[[list[str], View], list[str]] | None = None
    confine: bool = True
    isolates: bool = True


# --- what came out ------------------------------------------------------------------------------


class Verdict(StrEnum):
    """What a check may conclude."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_IMPLEMENTED = "not implemented"
    CRASHED = "crashed"
    TIMED_OUT = "timed out"
    FLAKY = "flaky"
    SKIPPED = "skipped"
    GRADER_ERROR = "grader error"


@dataclass(frozen=True)
class Frame:
    """One line of the learner's own code, from a traceback."""

    file: str
    line: int
    function: str
    source: str = ""


Number = float | str  # "nan", "inf" and "-inf" are words: JSON has no such numbers


@dataclass(frozen=True)
class Window:
    """The part of a tensor around its first wrong element, as it should be and as it is.

    `expected` and `actual` are rows over the tensor's last two axes (one row, of a vector); `start`
    is the index of their first cell in the tensor of `shape`. `wrong` holds the (row, column) of
    each wrong cell within the window, `differ` counts those of the whole tensor. `weights` says
    that the numbers are attention weights, from 0 to 1: rows are queries, columns are keys.
    """

    name: str
    shape: tuple[int, ...]
    start: tuple[int, ...]
    expected: tuple[tuple[Number, ...], ...]
    actual: tuple[tuple[Number, ...], ...]
    wrong: tuple[tuple[int, int], ...]
    differ: int
    weights: bool = False


@dataclass(frozen=True)
class Finding:
    """Why a check did not pass, in the learner's terms.

    `snippet` is code that shows the failure with the learner's own file; `where` names the first
    wrong element ("y[0, 2]"); `trace` holds the learner's frames only, the innermost last.
    `windows` show tensors, `expected` and `actual` other values, as text. `diagnosis` is a known
    mistake, in a sentence, that gives the same wrong answers; `address` is where the chapter speaks
    of it, "docs/lesson3_attention.md#mask".
    """

    message: str
    snippet: str = ""
    expected: str = ""
    actual: str = ""
    where: str = ""
    trace: tuple[Frame, ...] = ()
    output: str = ""
    diagnosis: str = ""
    address: str = ""
    windows: tuple[Window, ...] = ()


@dataclass(frozen=True)
class Result:
    """The outcome of one check or milestone. `id` is "component.check"; `points` is its worth."""

    id: str
    title: str
    component: str
    verdict: Verdict
    points: int
    earned: int
    advisory: bool = False
    milestone: bool = False
    hint: str = ""
    finding: Finding | None = None
    detail: str = ""
    examples: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Breach:
    """A forbidden name that a component used; it earns no points, right or wrong."""

    component: str
    name: str
    where: str


@dataclass(frozen=True)
class LessonReport:
    """The results of one lesson. `parts` tells where each component was looked for."""

    lesson: str
    title: str
    chapter: str
    results: tuple[Result, ...]
    breaches: tuple[Breach, ...] = ()
    parts: Mapping[str, str] = field(default_factory=dict)

    @property
    def reading(self) -> str:
        """The command that opens the chapter; empty where there is none."""
        return f"zth play {self.lesson}" if self.chapter else ""

    @property
    def points(self) -> int:
        return sum(r.points for r in self.results)

    @property
    def earned(self) -> int:
        return sum(r.earned for r in self.results)

    @property
    def passed(self) -> bool:
        counted = [r for r in self.results if not r.advisory]
        return not self.breaches and all(r.verdict is Verdict.PASSED for r in counted)


@dataclass(frozen=True)
class Report:
    """The result of grading one tree on some lessons.

    `seed` is the number that cases were drawn by, or, of a secret one, the name that it has.
    """

    tree: str
    root: str
    digest: str
    sandbox: str
    seed: int | str
    lessons: tuple[LessonReport, ...]
    versions: Mapping[str, str]
    seconds: float

    @property
    def points(self) -> int:
        return sum(lesson.points for lesson in self.lessons)

    @property
    def earned(self) -> int:
        return sum(lesson.earned for lesson in self.lessons)

    @property
    def exit_code(self) -> int:
        """0 all passed, 1 something failed, 3 the grader's own error."""
        results = [r for lesson in self.lessons for r in lesson.results]
        if any(r.verdict is Verdict.GRADER_ERROR for r in results):
            return 3
        return 0 if all(lesson.passed for lesson in self.lessons) else 1
