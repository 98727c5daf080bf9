"""`zth sample`."""

from __future__ import annotations

import time
from pathlib import Path

import click

from zth.cli.arguments import RunFolder


@click.command()
@click.argument("run", type=RunFolder())
@click.option("--prompt", default="", metavar="TEXT", help="What the text begins with.")
@click.option(
    "--tokens",
    type=click.IntRange(1, 100_000),
    default=300,
    show_default=True,
    metavar="N",
    help="How many to write.",
)
@click.option(
    "--temperature",
    type=click.FloatRange(0),
    default=0.8,
    show_default=True,
    help="0 takes the likeliest character.",
)
@click.option(
    "--top-k",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Draw from the k likeliest only; 0 from all.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**31 - 1),
    default=0,
    show_default=True,
    metavar="N",
    help="Of the draws.",
)
def sample(run: Path, prompt: str, tokens: int, temperature: float, top_k: int, seed: int) -> int:
    """Write text with the model of RUN, a folder that `zth train` made."""
    from rich.console import Console

    from zth.cli.train import explain
    from zth.host import CallFailed
    from zth.language import tr
    from zth.runs import Run
    from zth.training import Corpus, Trainer, encode, start_nursery, start_session

    folder = Run(run)
    config = folder.config()
    checkpoint = folder.checkpoint()
    nothing = encode("", config.vocabulary)
    encode(prompt, config.vocabulary)
    with start_nursery(config) as nursery, start_session(nursery, config) as session:
        corpus = Corpus(config.vocabulary, nothing, nothing)
        trainer = Trainer(config, corpus, folder, session, "cpu")
        try:
            trainer.build(checkpoint)
            start = time.monotonic()
            text = trainer.sample(prompt, tokens, temperature=temperature, top_k=top_k, seed=seed)
            speed = tokens / (time.monotonic() - start)
        except CallFailed as error:
            return explain(error)
    click.echo(prompt + text)
    if (aside := Console(stderr=True, highlight=False)).is_terminal:
        aside.print(tr("{speed:,.0f} tokens/s", speed=speed), style="dim")
    return 0
