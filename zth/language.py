"""What zth says, in the reader's language: English in the code, others in a catalogue beside it.

A catalogue maps each English text to its translation; what it lacks is said in English. It is the
JSON files of `zth/locale/zh/`: one for each lesson, and `zth.json` for all else. Texts keep their
places for values in braces: `tr("no folder {path}", path=path)`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path

LANGUAGES = ("en", "zh")
CATALOGUES = Path(__file__).with_name("locale")
OPTION = "--lang"

_chosen = "en"
_asked = ""
_spoken: ContextVar[str] = ContextVar("spoken")  # in this thread or task, where it is another


def tr(text: str, /, **values: object) -> str:
    """The text in the chosen language, its places filled with the values, where some are given."""
    said = _catalogue(chosen()).get(text, text)
    return said.format(**values) if values else said


def listed(items: Iterable[str]) -> str:
    """The items one after the other, with the comma that the language has for that."""
    return tr(", ").join(items)


def known(text: str) -> bool:
    """Whether the text is in the catalogue; never in English."""
    return text in _catalogue(chosen())


def use(language: str, *, asked: bool = False) -> None:
    """Chooses one of LANGUAGES, for this process; `asked`: since the user said so."""
    global _chosen, _asked
    _chosen, _asked = language, language if asked else ""


def asked() -> str:
    """The language that the user has asked for by `--lang`; empty without it."""
    return _asked


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Chooses one of LANGUAGES for as long as the context lasts, in this thread or task alone.

    So a server can speak to each reader in the reader's own.
    """
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)


def chosen() -> str:
    """The language that is spoken now."""
    return _spoken.get(_chosen)


def preferred(environment: Mapping[str, str] = os.environ) -> str:
    """The language of the environment: ZTH_LANG first, then the locale's variables, as POSIX orders
    them."""
    names = ("ZTH_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    locale = next((environment[name] for name in names if environment.get(name)), "")
    code = locale.replace("-", "_").partition("_")[0].lower()
    return code if code in LANGUAGES else "en"


def taken(args: Sequence[str]) -> tuple[str | None, list[str]]:
    """The language that `--lang NAME` asks for, wherever it stands, and the other arguments.

    None where nothing is asked for; empty where the name is lacking; the last one counts.
    """
    wanted, rest = None, []
    given = iter(args)
    for word in given:
        if word == OPTION:
            wanted = next(given, "")
        elif word.startswith(OPTION + "="):
            wanted = word.removeprefix(OPTION + "=")
        else:
            rest.append(word)
            if word == "--":
                rest += given
    return wanted, rest


@lru_cache
def _catalogue(language: str) -> Mapping[str, str]:
    if language == "en":
        return {}
    texts: dict[str, str] = {}
    for file in sorted((CATALOGUES / language).glob("*.json")):
        texts |= json.loads(file.read_text("utf-8"))
    return texts
