"""What must hold of `RegexTokenizer`, apart from special tokens and files."""

from __future__ import annotations

from hypothesis import strategies as st

from grader.kit import Remote, property_check
from grader.lessons.lesson2_tokenizer import REGEX, driver, hints
from grader.lessons.lesson2_tokenizer import strategies as draw
from grader.lessons.lesson2_tokenizer.cases import (
    GPT2,
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
from zth.language import tr

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
    steps=hints.WITHIN_PIECES,
)
def within_pieces(remote: Remote, case: Trained) -> None:
    """No merge crosses the pieces that GPT-4's pattern makes.

    A pattern cuts the text into words, numbers, signs and spaces, and merges stay within these
    pieces, so that "dog." and "dog!" share the token of "dog". All pieces are counted together,
    each as often as it comes. (#words)
    """
    shared.learns(remote, case)


@property_check(
    REGEX,
    points=2,
    examples=40,
    case=draw.trained(draw.running(), words=True, patterns=draw.PATTERNS, least=1),
    hint="RegexTokenizer(pattern) splits by the pattern that it was given.",
    steps=hints.OTHER_PATTERNS,
)
def other_patterns(remote: Remote, case: Trained) -> None:
    """Another pattern makes other pieces: GPT-2's, or any.

    How to split is a choice: GPT-2 keeps all digits of a number together, GPT-4 at most three. A
    tokenizer keeps to the pattern that it was made with. (#words)
    """
    shared.learns(remote, case)


@property_check(
    REGEX,
    points=1,
    examples=15,
    case=draw.running(6).map(draw.of_words).map(draw.all_merges),
    hint="Merges go on as long as any piece has a pair, also when no pair is seen more than once.",
    steps=hints.RARE_PAIRS,
)
def rare_pairs(remote: Remote, case: Trained) -> None:
    """Pairs that are seen once are merged as well.

    A merge of a pair that is seen once still makes the text one token shorter, and vocab_size says
    how many tokens there shall be. Training ends when there are so many, or when no piece has a
    pair. (#training)
    """
    shared.learns(remote, case)


@property_check(
    REGEX,
    points=1,
    examples=15,
    case=draw.trained(draw.running(), words=True, least=1).map(draw.tokens),
    hint="A new token has the bytes of its two parts, one after the other.",
    steps=hints.VOCAB,
)
def vocab(remote: Remote, case: Tokens) -> None:
    """vocab has the bytes of each token.

    A token stands for a row of bytes: a byte for itself, a merge for the bytes of its left part and
    then those of its right part. Decoding is a look into this table. (#encoding)
    """
    shared.keeps_vocab(remote, case)


@property_check(
    REGEX,
    points=3,
    examples=40,
    case=draw.pieces(),
    hint="Encoding splits the text by the same pattern as training did, and encodes each piece on "
    "its own.",
    steps=hints.ENCODES_PIECES,
)
def encodes_pieces(remote: Remote, case: Encoded) -> None:
    """Encoding splits the text, by the same pattern.

    In training no merge crossed the end of a piece, so none may in encoding: a model has never met
    such a row. The same pattern at both places sees to it. (#words)
    """
    shared.encodes(remote, case)


@property_check(
    REGEX,
    points=2,
    examples=30,
    case=draw.conflicts(words=True),
    hint="In each piece: of all pairs that can be merged, the one with the smallest id first.",
    steps=hints.ENCODES_BY_RANK,
)
def encodes_by_rank(remote: Remote, case: Encoded) -> None:
    """Encoding merges first what was learned first.

    A model knows only rows that were merged in the order of training. In another order, the longest
    token first for instance, the same text gives a row that the model has never met. A merge makes
    a token with a larger number than all before it, so the smallest number first never has to turn
    back. (#encoding)
    """
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
    steps=hints.ROUND_TRIP_OF_PIECES,
)
def round_trip(remote: Remote, case: Encoded) -> None:
    """decode(encode(text)) is the text, in every script.

    Put together, the pieces are the text: what a pattern takes into none of them is in no token,
    and is lost. \\p{L} is a letter of any script, so with GPT's patterns nothing falls out.
    (#words)
    """
    shared.round_trips(remote, case)


@property_check(
    REGEX,
    points=1,
    examples=20,
    case=draw.scrambled(words=True),
    hint="Join the bytes of all tokens first, and then decode with errors='replace'.",
    steps=hints.NOT_UTF8,
)
def not_utf8(remote: Remote, case: Decoded) -> None:
    """Bytes that are not UTF-8 become U+FFFD.

    A model may put its tokens in any order, and the end of a token need not be the end of a
    character. So the bytes are joined first and decoded then. What is no UTF-8 even so becomes the
    sign U+FFFD: nothing crashes, and nothing vanishes unseen. (#bytes)
    """
    shared.decodes(remote, case)


@property_check(
    REGEX,
    points=1,
    examples=12,
    case=draw.unknown(words=True),
    hint="A number that is neither in vocab nor that of a special token is a ValueError.",
    steps=hints.UNKNOWN_TOKEN_OR_SPECIAL,
)
def unknown_token(remote: Remote, case: Decoded) -> None:
    """A number that is no token is refused.

    A number that stands for nothing is a mistake further up: a model with another vocabulary, or an
    index that is off by one. If it passed as nothing, or as the last entry of a list, nobody would
    see it. (#encoding)
    """
    answer = remote(driver.refuses_ids, case.trained.course, list(case.ids))
    shared.refused(answer, "decode", tr("a ValueError or a KeyError"))


