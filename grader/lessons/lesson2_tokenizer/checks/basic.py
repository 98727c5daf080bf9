"""What must hold of `BasicTokenizer`."""

from __future__ import annotations

from hypothesis import strategies as st

from grader.kit import Remote, property_check
from grader.lessons.lesson2_tokenizer import BASIC, driver, hints
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
from zth.language import tr

# What takes long is worth the time only where these are right.
ENCODES = ("basic.every_merge", "basic.encodes_by_rank")


@property_check(
    BASIC,
    points=2,
    examples=25,
    case=draw.trained(draw.few_letters, most=1, least=1),
    hint="Count the pairs of neighbours in the bytes, zip(ids, ids[1:]); the most frequent one "
    "becomes token 256.",
    steps=hints.FIRST_MERGE,
)
def first_merge(remote: Remote, case: Trained) -> None:
    """The first merge is the most frequent pair.

    Each merge makes two tokens one wherever the pair stands, so the most frequent pair shortens the
    text most. The 256 bytes are tokens from the start; the first new one is 256, and vocab_size −
    256 merges are due. (#training)
    """
    shared.learns(remote, case)


@property_check(
    BASIC,
    points=3,
    examples=60,
    case=draw.trained(least=2),
    hint="After each merge the list is another one, and so are the counts: the new token has "
    "neighbours, too.",
    steps=hints.EVERY_MERGE,
)
def every_merge(remote: Remote, case: Trained) -> None:
    """Every merge is a most frequent pair of its step.

    A merge changes the text, and so the counts: the new token has neighbours of its own, and the
    pairs that it broke up are gone. Each step counts in the list as it is by then. Which of several
    equally frequent pairs is taken is free: the check follows your own merges. (#training)
    """
    shared.learns(remote, case)


@property_check(
    BASIC,
    points=2,
    examples=30,
    case=draw.trained(draw.runs(), least=1),
    hint='In "aaa" the pair (a, a) stands twice, but only one of the two can be merged: the left '
    "one. Then go on behind it.",
    steps=hints.RUNS,
)
def runs_of_one_letter(remote: Remote, case: Trained) -> None:
    """Runs of one letter: "aaa" has two pairs, and one merge.

    Pairs overlap: in "aaa" one (a, a) begins at the first letter, one at the second. Merges cannot,
    as a token goes into one merge alone; from the left, "aaa" becomes Za and "aaaa" ZZ. So two are
    counted, and one is merged. (#training)
    """
    shared.learns(remote, case)


@property_check(
    BASIC,
    points=2,
    examples=20,
    case=(draw.distinct | draw.few_letters).map(draw.of_text).map(draw.all_merges),
    hint="Merges go on as long as there are pairs and room in the vocabulary, also when no pair is "
    "seen more than once.",
    steps=hints.RARE_PAIRS,
)
def rare_pairs(remote: Remote, case: Trained) -> None:
    """Pairs that are seen once are merged as well.

    A merge of a pair that is seen once still makes the text one token shorter, and vocab_size says
    how many tokens there shall be. Training ends when there are so many, or when no pair is left.
    (#training)
    """
    shared.learns(remote, case)


@property_check(
    BASIC,
    points=2,
    examples=20,
    case=draw.trained(least=1).map(draw.tokens),
    hint="A new token has the bytes of its two parts, one after the other.",
    steps=hints.VOCAB,
    needs=["basic.first_merge"],
)
def vocab(remote: Remote, case: Tokens) -> None:
    """vocab has the bytes of each token.

    A token stands for a row of bytes: a byte for itself, a merge for the bytes of its left part and
    then those of its right part. Decoding is a look into this table. (#encoding)
    """
    shared.keeps_vocab(remote, case)


@property_check(
    BASIC,
    points=1,
    examples=15,
    case=draw.encoded(st.just(Trained("", 0)), draw.running() | draw.any_text),
    hint="Without merges, the tokens are the bytes of the text in UTF-8, one or more a character.",
    steps=hints.BYTES_ALONE,
)
def bytes_alone(remote: Remote, case: Encoded) -> None:
    """Without merges, a text is its bytes.

    UTF-8 writes each character as one to four bytes, and each byte is a token from the start. So
    there are tokens for every text, even before any training. (#bytes)
    """
    shared.encodes(remote, case)


