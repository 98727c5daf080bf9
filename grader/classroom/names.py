"""Finds people in names of files, as students, platforms and systems write them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def folded(text: str) -> str:
    """The text as it is compared: whichever way Unicode has it, be it in capitals or not."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).casefold()).strip()


def words(text: str) -> list[str]:
    """Its letters and digits, without accents, in small letters."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    bare = "".join(c for c in letters if not unicodedata.combining(c))
    return re.findall(r"[^\W_]+", bare)


def forms(name: str) -> Iterator[str]:
    """A name as it may be written: "anna maria lee", "lee anna maria", "leeannamaria", …"""
    parts = words(name)
    for i in range(len(parts)):
        rotated = parts[i:] + parts[:i]
        yield " ".join(rotated)
        yield "".join(rotated)


def standing(text: str, keys: Iterable[tuple[str, T]]) -> tuple[list[T], str]:
    """Whose key stands in the text with no letter or digit beside it, and in no longer key.

    Also the text without those keys.
    """
    there = [(key, owner) for key, owner in keys if key in text]
    found = [(at, at + len(key), owner) for key, owner in there for at in _places(key, text)]
    widest = [
        (start, end, owner)
        for start, end, owner in found
        if not any(a <= start and end <= b and b - a > end - start for a, b, _ in found)
    ]
    rest = list(text)
    for start, end, _ in widest:
        rest[start:end] = " " * (end - start)
    return list(dict.fromkeys(owner for _, _, owner in widest)), "".join(rest)


def _places(key: str, text: str) -> Iterator[int]:
    at = text.find(key)
    while at >= 0:
        before, after = text[:at][-1:], text[at + len(key) :][:1]
        if not before.isalnum() and not after.isalnum():
            yield at
        at = text.find(key, at + 1)


def differ(name: str, text: str) -> bool:
    """Whether no word of a name is in a text, and both are in Latin letters, so that it could be"""
    mine, other = words(name), "".join(words(text))
    latin = all(any("a" <= c <= "z" for c in part) for part in ("".join(mine), other))
    return latin and not any(word in other for word in mine)