@property_check(
    REGEX,
    points=1,
    examples=5,
    case=draw.sizes(words=True),
    hint="The 256 bytes are tokens from the start: no vocabulary can be smaller.",
    steps=hints.TOO_SMALL,
)
def too_small(remote: Remote, case: Size) -> None:
    """A vocabulary below 256 is a ValueError.

    All 256 bytes are tokens before the first merge, or there would be texts without tokens. A
    vocabulary of exactly 256 is one without merges; a smaller one cannot be, and silence would hide
    a mistake. (#training)
    """
    answer = remote(driver.refuses_size, "hello", case.vocab_size)
    shared.refused(answer, "train", tr("a ValueError"))


@property_check(
    REGEX,
    points=1,
    examples=5,
    case=draw.empty(words=True),
    hint="A text without pieces has no tokens, and nothing to learn from.",
    steps=hints.EMPTY,
)
def empty(remote: Remote, case: Encoded) -> None:
    """Empty texts, and texts of one character.

    A text without characters has no tokens, and a single token has no pair: the borders of every
    loop. Training on nothing leaves the 256 bytes, and there is nothing wrong with that.
    (#training)
    """
    shared.learns(remote, case.trained)
    got = remote(driver.play, case.trained.course, [case.text, ""])
    shared.follow(case.trained, got, [case.text, ""])


@property_check(
    REGEX,
    points=1,
    examples=8,
    case=draw.surrogates(words=True),
    hint="Half a surrogate pair is no character, and str.encode says so. Let it.",
    steps=hints.NO_TEXT,
)
def no_text(remote: Remote, case: Surrogate) -> None:
    """Half a surrogate pair is a UnicodeEncodeError.

    Half a surrogate pair is a leftover of UTF-16 and no character: UTF-8 has no bytes for it.
    Whatever encode put in its place would not come back from decode, so an error is the honest
    answer. (#bytes)
    """
    answer = remote(driver.refuses_text, list(case.points))
    shared.refused(answer, "encode", tr("a UnicodeEncodeError"))


@property_check(
    REGEX,
    points=1,
    examples=12,
    case=draw.two(apart=False, words=True),
    hint="Training starts from the 256 bytes again. What encoding remembers of words that it has "
    "seen is out of date after training.",
    steps=hints.TRAINS_AGAIN,
)
def trains_again(remote: Remote, case: Two) -> None:
    """A second training starts afresh.

    A tokenizer knows what its last training found. Tokens of words that it encoded before then
    belong to merges that are no longer there. (#words)
    """
    shared.trains_again(remote, case)


@property_check(
    REGEX,
    points=1,
    examples=12,
    case=draw.two(apart=True, words=True),
    hint="Each tokenizer has its own merges, and its own memory of words: nothing in the class.",
    steps=hints.STAYS_APART,
)
def stays_apart(remote: Remote, case: Two) -> None:
    """Two tokenizers do not share what they learn.

    A program may hold a tokenizer for each language, and neither merges nor remembered words of one
    may reach the other. What is made in the body of a class is made once, for all objects. (#words)
    """
    shared.stays_apart(remote, case)


@property_check(
    REGEX,
    points=1,
    examples=1,
    limit=40.0,
    case=st.just(LongWord(100_000, 12, words=True)),
    hint="A pattern makes most pieces short, but not every piece.",
    steps=hints.LONG_WORD,
    needs=ENCODES,
)
def long_word(remote: Remote, case: LongWord) -> None:
    """A word of 100,000 letters.

    A pattern makes most pieces short, but not all: think of a genome, or of Chinese, where a
    sentence is one piece. The work may grow with the length times the number of merges, but not
    with the square of the length. (#fast)
    """
    shared.takes_long_words(remote, case)


# --- beyond the lecture -------------------------------------------------------------------------


@property_check(
    REGEX,
    advisory=True,
    examples=15,
    case=draw.running(6).map(draw.of_words).map(draw.too_many),
    hint="A short text cannot fill a large vocabulary. max() of nothing is an error; better end "
    "early, or raise a ValueError of your own that says why.",
    steps=hints.PAIRS_RUN_OUT,
)
def pairs_run_out(remote: Remote, case: Trained) -> None:
    """Training ends well when no pair is left.

    A text of n bytes allows n − 1 merges at most, since each makes it one token shorter or more. If
    more are asked for, training ends early with a sound tokenizer, or says in words of its own why
    it cannot go on. (#training)
    """
    shared.stops(remote, case)


@property_check(
    REGEX,
    advisory=True,
    examples=1,
    limit=3.0,
    case=st.just(Running(40_000, 500, words=True)),
    hint="Most words come again and again: count each distinct word once, and encode it once.",
    steps=hints.FAST,
    needs=ENCODES,
)
def fast(remote: Remote, case: Running) -> None:
    """500 merges from 40,000 letters in a moment.

    Most words of a text come again and again. Each distinct one is counted once, with its number of
    times as its weight, and encoded once; and a merge visits only the words that hold its pair.
    (#fast)
    """
    shared.is_fast(remote, case)
