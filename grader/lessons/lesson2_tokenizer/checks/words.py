"""What must hold of `RegexTokenizer`, special tokens apart."""

from __future__ import annotations

from hypothesis import strategies as st

from grader.kit import Remote, property_check
from grader.lessons.lesson2_tokenizer import REGEX, driver
from grader.lessons.lesson2_tokenizer import strategies as draw
from grader.lessons.lesson2_tokenizer.cases import (
    GPT2,
    Decoded,
    Encoded,
    File,
    LongWord,
    Running,
    Saved,
    Size,
    Surrogate,
    Tokens,
    Trained,
    Two,
)
from grader.lessons.lesson2_tokenizer.checks import shared

PIECES = "regex.findall(pattern, text) gives the pieces. "

# What takes long is worth the time only where these are right.
ENCODES = ("regex.within_pieces", "regex.encodes_by_rank")


@property_check(
    REGEX,
    points=3,
    examples=50,
    case=draw.trained(draw.running() | draw.digits, words=True, least=1),
    hint=PIECES + "A pair is counted within a piece, never across the end of one; all pieces count "
    "together. Without a pattern of its own, a tokenizer takes GPT-4's.",
)
def within_pieces(remote: Remote, case: Trained) -> None:
    """No merge crosses the pieces that GPT-4's pattern makes."""
    shared.learns(remote, case)


@property_check(
    REGEX,
    points=2,
    examples=40,
    case=draw.trained(draw.running(), words=True, patterns=draw.PATTERNS, least=1),
    hint="RegexTokenizer(pattern) splits by the pattern that it was given.",
)
def other_patterns(remote: Remote, case: Trained) -> None:
    """Another pattern makes other pieces: GPT-2's, or any."""
    shared.learns(remote, case)


@property_check(
    REGEX,
    points=1,
    examples=15,
    case=draw.running(6).map(draw.of_words).map(draw.all_merges),
    hint="Merges go on as long as any piece has a pair, also when no pair is seen more than once.",
)
def rare_pairs(remote: Remote, case: Trained) -> None:
    """Pairs that are seen once are merged as well."""
    shared.learns(remote, case)


@property_check(
    REGEX,
    points=1,
    examples=15,
    case=draw.trained(draw.running(), words=True, least=1).map(draw.tokens),
    hint="A new token has the bytes of its two parts, one after the other.",
)
def vocab(remote: Remote, case: Tokens) -> None:
    """vocab has the bytes of each token."""
    shared.keeps_vocab(remote, case)


@property_check(
    REGEX,
    points=3,
    examples=40,
    case=draw.pieces(),
    hint="Encoding splits the text by the same pattern as training did, and encodes each piece on "
    "its own.",
)
def encodes_pieces(remote: Remote, case: Encoded) -> None:
    """Encoding splits the text, by the same pattern."""
    shared.encodes(remote, case)


@property_check(
    REGEX,
    points=2,
    examples=30,
    case=draw.conflicts(words=True),
    hint="In each piece: of all pairs that can be merged, the one with the smallest id first.",
)
def encodes_by_rank(remote: Remote, case: Encoded) -> None:
    """Encoding merges first what was learned first."""
    shared.encodes(remote, case)


@property_check(
    REGEX,
    points=2,
    examples=40,
    case=draw.encoded(
        draw.trained(draw.running(), words=True, patterns=(None, GPT2)),
        draw.running() | draw.any_text,
    ),
    hint="\\p{L} is a letter of any script; a-z is not. What a pattern leaves out is lost.",
)
def round_trip(remote: Remote, case: Encoded) -> None:
    """decode(encode(text)) is the text, in every script."""
    shared.round_trips(remote, case)


@property_check(
    REGEX,
    points=1,
    examples=20,
    case=draw.scrambled(words=True),
    hint="Join the bytes of all tokens first, and then decode with errors='replace'.",
)
def not_utf8(remote: Remote, case: Decoded) -> None:
    """Bytes that are not UTF-8 become U+FFFD."""
    shared.decodes(remote, case)


@property_check(
    REGEX,
    points=1,
    examples=12,
    case=draw.unknown(words=True),
    hint="A number that is neither in vocab nor that of a special token is a ValueError.",
)
def unknown_token(remote: Remote, case: Decoded) -> None:
    """A number that is no token is refused."""
    answer = remote(driver.refuses_ids, case.trained.course, list(case.ids))
    shared.refused(answer, "a ValueError or a KeyError")


