"""What must hold of `BasicTokenizer`."""

from __future__ import annotations

from hypothesis import strategies as st

from grader.kit import Remote, property_check
from grader.lessons.lesson2_tokenizer import BASIC, driver
from grader.lessons.lesson2_tokenizer import strategies as draw
from grader.lessons.lesson2_tokenizer.cases import (
    Decoded,
    Encoded,
    LongWord,
    Running,
    Size,
    Surrogate,
    Tokens,
    Trained,
    Two,
)
from grader.lessons.lesson2_tokenizer.checks import shared

# What takes long is worth the time only where these are right.
ENCODES = ("basic.every_merge", "basic.encodes_by_rank")


@property_check(
    BASIC,
    points=2,
    examples=25,
    case=draw.trained(draw.few_letters, most=1, least=1),
    hint="Count the pairs of neighbours in the bytes, zip(ids, ids[1:]); the most frequent one "
    "becomes token 256.",
)
def first_merge(remote: Remote, case: Trained) -> None:
    """The first merge is the most frequent pair."""
    shared.learns(remote, case)


@property_check(
    BASIC,
    points=3,
    examples=60,
    case=draw.trained(least=2),
    hint="After each merge the list is another one, and so are the counts: the new token has "
    "neighbours, too.",
)
def every_merge(remote: Remote, case: Trained) -> None:
    """Every merge is a most frequent pair of its step."""
    shared.learns(remote, case)


@property_check(
    BASIC,
    points=2,
    examples=30,
    case=draw.trained(draw.runs(), least=1),
    hint='In "aaa" the pair (a, a) stands twice, but only one of the two can be merged: the left '
    "one. Then go on behind it.",
)
def runs_of_one_letter(remote: Remote, case: Trained) -> None:
    """Runs of one letter: "aaa" has two pairs, and one merge."""
    shared.learns(remote, case)


@property_check(
    BASIC,
    points=2,
    examples=20,
    case=(draw.distinct | draw.few_letters).map(draw.of_text).map(draw.all_merges),
    hint="Merges go on as long as there are pairs and room in the vocabulary, also when no pair is "
    "seen more than once.",
)
def rare_pairs(remote: Remote, case: Trained) -> None:
    """Pairs that are seen once are merged as well."""
    shared.learns(remote, case)


@property_check(
    BASIC,
    points=2,
    examples=20,
    case=draw.trained(least=1).map(draw.tokens),
    hint="A new token has the bytes of its two parts, one after the other.",
    needs=["basic.first_merge"],
)
def vocab(remote: Remote, case: Tokens) -> None:
    """vocab has the bytes of each token."""
    shared.keeps_vocab(remote, case)


@property_check(
    BASIC,
    points=1,
    examples=15,
    case=draw.encoded(st.just(Trained("", 0)), draw.running() | draw.any_text),
    hint="Without merges, the tokens are the bytes of the text in UTF-8, one or more a character.",
)
def bytes_alone(remote: Remote, case: Encoded) -> None:
    """Without merges, a text is its bytes."""
    shared.encodes(remote, case)


@property_check(
    BASIC,
    points=4,
    examples=45,
    case=draw.conflicts(),
    hint="Where two merges compete for a token, the one that was learned first wins: of all pairs "
    "that can be merged, take the one with the smallest id, wherever it stands.",
)
def encodes_by_rank(remote: Remote, case: Encoded) -> None:
    """Encoding merges first what was learned first."""
    shared.encodes(remote, case)


@property_check(
    BASIC,
    points=1,
    examples=20,
    case=draw.encoded(draw.trained(draw.runs(), least=1), draw.runs()),
    hint='As in training: of "aaa", the first two become one.',
)
def encodes_runs(remote: Remote, case: Encoded) -> None:
    """Runs of one letter are encoded from the left."""
    shared.encodes(remote, case)


@property_check(
    BASIC,
    points=2,
    examples=40,
    case=draw.encoded(draw.trained(), draw.any_text | draw.running()),
    hint="A text is first its bytes in UTF-8, so there is a token for everything. Decode all bytes "
    "together: a token may end in the midst of a character.",
)
def round_trip(remote: Remote, case: Encoded) -> None:
    """decode(encode(text)) is the text, in every script."""
    shared.round_trips(remote, case)


