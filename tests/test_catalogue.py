"""The Chinese catalogue says all that the code says, with the same values, and nothing else."""

from __future__ import annotations

import re
import string

from tests import texts
from zth.plugins import Plugins

HAN = "\u4e00-\u9fff"
ASCII = re.compile(rf"[{HAN}][,;:?!]|[{HAN}]\.(?:\s|$)")


def places(text: str) -> set[tuple[str, str, str]]:
    """The places of a text for values: name, form, conversion."""
    parsed = string.Formatter().parse(text)
    return {(name, form or "", how or "") for _, name, form, how in parsed if name is not None}


def test_nothing_is_missing():
    assert not texts.missing()


def test_nothing_is_stale():
    assert not texts.stale()


def test_every_translation_has_the_places_of_its_text():
    filled = {said.text for said in texts.written() if said.formatted} | {*texts.CLICK}
    pairs = {text: said for text, said in texts.catalogue().items() if text in filled}
    assert not {t: said for t, said in pairs.items() if places(t) != places(said)}


def test_every_translation_keeps_the_commands_and_the_code_of_its_text():
    commands = "|".join(Plugins.load().commands())

    def code(text: str) -> set[str]:
        return set(re.findall(rf"`[^`]+`|zth (?:{commands})\b|--[a-z-]+", text))

    assert not {t: said for t, said in texts.catalogue().items() if code(t) - code(said)}


def test_punctuation_after_chinese_is_chinese():
    assert not {said for said in texts.catalogue().values() if ASCII.search(said)}


def test_what_says_a_text_gives_it_literally():
    """Else it could not be collected. What is known elsewhere is named here."""
    assert not texts.unclear()
