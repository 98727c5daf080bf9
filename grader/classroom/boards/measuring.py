"""Measures a tree on a board: first whether it may have a number, then which."""

from __future__ import annotations

from dataclasses import replace

from grader import grading
from grader.classroom.boards.board import Board
from grader.classroom.boards.lanes import Lane
from grader.classroom.boards.measured import Measured, machine
from grader.kit import Failed, NotMeasured
from zth import trees
from zth.host import CallFailed, Nursery, Raised
from zth.language import tr
from zth.records import LessonReport, Tree, Verdict, ZthError

SHOWN = 300  # characters of a problem


def measure(
    board: Board,
    tree: Tree,
    nursery: Nursery,
    seed: int,
    *,
    report: LessonReport | None = None,
    reference: float | None = None,
) -> Measured:
    """The tree's value on the board with this seed, or the problem because of which it has none.

    The nursery has the packages of `board.lesson`. `report` is that of a grading of the lesson, or
    of the board's component; without it, that is graded first. `reference` is the reference's
    value with this seed, where it is known: a loss, or a memory, is then not measured again (times
    always are). Raises ZthError for what is not the tree's fault.
    """
    here = machine(board.lesson.packages, gpu=board.gpu)
    if why := barred(board, report or _graded(board, tree, nursery, seed)):
        return Measured(machine=here, problem=why)
    mine = Lane(tree, board.lesson, board.component, nursery)
    theirs = replace(mine, tree=Tree("reference", trees.shipped(trees.REFERENCE)))
    try:
        return replace(board.task.run(mine, theirs, seed, reference), machine=here)
    except NotMeasured as error:  # what this machine lacks, such as a GPU
        raise ZthError(str(error)) from None
    except (Failed, CallFailed) as error:
        return Measured(machine=here, problem=_line(error))


def _graded(board: Board, tree: Tree, nursery: Nursery, seed: int) -> LessonReport:
    selection = grading.Selection(components=(board.component.id,), milestone="none")
    return grading.grade(
        board.lesson,
        tree,
        nursery,
        seed=seed,
        selection=selection,
        until_wrong=True,
        smallest=False,
    )


def barred(board: Board, report: LessonReport) -> str:
    """Why a tree with this report has no number on the board, in a line; empty where it has one.

    What is measured must pass all its checks that carry points, and use nothing forbidden.
    """
    part = board.component.id
    for breach in report.breaches:
        if breach.component == part:
            return tr(
                "{component} uses {name}, which its lesson forbids",
                component=part,
                name=breach.name,
            )
    needed = [r for r in report.results if r.component == part and r.points and not r.milestone]
    for result in needed:
        if result.verdict is Verdict.GRADER_ERROR:
            raise ZthError(
                tr("the grader failed in {check}; no number without it", check=result.id)
            )
        if result.verdict is not Verdict.PASSED:
            return tr(
                "{check}: {verdict}; what is measured must pass its checks",
                check=result.id,
                verdict=tr(result.verdict.value),
            )
    return "" if needed else tr("{component} was not graded", component=part)


def _line(error: Exception) -> str:
    """What went wrong, in a line, with the place in the tree where it did."""
    text = " ".join(str(error).split())
    if isinstance(error, Raised):
        if error.bad_answer:
            text = error.text
        if error.frames:
            last = error.frames[-1]
            text = f"{last.file}:{last.line}: {text}"
    return text if len(text) <= SHOWN else text[:SHOWN] + " …"