@property_check(
    BASIC,
    points=2,
    examples=25,
    case=draw.scrambled(),
    hint="A model may put tokens in any order. Join the bytes of all of them, and then "
    "bytes.decode has an argument for what is not UTF-8.",
)
def not_utf8(remote: Remote, case: Decoded) -> None:
    """Bytes that are not UTF-8 become U+FFFD."""
    shared.decodes(remote, case)


@property_check(
    BASIC,
    points=1,
    examples=12,
    case=draw.unknown(),
    hint="A number that is no token should not pass as nothing, nor as another token; -1 neither.",
)
def unknown_token(remote: Remote, case: Decoded) -> None:
    """A number that is no token is refused."""
    answer = remote(driver.refuses_ids, case.trained.course, list(case.ids))
    shared.refused(answer, "a ValueError or a KeyError")


@property_check(
    BASIC,
    points=1,
    examples=5,
    case=draw.sizes(),
    hint="The 256 bytes are tokens from the start: no vocabulary can be smaller.",
)
def too_small(remote: Remote, case: Size) -> None:
    """A vocabulary below 256 is a ValueError."""
    answer = remote(driver.refuses_size, "hello", case.vocab_size)
    shared.refused(answer, "a ValueError")


@property_check(
    BASIC,
    points=1,
    examples=5,
    case=draw.empty(),
    hint="No text, no tokens; no tokens, no text. A single token has no pair.",
)
def empty(remote: Remote, case: Encoded) -> None:
    """Empty texts, and texts of one character."""
    shared.learns(remote, case.trained)
    got = remote(driver.play, case.trained.course, [case.text, ""])
    shared.follow(case.trained, got, [case.text, ""])


@property_check(
    BASIC,
    points=1,
    examples=8,
    case=draw.surrogates(),
    hint="Half a surrogate pair is no character, and str.encode says so with a UnicodeEncodeError. "
    "Let it: whatever replaces it would not come back.",
)
def no_text(remote: Remote, case: Surrogate) -> None:
    """Half a surrogate pair is a UnicodeEncodeError."""
    answer = remote(driver.refuses_text, list(case.points))
    shared.refused(answer, "a UnicodeEncodeError")


@property_check(
    BASIC,
    points=1,
    examples=12,
    case=draw.two(apart=False),
    hint="Training starts from the 256 bytes again.",
)
def trains_again(remote: Remote, case: Two) -> None:
    """A second training starts afresh."""
    shared.trains_again(remote, case)


@property_check(
    BASIC,
    points=1,
    examples=12,
    case=draw.two(apart=True),
    hint="Each tokenizer has its own merges: make the dict in __init__, not in the class.",
)
def stays_apart(remote: Remote, case: Two) -> None:
    """Two tokenizers do not share what they learn."""
    shared.stays_apart(remote, case)


@property_check(
    BASIC,
    points=1,
    examples=1,
    limit=40.0,
    case=st.just(LongWord(100_000, 12)),
    hint="No recursion, and no work for each token that goes through all others.",
    needs=ENCODES,
)
def long_word(remote: Remote, case: LongWord) -> None:
    """A word of 100,000 letters."""
    shared.takes_long_words(remote, case)


# --- beyond the lecture -------------------------------------------------------------------------


@property_check(
    BASIC,
    advisory=True,
    examples=20,
    case=(st.sampled_from(("", "a", "aa")) | draw.distinct | draw.runs())
    .map(draw.of_text)
    .map(draw.too_many),
    hint="A short text cannot fill a large vocabulary. max() of nothing is an error; better end "
    "early, or raise a ValueError of your own that says why.",
)
def pairs_run_out(remote: Remote, case: Trained) -> None:
    """Training ends well when no pair is left."""
    shared.stops(remote, case)


@property_check(
    BASIC,
    advisory=True,
    examples=1,
    limit=3.0,
    case=st.just(Running(40_000, 500)),
    hint="A merge changes the counts of its neighbours alone. Remember where each pair stands, and "
    "visit only those places.",
    needs=ENCODES,
)
def fast(remote: Remote, case: Running) -> None:
    """500 merges from 40,000 letters in a moment."""
    shared.is_fast(remote, case)
