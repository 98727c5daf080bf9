r"""The part of `regex` that lesson 2 needs, on top of `re`, which has possessive quantifiers, too.

`\p{L}` and the like, `\s`, `\w` and `\d` become sets of characters, from a table that the real
`regex` was asked for when the page was built: so a text is split as it is outside.
"""

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import cycle
from pathlib import Path
from re import (
    ASCII,
    DOTALL,
    IGNORECASE,
    MULTILINE,
    VERBOSE,
    A,
    I,
    M,
    Match,
    Pattern,
    S,
    X,
    error,
    escape,
    purge,
)
from typing import Any

__all__ = [
    "ASCII",
    "DOTALL",
    "IGNORECASE",
    "MULTILINE",
    "VERBOSE",
    "A",
    "I",
    "M",
    "Match",
    "Pattern",
    "S",
    "X",
    "compile",
    "error",
    "escape",
    "findall",
    "finditer",
    "fullmatch",
    "match",
    "purge",
    "search",
    "split",
    "sub",
    "subn",
]
TABLE = Path(__file__).with_name("regex_classes.json")
LAST = 0x10FFFF
_CLASS = r"(?P<class>\\[pP](?:\{\^?\w+\}|\w)|\\[swdSWD])"
_OUTSIDE = re.compile(_CLASS + r"|\\.|\[\^?\]?|\(\?<(?![=!])|.", re.DOTALL)
_INSIDE = re.compile(_CLASS + r"|\\.|.", re.DOTALL)
_INNER = {sign: f"\\{sign}" for sign in "[&~|"}  # what `re` may take for more than a sign


def _translated(pattern: str) -> str:
    """The pattern for `re`."""
    told, inside, at = "", False, 0
    while found := (_INSIDE if inside else _OUTSIDE).match(pattern, at):
        token, at = found[0], found.end()
        if found["class"]:
            members = _members(*_named(token))
            told += members if inside else f"[{members}]"
        elif inside:
            inside = token != "]"
            told += _INNER.get(token, token)
        elif token.startswith("["):
            inside = True
            told += token.replace("]", r"\]")  # the first one of a set is a member
        else:
            told += "(?P<" if token == "(?<" else token
    return told


def _named(token: str) -> tuple[str, bool]:
    r"""The class that an escape stands for, and whether all that is not in it is meant."""
    if token[1] not in "pP":
        return token[1].lower(), token[1].isupper()
    name = token[2:].strip("{}")
    return name.removeprefix("^"), name.startswith("^") != (token[1] == "P")


@cache
def _members(name: str, others: bool) -> str:
    """The ranges of a class, or of all `others`, as they stand between brackets."""
    bounds = _table().get(name)
    if bounds is None:
        raise error(f"in a page, regex knows no \\p{{{name}}}; where you install zth, it does")
    if others:
        bounds = [0, *map(sum, zip(bounds, cycle((-1, 1)))), LAST]
    pairs = zip(bounds[::2], bounds[1::2], strict=True)
    return "".join(f"\\U{a:08x}-\\U{b:08x}" for a, b in pairs if a <= b)


@cache
def _table() -> dict[str, list[int]]:
    """First, last, first, last, … of the ranges of each class."""
    table: dict[str, list[int]] = json.loads(TABLE.read_text("ascii"))
    return table


@cache
def _compiled(pattern: str, flags: int) -> Pattern[str]:
    return re.compile(_translated(pattern), flags)


def compile(pattern: Any, flags: int = 0) -> Any:
    """A pattern of `re` that matches what this one does; one of bytes is left as it is."""
    return _compiled(pattern, flags) if isinstance(pattern, str) else re.compile(pattern, flags)


def search(pattern: Any, string: Any, flags: int = 0) -> Any:
    return compile(pattern, flags).search(string)


def match(pattern: Any, string: Any, flags: int = 0) -> Any:
    return compile(pattern, flags).match(string)


def fullmatch(pattern: Any, string: Any, flags: int = 0) -> Any:
    return compile(pattern, flags).fullmatch(string)


def findall(pattern: Any, string: Any, flags: int = 0) -> list[Any]:
    found: list[Any] = compile(pattern, flags).findall(string)
    return found


def finditer(pattern: Any, string: Any, flags: int = 0) -> Iterator[Any]:
    found: Iterator[Any] = compile(pattern, flags).finditer(string)
    return found


def split(pattern: Any, string: Any, maxsplit: int = 0, flags: int = 0) -> list[Any]:
    found: list[Any] = compile(pattern, flags).split(string, maxsplit)
    return found


def sub(
    pattern: Any, repl: str | Callable[..., str], string: Any, count: int = 0, flags: int = 0
) -> Any:
    return compile(pattern, flags).sub(repl, string, count)


def subn(
    pattern: Any, repl: str | Callable[..., str], string: Any, count: int = 0, flags: int = 0
) -> Any:
    return compile(pattern, flags).subn(repl, string, count)
