"""`zth blame`: which part makes a run worse than it should be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from zth.cli.arguments import RunFolder
from zth.language import tr

if TYPE_CHECKING:
    from zth.plugins import Plugins
    from zth.records import Part, Tier
    from zth.runs import Config, Run
    from zth.training import Corpus

SEEDS, STEPS = 5, 150


@click.command()
@click.argument("run", type=RunFolder())
@click.option(
    "--seeds",
    type=click.IntRange(2, 1000),
    default=SEEDS,
    show_default=True,
    help="Short runs of each model; twice as many where these decide nothing.",
)
@click.option(
    "--steps", type=click.IntRange(1), default=STEPS, show_default=True, help="Of a short run."
)
@click.option("--full", is_flag=True, help="Short runs of the run's own model, not a smaller one.")
@click.option(
    "--sandbox",
    default="auto",
    metavar="TIER",
    help="What holds the parts' code: bwrap, landlock, process; the strongest without it.",
)
def blame(run: Path, seeds: int, steps: int, full: bool, sandbox: str) -> int:
    """Find the part that makes RUN, a folder that `zth train --with …` made, worse than it should.

    Trains a small model for a few steps: with your parts, with the reference's, and with one of
    yours at a time, always from the same seeds. Names a part only where its difference is larger
    than the spread over seeds can explain, and shows the smallest case that it gets wrong.

    \b
    zth train shakespeare-tiny --with all=student
    zth blame runs/shakespeare-tiny-1

    Ctrl-C keeps what is done; the same command goes on. Exit status: 0 nobody is to blame, 1
    somebody is, 2 usage, 130 stopped.
    """
    from grader.evidence import Evidence
    from zth.blame import most, search
    from zth.host.sandbox import choose
    from zth.plugins import Plugins
    from zth.runs import Run, unwritable
    from zth.trial import Notebook, Trials

    plugins = Plugins.load()
    tier = choose(sandbox, plugins.sandboxes().values())
    folder = Run(run)
    before = folder.config()
    config, reference, corpus = prepared(before, plugins, steps, full=full)
    notebook = Notebook(folder.path / "blame.jsonl")
    screen = Evidence(folder, before, config, list(reference), seeds)
    screen.begin()
    trials = Trials(
        config,
        reference,
        corpus,
        range(1, most(seeds) + 1),
        tier,
        kept=notebook.read(),
        keep=notebook.add,
    )
    try:
        with trials, screen.watching(trials) as play:
            found = search(trials.suspects, play, seeds)
        screen.end(found)
        for slot in found.guilty:
            _hand_over(slot, config, folder, plugins, tier)
    except KeyboardInterrupt:
        click.echo(tr("stopped; what is done is kept: zth blame {path} goes on", path=run))
        raise
    except BrokenPipeError:  # whoever read what we say has gone
        raise
    except OSError as error:
        raise unwritable(run, error) from None
    return 1 if found.worse else 0


def prepared(
    config: Config, plugins: Plugins, steps: int = STEPS, *, full: bool = False
) -> tuple[Config, dict[str, Part], Corpus]:
    """What trials of a run need: its configuration for them, the reference's parts, the corpus.

    Raises ZthError where the recipe or a part is gone, or no part is anybody else's than the
    reference's.
    """
    from dataclasses import replace

    from zth.cli.parts import corpus_of
    from zth.plugins import nearest
    from zth.trial import short

    if config.recipe.name not in plugins.recipes():
        raise nearest(config.recipe.name, plugins.recipes(), "recipe")
    reference = _reference(config, plugins)
    recipe = config.recipe if full else short(config.recipe)
    corpus = corpus_of(recipe, plugins, config.vocabulary)
    brief = replace(config, recipe=recipe, steps=steps, vocabulary=corpus.vocabulary)
    return brief, reference, corpus


def _reference(config: Config, plugins: Plugins) -> dict[str, Part]:
    """The reference's parts for the slots that somebody else's fill. Raises ZthError."""
    from zth import trees
    from zth.records import ZthError

    known, recipe = plugins.trees(), config.recipe
    components = {c.id: c for c in (recipe.model, *recipe.slots, *recipe.loop)}
    found = {}
    for slot, part in {config.model.component: config.model, **config.slots}.items():
        if reason := trees.missing(part):
            raise ZthError(tr("{part} is not where it was: {reason}", part=slot, reason=reason))
        theirs = trees.part(trees.resolve(recipe.usual(slot), known), components[slot])
        mine = (part.root.resolve(), part.file, part.name)
        if mine != (theirs.root.resolve(), theirs.file, theirs.name) and trees.defines(theirs):
            found[slot] = theirs
    if not found:
        raise ZthError(
            tr("every part of this run is the reference's; try one with --with all=student")
        )
    return found


def _hand_over(slot: str, config: Config, run: Run, plugins: Plugins, tier: Tier) -> None:
    """Shows the smallest case that the part gets wrong, and writes it beside the run."""
    from rich.console import Console

    from grader.starting import settle_hypothesis

    settle_hypothesis()
    from grader.episode import graded, lesson_of, script
    from zth.render.terminal import failure

    part = config.slots.get(slot, config.model)
    lesson = lesson_of(part, plugins.lessons().values())
    if lesson is None:
        click.echo(tr("{slot}: no lesson has checks for it", slot=slot))
        return
    with Console(stderr=True).status(tr("looking for the smallest case of {slot}", slot=slot)):
        found = graded(part, lesson, tier)
    if found.failed is None:
        click.echo(
            tr(
                "{slot}: passes all its {count} checks of {lesson}; what is wrong with it, the "
                "checks do not see, or it only goes badly with the other parts",
                slot=slot,
                count=found.checks,
                lesson=lesson.id,
            )
        )
        return
    click.echo(tr("{slot} fails a check of {lesson}:", slot=slot, lesson=lesson.id))
    Console(highlight=False).print(failure(found.failed, lesson.reading))
    if text := script(found.failed, part):
        name = f"blame_{slot}.py"
        run.write(name, text)
        click.echo(tr("in the debugger, before your code: python {path}", path=run.path / name))
