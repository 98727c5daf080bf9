"""What the grader offers to zth: its lessons, its recipes, `zth grade`."""

from __future__ import annotations

import importlib
from collections.abc import Iterable

import click

from zth import trees
from zth.hookspecs import hookimpl
from zth.records import Lesson, Recipe, Route, Tree

LESSONS = (
    "lesson1_autograd",
    "lesson2_tokenizer",
    "lesson3_attention",
    "lesson4_optimizer",
    "lesson5_gpt",
    "lesson6_bigram",
    "lesson7_mlp",
    "lesson8_normalization",
    "lesson9_backprop",
    "lesson10_wavenet",
)

# Micrograd, makemore, "Let's build GPT", the tokenizer, and last what reproducing GPT-2 adds.
VIDEOS = tuple(f"lesson{number}" for number in (1, 6, 7, 8, 9, 10, 3, 5, 2, 4))


@hookimpl
def zth_lessons() -> Iterable[Lesson]:
    return [importlib.import_module(f"grader.lessons.{name}").LESSON for name in LESSONS]


@hookimpl
def zth_routes() -> Iterable[Route]:
    return [Route("zero-to-hero", "the order of the videos", VIDEOS)]


@hookimpl
def zth_trees() -> Iterable[Tree]:
    """The parts of the fast recipes, which lie beside the reference's."""
    model, folder = "shakespeare_fast/model.py", trees.shipped(trees.REFERENCE)
    parts = {
        "gpt": f"{model}:GPT",
        "attention": f"{model}:CausalSelfAttention",
        "mlp": f"{model}:MLP",
        "norm": f"{model}:RMSNorm",
        "optimizer": "shakespeare_fast/muon.py:Muon",
        "schedule": "shakespeare_fast/schedule.py:linear_decay",
    }
    return [Tree("fast", folder, parts)]


@hookimpl
def zth_recipes() -> Iterable[Recipe]:
    from grader.recipes import RECIPES

    return RECIPES


@hookimpl
def zth_commands() -> Iterable[click.Command]:
    from grader.blame import blame
    from grader.classroom.cli import class_
    from grader.classroom.cli.export import export
    from grader.classroom.cli.grade import grade as grade_all
    from grader.classroom.cli.init import init
    from grader.classroom.cli.leaderboard import leaderboard
    from grader.classroom.cli.report import report
    from grader.classroom.cli.serve import serve, work
    from grader.classroom.cli.token import token
    from grader.cli import grade
    from grader.dev import check, mutate
    from grader.explain import explain
    from grader.figures.command import docs
    from grader.learner import hint
    from grader.watching.command import watch
    from zth.cli.dev import dev

    for command in (check, mutate):
        dev.add_command(command)
    for command in (init, grade_all, leaderboard, report, export, serve, work, token):
        class_.add_command(command)
    return [grade, watch, hint, explain, blame, class_, docs]
