"""`zth sample`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--prompt", default="\n", help="What the text begins with.")
@click.option("--tokens", type=click.IntRange(1), default=300, show_default=True)
@click.option(
    "--temperature",
    type=click.FloatRange(0),
    default=0.8,
    show_default=True,
    help="0 takes the likeliest character.",
)
@click.option("--top-k", type=click.IntRange(0), default=0, help="Only the k likeliest; 0: all.")
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True)
def sample(run: Path, prompt: str, tokens: int, temperature: float, top_k: int, seed: int) -> int:
    """Write text with the model of RUN, a folder that `zth train` made."""
    from zth.cli.train import assembled, explain
    from zth.host import CallFailed, Nursery
    from zth.plugins import Plugins, nearest
    from zth.runs import Run
    from zth.training import Corpus, Trainer, encode, start_session

    folder = Run(run)
    stored = folder.config()
    plugins = Plugins.load()
    recipes = plugins.recipes()
    if stored["recipe"] not in recipes:
        raise nearest(stored["recipe"], recipes, "recipe")
    recipe = recipes[stored["recipe"]]
    checkpoint = folder.checkpoint()
    vocabulary = stored["vocabulary"]
    nothing = encode("", vocabulary)
    encode(prompt, vocabulary)
    assembly = assembled(recipe, tuple(stored["with"]), plugins)
    with Nursery(["torch"]) as nursery, start_session(nursery, assembly) as session:
        corpus = Corpus(vocabulary, nothing, nothing)
        trainer = Trainer(
            recipe, assembly, corpus, folder, session, stored["seed"], stored["steps"], "cpu"
        )
        try:
            trainer.build(checkpoint)
            text = trainer.sample(
                prompt or "\n", tokens, temperature=temperature, top_k=top_k, seed=seed
            )
        except CallFailed as error:
            return explain(error)
    click.echo(prompt.lstrip("\n") + text)
    return 0
