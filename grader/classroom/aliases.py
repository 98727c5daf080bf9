"""Names in two words, drawn from a class's secret, for those who have none of their own choice."""

from __future__ import annotations

from collections.abc import Collection

from grader.classroom import seeds

_FIRST = """
Amber Ancient Autumn Azure Brave Bright Bronze Calm Clever Copper Coral Cosmic Crimson Crystal
Curious Daring Dapper Eager Early Emerald Fearless Gentle Gilded Golden Happy Hazel Hidden Indigo
Ivory Jade Jolly Keen Lively Lucky Lunar Marble Mellow Merry Mighty Misty Modest Nimble Noble
Northern Olive Patient Pearl Polar Quiet Rapid Royal Ruby Rustic Sandy Silent Silver Solar Steady
Sunny Swift Tidal Velvet Violet Witty
"""
_SECOND = """
Acorn Albatross Anchor Badger Beacon Beaver Birch Bison Canyon Cedar Comet Compass Condor Cricket
Dolphin Dragonfly Eagle Ember Falcon Fern Finch Fjord Fox Galaxy Gecko Glacier Harbor Heron Ibex
Island Jaguar Kestrel Kite Lantern Lark Lynx Maple Meadow Meteor Nebula Ocelot Orchid Otter Owl
Panda Panther Pebble Penguin Pine Puffin Quartz Raven Reef River Robin Sparrow Summit Swan Thistle
Tiger Tulip Walrus Willow Wren
"""
FIRST, SECOND = _FIRST.split(), _SECOND.split()
_TRIES = 32  # draws in words alone, before a number makes room for more


def drawn(secret: bytes, student: str, taken: Collection[str]) -> str:
    """A name that is not taken: always the same for a student, where the same are taken.

    `taken` holds names in small letters.
    """
    attempt = 0
    while True:
        number, _ = seeds.seed(secret, "alias", student, str(attempt))
        rest, first = divmod(number, len(FIRST))
        name = f"{FIRST[first]} {SECOND[rest % len(SECOND)]}"
        if attempt >= _TRIES:
            name += f" {attempt}"
        if name.casefold() not in taken:
            return name
        attempt += 1