@property_check(
    BASIC,
    points=4,
    examples=45,
    case=draw.conflicts(),
    hint="Where two merges compete for a token, the one that was learned first wins: of all pairs "
    "that can be merged, take the one with the smallest id, wherever it stands.",
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
    BASIC,
    points=1,
    examples=20,
    case=draw.encoded(draw.trained(draw.runs(), least=1), draw.runs()),
    hint='As in training: of "aaa", the first two become one.',
    steps=hints.ENCODES_RUNS,
)
def encodes_runs(remote: Remote, case: Encoded) -> None:
    """Runs of one letter are encoded from the left.

    Of two pairs that overlap only one can be merged. Training took the left one, so encoding takes
    it as well, or a model would meet rows that training never made. (#encoding)
    """
    shared.encodes(remote, case)


@property_check(
    BASIC,
    points=2,
    examples=40,
    case=draw.encoded(draw.trained(), draw.any_text | draw.running()),
    hint="A text is first its bytes in UTF-8, so there is a token for everything. Decode all bytes "
    "together: a token may end in the midst of a character.",
    steps=hints.ROUND_TRIP,
)
def round_trip(remote: Remote, case: Encoded) -> None:
    """decode(encode(text)) is the text, in every script.

    Bytes can write every text, merges only group them, and decoding puts them one behind the other
    again. So nothing is lost, whatever the script, unless something changes the text on the way.
    (#encoding)
    """
    shared.round_trips(remote, case)


@property_check(
    BASIC,
    points=2,
    examples=25,
    case=draw.scrambled(),
    hint="A model may put tokens in any order. Join the bytes of all of them, and then "
    "bytes.decode has an argument for what is not UTF-8.",
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
    BASIC,
    points=1,
    examples=12,
    case=draw.unknown(),
    hint="A number that is no token should not pass as nothing, nor as another token; -1 neither.",
    steps=hints.UNKNOWN_TOKEN,
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
    BASIC,
    points=1,
    examples=5,
    case=draw.sizes(),
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
    BASIC,
    points=1,
    examples=5,
    case=draw.empty(),
    hint="No text, no tokens; no tokens, no text. A single token has no pair.",
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
    BASIC,
    points=1,
    examples=8,
    case=draw.surrogates(),
    hint="Half a surrogate pair is no character, and str.encode says so with a UnicodeEncodeError. "
    "Let it: whatever replaces it would not come back.",
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
    BASIC,
    points=1,
    examples=12,
    case=draw.two(apart=False),
    hint="Training starts from the 256 bytes again.",
    steps=hints.TRAINS_AGAIN,
)
def trains_again(remote: Remote, case: Two) -> None:
    """A second training starts afresh.

    A tokenizer knows what its last training found. The merges of two texts, mixed, would be those
    of neither, and the same training would give different tokens on different days. (#training)
    """
    shared.trains_again(remote, case)


@property_check(
    BASIC,
    points=1,
    examples=12,
    case=draw.two(apart=True),
    hint="Each tokenizer has its own merges: make the dict in __init__, not in the class.",
    steps=hints.STAYS_APART,
)
def stays_apart(remote: Remote, case: Two) -> None:
    """Two tokenizers do not share what they learn.

    A program may hold a tokenizer for each language, and what one learns must not reach the other.
    What is made in the body of a class is made once, for all objects. (#training)
    """
    shared.stays_apart(remote, case)


@property_check(
    BASIC,
    points=1,
    examples=1,
    limit=40.0,
    case=st.just(LongWord(100_000, 12)),
    hint="No recursion, and no work for each token that goes through all others.",
    steps=hints.LONG_WORD,
    needs=ENCODES,
)
def long_word(remote: Remote, case: LongWord) -> None:
    """A word of 100,000 letters.

    Not every text has spaces: think of a genome, or of Chinese. The work may grow with the length
    times the number of merges, but not with the square of the length; and Python allows about 1,000
    calls inside each other. (#fast)
    """
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
    BASIC,
    advisory=True,
    examples=1,
    limit=3.0,
    case=st.just(Running(40_000, 500)),
    hint="A merge changes the counts of its neighbours alone. Remember where each pair stands, and "
    "visit only those places.",
    steps=hints.FAST,
    needs=ENCODES,
)
def fast(remote: Remote, case: Running) -> None:
    """500 merges from 40,000 letters in a moment.

    A merge changes the counts of the pairs around it and no others. Whoever goes only there does
    work for what changes, and not for the whole text at every step. (#fast)
    """
    shared.is_fast(remote, case)
