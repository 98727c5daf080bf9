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
from zth.language import tr


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
        wrong = tr("vocab has a wrong number of tokens")
        fail(wrong, expected=len(expected), actual=len(got.tokens))
    for id, token in enumerate(got.tokens):
        if token != expected[id]:
            wrong = tr("vocab[{id}] is {token}", id=id, token=repr(token))
            fail(wrong, expected=expected[id], actual=token)


def sound(merges: list[Merge]) -> list[Merge]:
    """The merges, if they can be followed at all."""
    if why := oracle.unsound(merges):
        fail(why)
    return merges


def match_tokens(actual: Sequence[int], expected: Sequence[int], text: str) -> None:
    """Both are the same tokens; the first that differs is named."""
    for i, (a, e) in enumerate(zip(actual, expected, strict=False)):
        if a != e:
            wrong = tr(
                "token {i} of encode({text}) is {a}, expected {e}", i=i, text=short(text), a=a, e=e
            )
            fail(wrong, expected=list(expected), actual=list(actual), where=f"ids[{i}]")
    if len(actual) != len(expected):
        wrong = tr(
            "encode({text}) gives {n} tokens, expected {due}",
            text=short(text),
            n=len(actual),
            due=len(expected),
        )
        fail(wrong, expected=list(expected), actual=list(actual))


def match_text(actual: str, expected: str) -> None:
    """Decoding gives the text back."""
    if actual != expected:
        wrong = tr("decode(encode(text)) is another text")
        fail(wrong, expected=repr(expected), actual=repr(actual))


def short(text: str) -> str:
    """A text as a message quotes it."""
    return repr(text) if len(text) <= 40 else f"{text[:30]!r} …"


def follow(made: Trained, got: Played, texts: Sequence[str], *, back: bool = True) -> None:
    """Encoding follows the learner's own merges, and decoding gives each text back."""
    merges = sound(got.merges)
    if len(got.ids) != len(texts) or len(got.back) != len(texts):
        fail(tr("an answer is due for each text"))
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
        fail(tr("an answer is due for each text"))
    match_text(got.back[0], case.text)
    match_text(got.back[1], case.trained.text)


def decodes(remote: Remote, case: Decoded) -> None:
    """The bytes of all tokens together, as UTF-8 with replacement."""
    match_decoded(case, remote(driver.decode, case.trained.course, [list(case.ids)]), {})


def match_decoded(case: Decoded, got: driver.Decoded, special: Mapping[int, bytes]) -> None:
    """The text is that of the learner's own tokens, and of special ones."""
    vocab = oracle.vocabulary(sound(got.merges)) | dict(special)
    if len(got.texts) != 1:
        fail(tr("an answer is due for each row"))
    if missing := [id for id in case.ids if id not in vocab]:
        left = tr(
            "training left no token {id}: it made {n} merges", id=missing[0], n=len(got.merges)
        )
        fail(left)
    expected = b"".join(vocab[id] for id in case.ids).decode("utf-8", "replace")
    if got.texts[0] != expected:
        wrong = tr(
            "decode({ids}) is {text}, expected {due}",
            ids=list(case.ids),
            text=short(got.texts[0]),
            due=short(expected),
        )
        fail(wrong, expected=repr(expected), actual=repr(got.texts[0]))


def refused(answer: str, method: str, due: str) -> None:
    """Fails unless the learner's method refused; else `answer` shows what it returned."""
    if answer:
        wrong = tr(
            "{method} raised nothing" if answer == "None" else "{method} returned {answer}",
            method=method,
            answer=answer,
        )
        fail(wrong, expected=due)


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
            fail(
                tr("training stops with {error}", error=got.raised),
                expected=tr("it ends early, with fewer merges"),
            )
        return
    rows = oracle.words(case.text, case.splits)
    if found := oracle.fault(rows, got.merges, len(got.merges)):
        fail(found.message, expected=found.expected, actual=found.actual)
    for merge in got.merges:
        rows = oracle.replaced(rows, merge)
    if left := oracle.pair_counts(rows):
        fail(
            tr(
                "training ends after {n} merges, and {left} pairs are left",
                n=len(got.merges),
                left=len(left),
            )
        )


def is_fast(remote: Remote, case: Running) -> None:
    """The merges are as many as they should be, and encoding follows them."""
    made = case.trained
    got = remote(driver.scale, made.course)
    if len(got.ids) != 1:
        fail(tr("an answer is due for the text"))
    if len(got.merges) != case.merges:
        fail(oracle.count_message(len(got.merges), case.merges))
    match_tokens(got.ids[0], oracle.encode(case.text, made.splits, sound(got.merges)), case.text)