@property_check(
    REGEX,
    points=1,
    examples=5,
    case=draw.sizes(words=True),
    hint="The 256 bytes are tokens from the start: no vocabulary can be smaller.",
)
def too_small(remote: Remote, case: Size) -> None:
    """A vocabulary below 256 is a ValueError."""
    answer = remote(driver.refuses_size, "hello", case.vocab_size)
    shared.refused(answer, "a ValueError")


@property_check(
    REGEX,
    points=1,
    examples=5,
    case=draw.empty(words=True),
    hint="A text without pieces has no tokens, and nothing to learn from.",
)
def empty(remote: Remote, case: Encoded) -> None:
    """Empty texts, and texts of one character."""
    shared.learns(remote, case.trained)
    got = remote(driver.play, case.trained.course, [case.text, ""])
    shared.follow(case.trained, got, [case.text, ""])


@property_check(
    REGEX,
    points=1,
    examples=8,
    case=draw.surrogates(words=True),
    hint="Half a surrogate pair is no character, and str.encode says so. Let it.",
)
def no_text(remote: Remote, case: Surrogate) -> None:
    """Half a surrogate pair is a UnicodeEncodeError."""
    answer = remote(driver.refuses_text, list(case.points))
    shared.refused(answer, "a UnicodeEncodeError")


@property_check(
    REGEX,
    points=1,
    examples=12,
    case=draw.two(apart=False, words=True),
    hint="Training starts from the 256 bytes again. What encoding remembers of words that it has "
    "seen is out of date after training.",
)
def trains_again(remote: Remote, case: Two) -> None:
    """A second training starts afresh."""
    shared.trains_again(remote, case)


@property_check(
    REGEX,
    points=1,
    examples=12,
    case=draw.two(apart=True, words=True),
    hint="Each tokenizer has its own merges, and its own memory of words: nothing in the class.",
)
def stays_apart(remote: Remote, case: Two) -> None:
    """Two tokenizers do not share what they learn."""
    shared.stays_apart(remote, case)


@property_check(
    REGEX,
    points=1,
    examples=1,
    limit=40.0,
    case=st.just(LongWord(100_000, 12, words=True)),
    hint="A pattern makes most pieces short, but not every piece.",
    needs=ENCODES,
)
def long_word(remote: Remote, case: LongWord) -> None:
    """A word of 100,000 letters."""
    shared.takes_long_words(remote, case)


@property_check(
    REGEX,
    points=2,
    examples=15,
    case=draw.saved(),
    hint="The file needs the merges in their order; from them, load can make the vocab again.",
)
def saves(remote: Remote, case: Saved) -> None:
    """save and load: another tokenizer that does the same."""
    got = remote(driver.saved, case.trained.course, [case.text])
    shared.follow(case.trained, got, [case.text])


@property_check(
    REGEX,
    points=1,
    examples=8,
    case=draw.files,
    hint="Let save begin the file with something that no other file has, and load look for it.",
)
def no_tokenizer(remote: Remote, case: File) -> None:
    """Loading a file that is no tokenizer is a ValueError."""
    answer = remote(driver.refuses_file, case.content)
    shared.refused(answer, "a ValueError")


# --- beyond the lecture -------------------------------------------------------------------------


@property_check(
    REGEX,
    advisory=True,
    examples=20,
    case=draw.pieces().map(draw.saved_pattern),
    hint="load must split by the pattern in the file; one that was compiled earlier is another.",
)
def saves_the_pattern(remote: Remote, case: Saved) -> None:
    """save and load keep the pattern, too."""
    got = remote(driver.saved, case.trained.course, [case.text])
    shared.follow(case.trained, got, [case.text])


@property_check(
    REGEX,
    advisory=True,
    examples=15,
    case=draw.running(6).map(draw.of_words).map(draw.too_many),
    hint="A short text cannot fill a large vocabulary. max() of nothing is an error; better end "
    "early, or raise a ValueError of your own that says why.",
)
def pairs_run_out(remote: Remote, case: Trained) -> None:
    """Training ends well when no pair is left."""
    shared.stops(remote, case)


@property_check(
    REGEX,
    advisory=True,
    examples=1,
    limit=3.0,
    case=st.just(Running(40_000, 500, words=True)),
    hint="Most words come again and again: count each distinct word once, and encode it once.",
    needs=ENCODES,
)
def fast(remote: Remote, case: Running) -> None:
    """500 merges from 40,000 letters in a moment."""
    shared.is_fast(remote, case)
