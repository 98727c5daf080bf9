"""What must hold of special tokens."""

from __future__ import annotations

from collections.abc import Mapping

from grader.kit import Remote, fail, property_check
from grader.lessons.lesson2_tokenizer import SPECIAL, driver, hints, oracle
from grader.lessons.lesson2_tokenizer import strategies as draw
from grader.lessons.lesson2_tokenizer.cases import Decoded, Refused, Saved, Special, Taken, Trained
from grader.lessons.lesson2_tokenizer.checks import shared
from zth.language import tr

REST = "What lies between special tokens is ordinary text, each piece of it for itself. "


def _follow(remote: Remote, case: Special, special: Mapping[str, int]) -> None:
    """Encoding makes these special tokens numbers, and all else ordinary tokens."""
    made = case.trained
    got = remote(driver.special, made.course, case.text, case.choice)
    merges = shared.sound(got.merges)
    if len(got.ids) != 1 or len(got.back) != 1:
        fail(tr("an answer is due for the text"))
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
    steps=hints.ALL_OF_THEM,
)
def all_of_them(remote: Remote, case: Special) -> None:
    """allowed_special="all": each special token is its number.

    A special token is a sign that no text contains: here a document ends. With "all", each of them
    becomes its own number, and what lies between is encoded as if it stood alone. (#special)
    """
    _follow(remote, case, case.trained.special)


@property_check(
    SPECIAL,
    points=1,
    examples=15,
    case=draw.with_special("none"),
    hint="The text goes to encode_ordinary as it is.",
    steps=hints.NONE_OF_THEM,
)
def none_of_them(remote: Remote, case: Special) -> None:
    """allowed_special="none": what looks special is text.

    A text about tokenizers contains the letters of <|endoftext|> and means just these. With "none"
    they are letters, so it can be encoded like any other text. (#special)
    """
    _follow(remote, case, {})


@property_check(
    SPECIAL,
    points=1,
    examples=20,
    case=draw.with_special("some"),
    hint="Only the tokens of the set are cut out; all others stay in the text around them.",
    steps=hints.SOME_OF_THEM,
)
def some_of_them(remote: Remote, case: Special) -> None:
    """allowed_special={…}: those in the set alone.

    A set says exactly what may count: the marks that a program puts in by itself, say, and none of
    those that a user could type. What is not in the set is text like any other. (#special)
    """
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
    steps=hints.REFUSES_BY_DEFAULT,
)
def refuses_by_default(remote: Remote, case: Refused) -> None:
    """By default, a text with a special token is a ValueError.

    If whatever a user types were searched for special tokens, a user could end the document; if it
    were silently taken for text, a programmer's own marks would be lost. So without a word about
    them, encode refuses. (#special)
    """
    answer = remote(driver.refuses_special, case.trained.course, case.text, case.choice)
    shared.refused(answer, "encode", tr("a ValueError"))


@property_check(
    SPECIAL,
    points=1,
    examples=15,
    case=draw.with_special(None, holds=False) | draw.with_special("none_raise", holds=False),
    hint="Only a whole special token is refused; a part of one is text.",
    steps=hints.ORDINARY_BY_DEFAULT,
)
def ordinary_by_default(remote: Remote, case: Special) -> None:
    """By default, a text without special tokens is encoded.

    Nearly every text holds no special token, and for such a text there is nothing to decide. Only a
    whole token is one; parts of it are letters. (#special)
    """
    _follow(remote, case, {})


@property_check(
    SPECIAL,
    points=1,
    examples=6,
    case=draw.with_special("some_of_them", holds=False, case=Refused)
    | draw.with_special("", holds=False, case=Refused)
    | draw.with_special("All", holds=False, case=Refused),
    hint='There are "all", "none", "none_raise", and sets. Anything else is a mistake: say so.',
    steps=hints.OTHER_CHOICES,
)
def other_choices(remote: Remote, case: Refused) -> None:
    """Any other allowed_special is a ValueError.

    A word that nobody knows is a slip. Taken for "none" or for "all" it would do the opposite of
    what was meant, in half of the cases. (#special)
    """
    answer = remote(driver.refuses_special, case.trained.course, case.text, case.choice)
    shared.refused(answer, "encode", tr("a ValueError"))


@property_check(
    SPECIAL,
    points=1,
    examples=15,
    case=draw.special_scrambled(),
    hint="Decoding looks a number up among the special tokens, too; then, as ever, all bytes "
    "together become text.",
    steps=hints.DECODES,
)
def decodes(remote: Remote, case: Decoded) -> None:
    """Decoding knows special tokens.

    What a model writes may contain the end of a document, and whoever reads it wants to see that.
    So the text of a special token comes back, as bytes among the other bytes. (#special)
    """
    got = remote(driver.decode, case.trained.course, [list(case.ids)])
    special = {id: token.encode("utf-8") for token, id in case.trained.special.items()}
    shared.match_decoded(case, got, special)


@property_check(
    SPECIAL,
    points=1,
    examples=10,
    case=draw.saved_special(),
    hint="Special tokens and their numbers belong into the file as well.",
    steps=hints.SAVES_SPECIAL,
)
def saves(remote: Remote, case: Saved) -> None:
    """save and load keep special tokens.

    To a model the numbers of special tokens mean as much as those of all others. A file without
    them would make another tokenizer. (#saving)
    """
    got = remote(driver.saved, case.trained.course, [case.text])
    if len(got.ids) != 1 or len(got.back) != 1:
        fail(tr("an answer is due for the text"))
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
    steps=hints.LONGEST_FIRST,
)
def longest_first(remote: Remote, case: Special) -> None:
    """Of two special tokens that fit, the longer one counts.

    Of alternatives a pattern takes the first that fits, not the longest. With "<s>" before "<s>x",
    the longer one would never be found. (#special)
    """
    _follow(remote, case, case.trained.special)


@property_check(
    SPECIAL,
    advisory=True,
    examples=15,
    case=draw.early(),
    hint="Text that will always be a special token should not spend merges: cut it out of the text "
    "before counting.",
    steps=hints.NOT_COUNTED,
)
def not_counted(remote: Remote, case: Trained) -> None:
    """Special tokens that training knows are not counted.

    A special token is never written by merges, so merges that were learned from its letters would
    be wasted places in the vocabulary. (#special)
    """
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
    steps=hints.TAKEN,
)
def taken(remote: Remote, case: Taken) -> None:
    """A number that is taken is a ValueError.

    With one number for two tokens, decode can give only one of them back. The moment to say so is
    when the second is registered. (#special)
    """
    shared.refused(
        remote(driver.refuses_registration, case.course),
        "register_special_tokens",
        tr("a ValueError"),
    )
