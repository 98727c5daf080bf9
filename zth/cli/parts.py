"""What a run is put together from: the parts that `--with` asks for, its corpus, its record."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from zth.language import listed, tr

if TYPE_CHECKING:
    from zth.assembly import Assembly
    from zth.plugins import Plugins
    from zth.records import Component, Part, Recipe
    from zth.runs import Config
    from zth.training import Corpus


def assembled(recipe: Recipe, wishes: tuple[str, ...], plugins: Plugins) -> Assembly:
    """The parts for `--with` options; trees are named, or paths to a tree or a file.

    Of what `all=` fills, a part that its tree has not written yet is the reference's.
    """
    from zth import trees
    from zth.assembly import assemble

    known = plugins.trees()
    stubs = _stubs(recipe, wishes, plugins)
    named = {wish.partition("=")[0] for wish in wishes}

    def resolve(spec: str, component: Component) -> Part | None:
        if component.id in stubs and component.id not in named:
            return None if spec != "reference" else trees.part(known[spec], component)
        part = trees.chosen(spec, component, known)
        return part if trees.defines(part) or trees.broken(part) else None

    inside = {component.id for component in recipe.slots}
    theirs = [f"{id}=reference" for id in stubs if id in inside and id not in named]
    return assemble(recipe, (*wishes, *theirs), resolve)


def _stubs(recipe: Recipe, wishes: tuple[str, ...], plugins: Plugins) -> dict[str, str]:
    """What the tree of `all=` has not written yet, by slot: "GPT.forward".

    Raises ZthError where it has written nothing.
    """
    from zth import trees
    from zth.records import ZthError

    spec = next((tree for slot, _, tree in (w.partition("=") for w in wishes) if slot == "all"), "")
    if not spec:
        return {}
    known = plugins.trees()
    parts = [trees.chosen(spec, c, known) for c in (recipe.model, *recipe.slots, *recipe.loop)]
    there = [part for part in parts if trees.defines(part)]
    found = {part.component: hole for part in there if (hole := _hole(part))}
    if there and len(found) == len(there):
        raise ZthError(
            tr(
                "{tree} has written none of these yet: {parts}; start with one: zth",
                tree=spec,
                parts=listed(found),
            )
        )
    return found


def _hole(part: Part) -> str:
    from zth.definitions import unwritten

    return unwritten((part.root / part.file).read_text("utf-8", "replace"), part.name)


def not_yet(recipe: Recipe, wishes: tuple[str, ...], plugins: Plugins) -> list[str]:
    """A line about each part that somebody else takes the place of, since it is a stub."""
    files = {c.id: c.file for c in (recipe.model, *recipe.slots, *recipe.loop)}
    around = {component.id for component in recipe.loop}
    named = {wish.partition("=")[0] for wish in wishes}
    return [
        tr(
            "{slot} is zth's own: {hole} in {file} is not written yet"
            if id in around
            else "{slot} is the reference's: {hole} in {file} is not written yet",
            slot=id,
            hole=hole,
            file=files[id],
        )
        for id, hole in _stubs(recipe, wishes, plugins).items()
        if id not in named
    ]


def corpus_of(recipe: Recipe, plugins: Plugins, vocabulary: str = "") -> Corpus:
    """The recipe's corpus, downloaded if need be."""
    from zth.cli.data import located
    from zth.plugins import nearest
    from zth.training import Corpus

    datasets = plugins.datasets()
    if recipe.dataset not in datasets:
        raise nearest(recipe.dataset, datasets, "dataset")
    dataset = datasets[recipe.dataset]
    text = located(dataset).read_text(encoding="utf-8")
    if dataset.by_line:
        text = shuffled(text)
    return Corpus.of(text, vocabulary, int(recipe.config["block_size"]))


def shuffled(text: str) -> str:
    """The lines in an order of their own, which is always the same."""
    lines = text.splitlines()
    random.Random(0).shuffle(lines)
    return "".join(f"{line}\n" for line in lines)


def configuration(
    recipe: Recipe,
    assembly: Assembly,
    vocabulary: str,
    seed: int = 0,
    steps: int | None = None,
    learning_rate: float = 0.0,
) -> Config:
    """What a run starts with; `learning_rate`, where it is not 0, goes for the recipe's."""
    import platform
    from importlib.metadata import version

    from zth import __version__
    from zth.runs import Config
    from zth.training import digests

    versions = {name: version(name) for name in ("torch", "numpy")}
    return Config(
        recipe=recipe,
        trees=assembly.names,
        model=assembly.model,
        slots=assembly.slots,
        seed=seed,
        steps=steps or recipe.steps,
        vocabulary=vocabulary,
        digests=digests({p.component: p for p in assembly.parts}),
        versions={"zth": __version__, "python": platform.python_version(), **versions},
        learning_rate=learning_rate,
    )
