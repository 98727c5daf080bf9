"""`attention=student`: which tree fills which slot of a recipe's model."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from zth.records import Component, Part, Recipe, ZthError

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
    slot that nobody names keeps the model's own part; one that is named by itself is that tree's,
    whatever "all" says. Raises ZthError for a slot that does not exist or is named twice, or a tree
    that does not implement the component.
    """
    components = {c.id: c for c in (recipe.model, *recipe.slots, *recipe.loop)}
    named = _parsed(wishes, [*components, "all"], recipe.name)
    chosen = {recipe.model.id: "reference"}
    if "all" in named:
        chosen |= _all(named.pop("all"), components, resolve)
    chosen = _without_twice(chosen | named, named)
    parts = {slot: _part(tree, components[slot], resolve) for slot, tree in chosen.items()}
    return Assembly(parts.pop(recipe.model.id), parts, chosen)


def _parsed(wishes: Sequence[str], known: list[str], recipe: str) -> dict[str, str]:
    """The tree that each wish names, by slot."""
    named: dict[str, str] = {}
    for wish in wishes:
        slot, _, tree = wish.partition("=")
        if not slot or not tree:
            raise ZthError(f"--with {wish!r} is not SLOT=TREE, such as attention=student")
        if slot not in known:
            raise _unknown(slot, recipe, known)
        if slot in named:
            raise ZthError(f"{slot} is given twice: {named[slot]} and {tree}")
        named[slot] = tree
    return named


def _all(tree: str, components: dict[str, Component], resolve: Resolve) -> dict[str, str]:
    """Every slot that the tree implements."""
    filled = {id: tree for id, component in components.items() if resolve(tree, component)}
    if not filled:
        raise ZthError(f"{tree} implements none of: {', '.join(components)}")
    return filled


def _without_twice(chosen: dict[str, str], named: dict[str, str]) -> dict[str, str]:
    """The slots without those that another part brings itself; ZthError where one was named."""
    for whole in chosen.keys() & BROUGHT.keys():
        if twice := [slot for slot in BROUGHT[whole] if slot in named]:
            raise ZthError(f"{whole}={chosen[whole]} brings its own {twice[0]}: leave out one")
        chosen = {slot: tree for slot, tree in chosen.items() if slot not in BROUGHT[whole]}
    return chosen


def _part(tree: str, component: Component, resolve: Resolve) -> Part:
    part = resolve(tree, component)
    if part is None:
        file, _, name = tree.partition(":")
        if file.endswith(".py"):
            raise ZthError(f"{file} has no {name or component.name}")
        raise ZthError(f"{tree} has no {component.name} in {component.file}")
    return part


def _unknown(slot: str, recipe: str, known: list[str]) -> ZthError:
    near = difflib.get_close_matches(slot, known, 1)
    hint = f"did you mean {near[0]}?" if near else f"it has: {', '.join(known)}"
    return ZthError(f"the recipe {recipe} has no slot {slot!r}; {hint}")
