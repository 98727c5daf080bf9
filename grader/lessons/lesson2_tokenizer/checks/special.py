"""What must hold of special tokens."""

from __future__ import annotations

from collections.abc import Mapping

from grader.kit import Remote, fail, property_check
from grader.lessons.lesson2_tokenizer import SPECIAL, driver, oracle
from grader.lessons.lesson2_tokenizer import strategies as draw
from grader.lessons.lesson2_tokenizer.cases import Decoded, Refused, Saved, Special, Taken, Trained
from grader.lessons.lesson2_tokenizer.checks import shared

REST = "What lies between special tokens is ordinary text, each piece of it for itself. "


def _follow(remote: Remote, case: Special, special: Mapping[str, int]) -> None:
    """Encoding makes these special tokens numbers, and all else ordinary tokens."""
    made = case.trained
    got = remote(driver.special, made.course, case.text, case.choice)
    merges = shared.sound(got.merges)
    if len(got.ids) != 1 or len(got.back) != 1:
        fail("an answer is due for the text")
    expected = oracle.encode_special(case.text, made.splits, merges, special)
    shared.match_tokens(got.ids[0], expected, case.text)
    shared.match_text(got.back[0], case.text)


@property_check(
    SPECIAL,
    points=3,
    examples=35,
    case=draw.with_special("all"),
    hint=REST + "Many special tokens hold characters that mean something in a pattern: "
    "regex.escape takes that away. With ( ) around it, regex.split keeps what it splits at.",
)
def all_of_them(remote: Remote, case: Special) -> None:
    """allowed_special="all": each special token is its number."""
    _follow(remote, case, case.trained.special)


@property_check(
    SPECIAL,
    points=1,
    examples=15,
    case=draw.with_special("none"),
    hint="The text goes to encode_ordinary as it is.",
)
def none_of_them(remote: Remote, case: Special) -> None:
    """allowed_special="none": what looks special is text."""
    _follow(remote, case, {})


@property_check(
    SPECIAL,
    points=1,
    examples=20,
    case=draw.with_special("some"),
    hint="Only the tokens of the set are cut out; all others stay in the text around them.",
)
def some_of_them(remote: Remote, case: Special) -> None:
    """allowed_special={…}: those in the set alone."""
    assert isinstance(case.allowed, tuple)
    _follow(remote, case, {token: case.trained.special[token] for token in case.allowed})


@property_check(
    SPECIAL,
    points=1,
    examples=15,
    case=draw.with_special(None, holds=True, case=Refused)
    | draw.with_special("none_raise", holds=True, case=Refused),
    hint="A text of a user could hold what looks like the end of a document. So the default "
    "refuses, and whoever means it says so.",
)
def refuses_by_default(remote: Remote, case: Refused) -> None:
    """By default, a text with a special token is a ValueError."""
    answer = remote(driver.refuses_special, case.trained.course, case.text, case.choice)
    shared.refused(answer, "a ValueError")


@property_check(
    SPECIAL,
    points=1,
    examples=15,
    case=draw.with_special(None, holds=False) | draw.with_special("none_raise", holds=False),
    hint="Only a whole special token is refused; a part of one is text.",
)
def ordinary_by_default(remote: Remote, case: Special) -> None:
    """By default, a text without special tokens is encoded."""
    _follow(remote, case, {})


@property_check(
    SPECIAL,
    points=1,
    examples=6,
    case=draw.with_special("some_of_them", holds=False, case=Refused)
    | draw.with_special("", holds=False, case=Refused)
    | draw.with_special("All", holds=False, case=Refused),
    hint='There are "all", "none", "none_raise", and sets. Anything else is a mistake: say so.',
)
def other_choices(remote: Remote, case: Refused) -> None:
    """Any other allowed_special is a ValueError."""
    answer = remote(driver.refuses_special, case.trained.course, case.text, case.choice)
    shared.refused(answer, "a ValueError")


@property_check(
    SPECIAL,
    points=1,
    examples=15,
    case=draw.special_scrambled(),
    hint="Decoding looks a number up among the special tokens, too; then, as ever, all bytes "
    "together become text.",
)
def decodes(remote: Remote, case: Decoded) -> None:
    """Decoding knows special tokens."""
    got = remote(driver.decode, case.trained.course, [list(case.ids)])
    special = {id: token.encode("utf-8") for token, id in case.trained.special.items()}
    shared.match_decoded(case, got, special)


@property_check(
    SPECIAL,
    points=1,
    examples=10,
    case=draw.saved_special(),
    hint="Special tokens and their numbers belong into the file as well.",
)
def saves(remote: Remote, case: Saved) -> None:
    """save and load keep special tokens."""
    got = remote(driver.saved, case.trained.course, [case.text])
    if len(got.ids) != 1 or len(got.back) != 1:
        fail("an answer is due for the text")
    made = case.trained
    merges = shared.sound(got.merges)
    expected = oracle.encode_special(case.text, made.splits, merges, made.special)
    shared.match_tokens(got.ids[0], expected, case.text)
    shared.match_text(got.back[0], case.text)


# --- beyond the lecture -------------------------------------------------------------------------


@property_check(
    SPECIAL,
    advisory=True,
    examples=15,
    case=draw.nested(),
    hint="Of alternatives, a pattern takes the first that fits: put longer ones first.",
)
def longest_first(remote: Remote, case: Special) -> None:
    """Of two special tokens that fit, the longer one counts."""
    _follow(remote, case, case.trained.special)


@property_check(
    SPECIAL,
    advisory=True,
    examples=15,
    case=draw.early(),
    hint="Text that will always be a special token should not spend merges: cut it out of the text "
    "before counting.",
)
def not_counted(remote: Remote, case: Trained) -> None:
    """Special tokens that training knows are not counted."""
    rows = oracle.Rows()
    for part in oracle.parts(case.text, case.special):
        if part not in case.special:
            rows += oracle.words(part, case.splits)
    merges = remote(driver.learn, case.course)
    if found := oracle.fault(rows, merges, case.merges):
        fail(found.message, expected=found.expected, actual=found.actual)


@property_check(
    SPECIAL,
    advisory=True,
    examples=6,
    case=draw.taken(),
    hint="Two tokens with one number cannot both be decoded.",
)
def taken(remote: Remote, case: Taken) -> None:
    """A number that is taken is a ValueError."""
    shared.refused(remote(driver.refuses_registration, case.course), "a ValueError")
