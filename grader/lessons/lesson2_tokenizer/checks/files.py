"""What must hold of `save` and `load`."""

from __future__ import annotations

from grader.kit import Remote, property_check
from grader.lessons.lesson2_tokenizer import REGEX, driver, hints
from grader.lessons.lesson2_tokenizer import strategies as draw
from grader.lessons.lesson2_tokenizer.cases import File, Saved
from grader.lessons.lesson2_tokenizer.checks import shared
from zth.language import tr


@property_check(
    REGEX,
    points=2,
    examples=15,
    case=draw.saved(),
    hint="The file needs the merges in their order; from them, load can make the vocab again.",
    steps=hints.SAVES,
)
def saves(remote: Remote, case: Saved) -> None:
    """save and load: another tokenizer that does the same.

    A model belongs to its tokenizer, which must therefore outlive the program that trained it. The
    merges in their order are all that encoding needs, and vocab follows from them. (#saving)
    """
    got = remote(driver.saved, case.trained.course, [case.text])
    shared.follow(case.trained, got, [case.text])


@property_check(
    REGEX,
    points=1,
    examples=8,
    case=draw.files,
    hint="Let save begin the file with something that no other file has, and load look for it.",
    steps=hints.NO_TOKENIZER,
)
def no_tokenizer(remote: Remote, case: File) -> None:
    """Loading a file that is no tokenizer is a ValueError.

    Sooner or later somebody loads the wrong file. A tokenizer that took it for an empty one would
    go on with bytes, and the model with nonsense; an error says it at once. (#saving)
    """
    answer = remote(driver.refuses_file, case.content)
    shared.refused(answer, "load", tr("a ValueError"))


# --- beyond the lecture -------------------------------------------------------------------------


@property_check(
    REGEX,
    advisory=True,
    examples=20,
    case=draw.pieces().map(draw.saved_pattern),
    hint="load must split by the pattern in the file; one that was compiled earlier is another.",
    steps=hints.SAVES,
)
def saves_the_pattern(remote: Remote, case: Saved) -> None:
    """save and load keep the pattern, too.

    A text that is split otherwise gives other tokens, so the pattern belongs to what a model relies
    on. Whoever loads the file need not know it. (#saving)
    """
    got = remote(driver.saved, case.trained.course, [case.text])
    shared.follow(case.trained, got, [case.text])
