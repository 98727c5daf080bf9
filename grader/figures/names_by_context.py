"""Lessons 7 and 10: what more context is worth to an MLP, and to a tree of convolutions."""

from __future__ import annotations

from collections.abc import Callable
from statistics import mean

from grader.bench import Bench
from grader.figures import Data, Figure, Told
from grader.figures.plot import Line, Panel, linear, powers, svg
from grader.figures.reference import calls, reference
from grader.lessons import lesson7_mlp, lesson10_wavenet
from grader.lessons.lesson7_mlp import MLP_LM
from grader.lessons.lesson10_wavenet import WAVENET
from grader.names import Names, names
from grader.scoring import Budget, text_loss
from zth.language import tr
from zth.records import Component, Lesson, ZthError
from zth.worker.loop import Setup

CONTEXTS = (2, 4, 8, 16)
SEEDS = 2
BUDGET = Budget(steps=600, batch=32, T=64, seconds=60)
Sizes = dict[str, int | float | bool]


def measure(seed: int, told: Told) -> Data:
    """The loss on held-out names of both models, for each context; two seeds, the same steps."""
    drawn = [names(s) for s in range(seed, seed + SEEDS)]
    if any(n.generated for n in drawn):
        raise ZthError(tr("this figure is of real names; get them: zth data fetch names"))
    return {
        "steps": BUDGET.steps,
        "tokens": BUDGET.tokens,
        "mlp": _rows(lesson7_mlp.LESSON, MLP_LM, _mlp, drawn, seed, told),
        "tree": _rows(lesson10_wavenet.LESSON, WAVENET, _tree, drawn, seed, told),
    }


def _mlp(context: int) -> tuple[str, Sizes]:
    return "MLPConfig", {"context": context, "n_embd": 24, "n_hidden": 200}


def _tree(context: int) -> tuple[str, Sizes]:
    levels = context.bit_length() - 1
    return "WaveNetConfig", {"n_embd": 24, "n_hidden": 64, "n_layer": levels, "kernel_size": 2}


def _rows(
    lesson: Lesson,
    component: Component,
    sizes: Callable[[int], tuple[str, Sizes]],
    drawn: list[Names],
    seed: int,
    told: Told,
) -> list[Data]:
    """For each context, the mean loss over the seeds, the least and the largest."""
    rows = []
    with reference(lesson) as bench:
        for context in CONTEXTS:
            losses = []
            for i, text in enumerate(drawn):
                told(f"{component.id}, context {context}, seed {seed + i}")
                losses.append(_loss(bench, component, *sizes(context), text, seed + i))
            rows.append(
                {
                    "context": context,
                    "loss": round(mean(losses), 4),
                    "least": round(min(losses), 4),
                    "largest": round(max(losses), 4),
                }
            )
    return rows


def _loss(
    bench: Bench, component: Component, config_class: str, sizes: Sizes, text: Names, seed: int
) -> float:
    setup = Setup(
        model=component.id,
        config_class=config_class,
        config={**sizes, "vocab_size": len(text.vocabulary), "block_size": BUDGET.T},
        slots=[],
        seed=seed,
        device="cpu",
        steps=BUDGET.steps,
        batch=BUDGET.batch,
        learning_rate=1e-2,
        warmup=BUDGET.steps // 20,
        weight_decay=0.1,
        betas=(0.9, 0.99),
        clip=1.0,
    )
    remote = calls(bench, component)
    return text_loss(remote, setup, text.train, text.val, BUDGET, seed).loss.mean


def draw(data: Data) -> str:
    mlp, tree = data["mlp"], data["tree"]
    return svg(
        "names-by-context",
        tr("Loss on names, by context"),
        tr(
            "With a context of {few} tokens the MLP reaches {mlp_few:.2f} nats and the tree "
            "{tree_few:.2f}; with {many} tokens, {mlp_many:.2f} and {tree_many:.2f}.",
            few=mlp[0]["context"],
            many=mlp[-1]["context"],
            mlp_few=mlp[0]["loss"],
            tree_few=tree[0]["loss"],
            mlp_many=mlp[-1]["loss"],
            tree_many=tree[-1]["loss"],
        ),
        [
            Panel(
                tr("Names: mean and range of two seeds"),
                powers(tr("context, in tokens"), CONTEXTS, "{:g}".format).within(1.8, 18),
                linear(tr("nats a character"), 2.0, 2.4),
                [_line(tr("MLP"), mlp, 0), _line(tr("tree of convolutions"), tree, 1)],
            )
        ],
    )


def _line(name: str, rows: list[Data], kind: int) -> Line:
    return Line(
        name,
        [(row["context"], row["loss"]) for row in rows],
        [(row["context"], row["least"], row["largest"]) for row in rows],
        kind=kind,
        marked=True,
    )


FIGURE = Figure(
    title="Loss on names, by context",
    measure=measure,
    draw=draw,
    seconds=90,
    needs=("solutions/lesson7_mlp/mlp.py", "solutions/lesson10_wavenet", "grader/names.py"),
)
