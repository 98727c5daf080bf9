"""What both tokenizers are asked: the same questions, with a pattern and without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grader.kit import Remote, fail
from grader.lessons.lesson2_tokenizer import driver, oracle
from grader.lessons.lesson2_tokenizer.cases import (
    Decoded,
    Encoded,
    LongWord,
    Running,
    Trained,
    Two,
)
from grader.lessons.lesson2_tokenizer.driver import Merge, Played


def check_merges(made: Trained, merges: Sequence[Merge]) -> None:
    """Each merge joins a pair of maximal count, in the rows as the learner's own merges left them.

    Which of several such pairs is merged first is free.
    """
    rows = oracle.words(made.text, made.splits)
    if found := oracle.fault(rows, merges, made.merges):
        fail(found.message, expected=found.expected, actual=found.actual)


def learns(remote: Remote, case: Trained) -> None:
    check_merges(case, remote(driver.learn, case.course))


def keeps_vocab(remote: Remote, case: Trained) -> None:
    """vocab holds the bytes of each token, those of the learner's own merges."""
    got = remote(driver.vocabulary, case.course)
    expected = oracle.vocabulary(sound(got.merges))
    if len(got.tokens) != len(expected):
        fail("vocab has a wrong number of tokens", expected=len(expected), actual=len(got.tokens))
    for id, token in enumerate(got.tokens):
        if token != expected[id]:
            fail(f"vocab[{id}] is {token!r}", expected=expected[id], actual=token)


def sound(merges: list[Merge]) -> list[Merge]:
    """The merges, if they can be followed at all."""
    if why := oracle.unsound(merges):
        fail(why)
    return merges


def match_tokens(actual: Sequence[int], expected: Sequence[int], text: str) -> None:
    """Both are the same tokens; the first that differs is named."""
    for i, (a, e) in enumerate(zip(actual, expected, strict=False)):
        if a != e:
            wrong = f"token {i} of encode({short(text)}) is {a}, expected {e}"
            fail(wrong, expected=list(expected), actual=list(actual), where=f"ids[{i}]")
    if len(actual) != len(expected):
        wrong = f"encode({short(text)}) gives {len(actual)} tokens, expected {len(expected)}"
        fail(wrong, expected=list(expected), actual=list(actual))


def match_text(actual: str, expected: str) -> None:
    """Decoding gives the text back."""
    if actual != expected:
        fail("decode(encode(text)) is another text", expected=repr(expected), actual=repr(actual))


def short(text: str) -> str:
    """A text as a message quotes it."""
    return repr(text) if len(text) <= 40 else f"{text[:30]!r} …"


def follow(made: Trained, got: Played, texts: Sequence[str], *, back: bool = True) -> None:
    """Encoding follows the learner's own merges, and decoding gives each text back."""
    merges = sound(got.merges)
    if len(got.ids) != len(texts) or len(got.back) != len(texts):
        fail("an answer is due for each text")
    for text, ids, again in zip(texts, got.ids, got.back, strict=True):
        match_tokens(ids, oracle.encode(text, made.splits, merges), text)
        if back:
            match_text(again, text)


def encodes(remote: Remote, case: Encoded) -> None:
    got = remote(driver.play, case.trained.course, [case.text])
    follow(case.trained, got, [case.text], back=False)


def round_trips(remote: Remote, case: Encoded) -> None:
    """encode, then decode, gives the text back, whatever the tokens."""
    got = remote(driver.play, case.trained.course, [case.text, case.trained.text])
    if len(got.back) != 2:
        fail("an answer is due for each text")
    match_text(got.back[0], case.text)
    match_text(got.back[1], case.trained.text)


def decodes(remote: Remote, case: Decoded) -> None:
    """The bytes of all tokens together, as UTF-8 with replacement."""
    match_decoded(case, remote(driver.decode, case.trained.course, [list(case.ids)]), {})


def match_decoded(case: Decoded, got: driver.Decoded, special: Mapping[int, bytes]) -> None:
    """The text is that of the learner's own tokens, and of special ones."""
    vocab = oracle.vocabulary(sound(got.merges)) | dict(special)
    if len(got.texts) != 1:
        fail("an answer is due for each row")
    if missing := [id for id in case.ids if id not in vocab]:
        fail(f"training left no token {missing[0]}: it made {len(got.merges)} merges")
    expected = b"".join(vocab[id] for id in case.ids).decode("utf-8", "replace")
    if got.texts[0] != expected:
        fail(
            f"decode({list(case.ids)}) is {short(got.texts[0])}, expected {short(expected)}",
            expected=repr(expected),
            actual=repr(got.texts[0]),
        )


def refused(answer: str, due: str) -> None:
    """The learner's code refused: the driver answered nothing."""
    if answer:
        fail(answer, expected=due)


def trains_again(remote: Remote, case: Two) -> None:
    """Training a second time leaves nothing of the first."""
    first, second = case.first.course, case.second.course
    got = remote(driver.again, first, second, [case.text])
    check_merges(case.second, got.merges)
    follow(case.second, got, [case.text])


def stays_apart(remote: Remote, case: Two) -> None:
    """A tokenizer does not change when another one is trained."""
    got = remote(driver.beside, case.first.course, case.second.course, [case.text])
    check_merges(case.first, got.merges)
    follow(case.first, got, [case.text])


def takes_long_words(remote: Remote, case: LongWord) -> None:
    got = remote(driver.play, case.trained.course, [case.text])
    follow(case.trained, got, [case.text])


def stops(remote: Remote, case: Trained) -> None:
    """When no pair is left, training ends, with all merges that there were, or says so itself."""
    got = remote(driver.exhaust, case.course)
    if got.raised:
        if not got.own:
            fail(f"training stops with {got.raised}", expected="it ends early, with fewer merges")
        return
    rows = oracle.words(case.text, case.splits)
    if found := oracle.fault(rows, got.merges, len(got.merges)):
        fail(found.message, expected=found.expected, actual=found.actual)
    for merge in got.merges:
        rows = oracle.replaced(rows, merge)
    if left := oracle.pair_counts(rows):
        fail(f"training ends after {len(got.merges)} merges, and {len(left)} pairs are left")


def is_fast(remote: Remote, case: Running) -> None:
    """The merges are as many as they should be, and encoding follows them."""
    made = case.trained
    got = remote(driver.scale, made.course)
    if len(got.ids) != 1:
        fail("an answer is due for the text")
    if len(got.merges) != case.merges:
        fail(f"training made {len(got.merges)} merges, and {case.merges} are due")
    match_tokens(got.ids[0], oracle.encode(case.text, made.splits, sound(got.merges)), case.text)
