"""What boards draw from the class's secret: a split of a public text, and a text of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.kit import NotMeasured
from zth import data, measure
from zth.language import tr
from zth.training import encode

Array = NDArray[Any]

PARTS, HELD_OUT = 20, 2  # of so many equal parts of a text, so many are held out


def shakespeare() -> str:
    """Tiny Shakespeare. Raises NotMeasured where it is not on this machine."""
    dataset = next(d for d in data.DATASETS if d.name == "tinyshakespeare")
    if data.locate(dataset) is None:
        raise NotMeasured(
            tr("tiny Shakespeare is not here; get it: zth data fetch tinyshakespeare")
        )
    return data.find(dataset).read_text(encoding="utf-8")


# --- a public text, split in secret -------------------------------------------------------------


@dataclass(frozen=True)
class Pieces:
    """A training split: pieces of a text, as tokens. No window reaches from one into another."""

    pieces: tuple[Array, ...]

    def windows(self, count: int, length: int, draw: np.random.Generator) -> Array:
        """Windows at random places, each as likely as any other: (count, length)."""
        sizes = np.array([len(piece) for piece in self.pieces])
        room = np.cumsum(sizes - length + 1)  # places for a window, up to the end of each piece
        drawn = draw.integers(0, room[-1], count)
        lost = np.arange(len(sizes)) * (length - 1)  # places at the ends of the pieces before
        starts = drawn + lost[np.searchsorted(room, drawn, side="right")]
        found: Array = self._whole[starts[:, None] + np.arange(length)]
        return found

    @cached_property
    def _whole(self) -> Array:
        return np.concatenate(self.pieces)


@dataclass(frozen=True)
class Split:
    """A text, of which some contiguous parts are held out: which ones, is drawn from the seed."""

    text: str
    seed: int

    @cached_property
    def vocabulary(self) -> str:
        return "".join(sorted(set(self.text)))

    @cached_property
    def _parts(self) -> list[Array]:
        return np.array_split(encode(self.text, self.vocabulary), PARTS)

    @cached_property
    def _held_out(self) -> set[int]:
        draw = np.random.default_rng([self.seed, 10])
        return {int(i) for i in draw.choice(PARTS, HELD_OUT, replace=False)}

    @cached_property
    def train(self) -> Pieces:
        """What is left, where neighbours are one piece."""
        runs: list[list[Array]] = [[]]
        for i, part in enumerate(self._parts):
            if i in self._held_out:
                runs.append([])
            else:
                runs[-1].append(part)
        return Pieces(tuple(np.concatenate(run) for run in runs if run))

    def held_out(self, length: int) -> tuple[Array, Array]:
        """The parts that are held out, in consecutive windows: inputs and targets (N, length)."""
        found = [measure.windows(self._parts[i], length) for i in sorted(self._held_out)]
        inputs, targets = zip(*found, strict=True)
        return np.concatenate(inputs), np.concatenate(targets)


# --- a text that nobody has seen ----------------------------------------------------------------

ONSETS = (
    *("b", "br", "c", "ch", "d", "f", "fl", "g", "gr", "h", "j", "k", "l", "m", "n", "p", "pl"),
    *("qu", "r", "s", "sh", "st", "t", "th", "tr", "v", "w", "z"),
)
NUCLEI = ("a", "e", "i", "o", "u", "ai", "ea", "ie", "ou", "é", "ü")
CODAS = ("", "", "", "n", "r", "s", "t", "l", "m", "nd", "st", "ck", "ng")
LEXICON = 4_000  # words
ENDS = (". ", ". ", ", ", "; ", "? ", "!\n", ".\n\n")


def prose(size: int, draw: np.random.Generator) -> str:
    """A text of `size` characters: words that are made up, as often as words of a language are."""
    lexicon = _lexicon(draw)
    weights = 1 / (np.arange(LEXICON) + 2.7)  # Zipf's law, as Mandelbrot has it
    numbers = draw.choice(LEXICON, size, p=weights / weights.sum())
    parts: list[str] = []
    length = at = 0
    while length < size:
        words = [lexicon[i] for i in numbers[at : at + int(draw.integers(3, 14))]]
        at += len(words)
        parts.append(" ".join(words).capitalize() + _one(ENDS, draw))
        length += len(parts[-1])
    return "".join(parts)[:size]


def _lexicon(draw: np.random.Generator) -> list[str]:
    syllables = draw.integers(1, 4, LEXICON)
    return ["".join(_syllable(draw) for _ in range(count)) for count in syllables]


def _syllable(draw: np.random.Generator) -> str:
    return _one(ONSETS, draw) + _one(NUCLEI, draw) + _one(CODAS, draw)


def _one(choices: Sequence[str], draw: np.random.Generator) -> str:
    return choices[int(draw.integers(len(choices)))]
