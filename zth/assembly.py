"""`attention=student`: which tree fills which slot of a recipe's model."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from zth.language import tr
from zth.records import Component, Part, Recipe, ZthError

MODEL = "model="  # what any recipe's model may be called
Resolve = Callable[[str, Component], Part | None]
BROUGHT = {"training": ("batches", "clipping", "schedule")}  # a loop's own, so no slots beside it


@dataclass(frozen=True)
class Assembly:
    """The parts of one run: that of the model itself, and those of the filled slots."""

    model: Part
    slots: dict[str, Part]
    names: dict[str, str]

    @property
    def parts(self) -> tuple[Part, ...]:
        return (self.model, *self.slots.values())


def assemble(recipe: Recipe, wishes: Sequence[str], resolve: Resolve) -> Assembly:
    """The parts for wishes such as "attention=student" or "all=student".

    `resolve(tree, component)` gives the part of a tree, or None where the tree does not have it. A
    slot that nobody names keeps the recipe's tree, or the model's own part; one that is named by
    itself is that tree's, whatever "all" says. Raises ZthError for a slot that does not exist or is
    named twice, or a tree that does not implement the component.
    """
    components = {c.id: c for c in (recipe.model, *recipe.slots, *recipe.loop)}
    named = _parsed(wishes, [*components, "all"], recipe.name)
    chosen = {recipe.model.id: "reference", **recipe.trees}
    if "all" in named:
        chosen |= _all(named.pop("all"), components, resolve)
    chosen = _without_twice(chosen | named, named)
    parts = {slot: _part(tree, components[slot], resolve) for slot, tree in chosen.items()}
    return Assembly(parts.pop(recipe.model.id), parts, chosen)


def by_id(recipe: Recipe, wishes: Sequence[str]) -> tuple[str, ...]:
    """The wishes with the recipe's model by its id, "gpt=student", where it is called "model"."""
    return tuple(
        f"{recipe.model.id}={wish.removeprefix(MODEL)}" if wish.startswith(MODEL) else wish
        for wish in wishes
    )


def _parsed(wishes: Sequence[str], known: list[str], recipe: str) -> dict[str, str]:
    """The tree that each wish names, by slot."""
    named: dict[str, str] = {}
    for wish in wishes:
        slot, _, tree = wish.partition("=")
        if not slot or not tree:
            raise ZthError(
                tr("--with {wish!r} is not SLOT=TREE, such as attention=student", wish=wish)
            )
        if slot not in known:
            raise _unknown(slot, recipe, known)
        if slot in named:
            raise ZthError(
                tr(
                    "{slot} is given twice: {first} and {second}",
                    slot=slot,
                    first=named[slot],
                    second=tree,
                )
            )
        named[slot] = tree
    return named


def _all(tree: str, components: dict[str, Component], resolve: Resolve) -> dict[str, str]:
    """Every slot that the tree implements."""
    filled = {id: tree for id, component in components.items() if resolve(tree, component)}
    if not filled:
        raise ZthError(
            tr(
                "{tree} implements none of: {components}",
                tree=tree,
                components=", ".join(components),
            )
        )
    return filled


def _without_twice(chosen: dict[str, str], named: dict[str, str]) -> dict[str, str]:
    """The slots without those that another part brings itself; ZthError where one was named."""
    for whole in chosen.keys() & BROUGHT.keys():
        if twice := [slot for slot in BROUGHT[whole] if slot in named]:
            raise ZthError(
                tr(
                    "{whole}={tree} brings its own {slot}: leave out one",
                    whole=whole,
                    tree=chosen[whole],
                    slot=twice[0],
                )
            )
        chosen = {slot: tree for slot, tree in chosen.items() if slot not in BROUGHT[whole]}
    return chosen


def _part(tree: str, component: Component, resolve: Resolve) -> Part:
    part = resolve(tree, component)
    if part is None:
        file, _, name = tree.partition(":")
        if file.endswith(".py"):
            raise ZthError(tr("{file} has no {name}", file=file, name=name or component.name))
        raise ZthError(
            tr(
                "{tree} has no {name} in {file}",
                tree=tree,
                name=component.name,
                file=component.file,
            )
        )
    return part


def _unknown(slot: str, recipe: str, known: list[str]) -> ZthError:
    near = difflib.get_close_matches(slot, known, 1)
    hint = (
        tr("did you mean {near}?", near=near[0])
        if near
        else tr("it has: {known}", known=", ".join(known))
    )
    return ZthError(
        tr("the recipe {recipe} has no slot {slot!r}; {hint}", recipe=recipe, slot=slot, hint=hint)
    )
