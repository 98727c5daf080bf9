"""The stand-in for `regex` splits texts as `regex` itself does."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from grader.lessons.lesson2_tokenizer.cases import GPT4
from grader.lessons.lesson2_tokenizer.strategies import PATTERNS, any_text, running
from grader.page import archive
from grader.page.standins import regex as ours

MORE = (
    r"\p{Lu}?[^\W\d]+|\S",
    r"[\p{L}\p{M}]+|\P{L}",
    r"[]\]\s]+|[^]\s]+",
    r"[[\w]+|[&&]|.",
    r"(?<word>\w+)|\p{^N}",
    r"\pL+|\PN",
    r"(?i:straße|[a-f])+|\\|.",
    r"[\S]+|[\D]",
)
texts = st.one_of(running(), any_text, st.text(), st.text("aS1ſKİ²١½_'\u1c89 \x1c\x85\u3000[]&"))


@pytest.fixture(scope="module", autouse=True)
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The classes of characters, where an archive has them."""
    file = tmp_path_factory.mktemp("classes") / "regex_classes.json"
    file.write_text(json.dumps(archive.classes()), "ascii")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ours, "TABLE", file)
        yield


@pytest.mark.parametrize("pattern", [*PATTERNS, GPT4, *MORE])
@given(text=texts)
@example(text="It's 12345  ﬁne,\r\n\n\tÜnïcode 注意力 👩‍💻 ２０２６ ²")
def test_a_pattern_finds_the_same(pattern: str, text: str) -> None:
    assert ours.findall(pattern, text) == regex.findall(pattern, text)


@pytest.mark.parametrize(
    "escape", [r"\s", r"\w", r"\d", r"\p{L}", r"\p{N}", r"\P{Lu}", r"[^\p{P}]"]
)
def test_a_class_has_the_same_characters(escape: str) -> None:
    every = "".join(map(chr, range(0x110000)))
    spans = [[m.span() for m in r.finditer(f"(?:{escape})+", every)] for r in (ours, regex)]
    assert spans[0] == spans[1]


@given(st.lists(st.text(max_size=4), min_size=1, max_size=3), st.text(max_size=20))
def test_a_text_is_split_at_special_tokens(tokens: list[str], text: str) -> None:
    both = [r.split("(" + "|".join(map(r.escape, tokens)) + ")", text) for r in (ours, regex)]
    assert both[0] == both[1]


def test_the_other_functions() -> None:
    assert ours.sub(r"\p{L}", "x", "añ1") == "xx1"
    assert ours.subn(r"\d", "", "1a2") == ("a", 2)
    assert ours.search(r"\p{Lu}", "abC")[0] == "C"
    assert ours.match(r"\w", " a") is None
    assert ours.fullmatch(r"\pL+", "né")
    assert ours.compile(ours.compile(r"\s")).pattern
    assert ours.findall(rb"\w", b"a-b") == [b"a", b"b"]


def test_what_is_not_there_is_said() -> None:
    with pytest.raises(ours.error, match=r"\\p\{Han\}; where you install zth"):
        ours.compile(r"\p{Han}")
