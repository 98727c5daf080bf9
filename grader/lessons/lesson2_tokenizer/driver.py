"""Plays episodes on a learner's `BasicTokenizer` and `RegexTokenizer`. Runs beside their code."""

from __future__ import annotations

import linecache
import tempfile
from collections.abc import Callable, Mapping
from contextlib import chdir
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zth.worker.answers import BadAnswer

LARGEST = 1 << 31  # what a token may be
SHOWN = 200  # characters of an answer in a message
Choice = str | list[str] | None  # allowed_special: a word, a set of tokens, or left to the default


@dataclass(frozen=True)
class Course:
    """How a tokenizer comes to be: built, trained, given its special tokens.

    `pattern` goes to the constructor, unless it is None. With `early` the special tokens are
    registered before training.
    """

    text: str
    vocab_size: int
    pattern: str | None = None
    special: dict[str, int] = field(default_factory=dict)
    early: bool = False


@dataclass(frozen=True)
class Merge:
    """`left` and `right` become `id`."""

    left: int
    right: int
    id: int


@dataclass(frozen=True)
class Vocabulary:
    """The merges, and the bytes of each token from 0 on."""

    merges: list[Merge]
    tokens: list[bytes]


@dataclass(frozen=True)
class Played:
    """The merges in the order of their ids; for each text, its tokens, and these decoded."""

    merges: list[Merge]
    ids: list[list[int]]
    back: list[str]


@dataclass(frozen=True)
class Decoded:
    """The merges, and the text of each row of tokens."""

    merges: list[Merge]
    texts: list[str]


@dataclass(frozen=True)
class Stopped:
    """What became of training when pairs ran out: the merges, or the learner's own ValueError.

    `own` is False where the exception is Python's, raised because nothing was thought of.
    """

    merges: list[Merge]
    raised: str = ""
    own: bool = True


def build(Tokenizer: Any, course: Course) -> Any:
    """A trained tokenizer."""
    tokenizer = Tokenizer() if course.pattern is None else Tokenizer(course.pattern)
    if course.early:
        tokenizer.register_special_tokens(dict(course.special))
    tokenizer.train(course.text, course.vocab_size)
    if course.special and not course.early:
        tokenizer.register_special_tokens(dict(course.special))
    return tokenizer


# --- what a tokenizer does ----------------------------------------------------------------------


def learn(Tokenizer: Any, course: Course) -> list[Merge]:
    """The merges that training finds."""
    return _merges(build(Tokenizer, course))


def vocabulary(Tokenizer: Any, course: Course) -> Vocabulary:
    """The bytes of all tokens that there should be, by the learner's own merges."""
    tokenizer = build(Tokenizer, course)
    merges, vocab = _merges(tokenizer), _attribute(tokenizer, "vocab")
    tokens = []
    for id in range(256 + len(merges)):
        try:
            token = vocab[id]
        except LookupError:
            raise BadAnswer("vocab has no token {id}", id=id) from None
        if not isinstance(token, bytes | bytearray):
            raise BadAnswer(
                "vocab[{id}] is None, expected bytes"
                if token is None
                else "vocab[{id}] is a {kind}, expected bytes",
                id=id,
                kind=_kind(token),
            )
        tokens.append(bytes(token))
    return Vocabulary(merges, tokens)


def play(Tokenizer: Any, course: Course, texts: list[str]) -> Played:
    """Encodes texts and decodes them again."""
    tokenizer = build(Tokenizer, course)
    merges = _merges(tokenizer)
    ids, back = _round_trips(tokenizer, texts)
    if _merges(tokenizer) != merges:
        raise BadAnswer("encode or decode changed `merges`; only training may do that")
    return Played(merges, ids, back)


def decode(Tokenizer: Any, course: Course, rows: list[list[int]]) -> Decoded:
    """Decodes rows of tokens that no text need have."""
    tokenizer = build(Tokenizer, course)
    return Decoded(_merges(tokenizer), [_decode(tokenizer, row) for row in rows])


def again(Tokenizer: Any, first: Course, second: Course, texts: list[str]) -> Played:
    """Trains one and the same tokenizer twice, and plays with it after the second time."""
    tokenizer = build(Tokenizer, first)
    _round_trips(tokenizer, texts)
    tokenizer.train(second.text, second.vocab_size)
    return Played(_merges(tokenizer), *_round_trips(tokenizer, texts))


def beside(Tokenizer: Any, first: Course, second: Course, texts: list[str]) -> Played:
    """Plays with one tokenizer, after another one was made and trained as well."""
    tokenizer = build(Tokenizer, first)
    merges = _merges(tokenizer)
    build(Tokenizer, second)
    return Played(merges, *_round_trips(tokenizer, texts))


def saved(Tokenizer: Any, course: Course, texts: list[str]) -> Played:
    """Plays with a new tokenizer that loaded what a trained one saved; everything is special."""
    tokenizer = build(Tokenizer, course)
    # A folder of the system's own for temporary files: only there may a worker write.
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        tokenizer.save("saved")
        if not Path("saved.model").is_file():
            raise BadAnswer("save(file_prefix) wrote no file file_prefix + '.model'")
        other = Tokenizer()
        other.load("saved.model")
    merges = _merges(other)
    if merges != _merges(tokenizer):
        raise BadAnswer("the tokenizer that loads the file has other merges than the one saved")
    return Played(merges, *_round_trips(other, texts, "all"))


def special(Tokenizer: Any, course: Course, text: str, allowed: Choice) -> Played:
    """Encodes a text in which some special tokens may be allowed, and decodes the tokens."""
    tokenizer = build(Tokenizer, course)
    return Played(_merges(tokenizer), *_round_trips(tokenizer, [text], allowed))


def exhaust(Tokenizer: Any, course: Course) -> Stopped:
    """Trains with a vocabulary that is too large for the text."""
    try:
        return Stopped(_merges(build(Tokenizer, course)))
    except ValueError as error:
        step = error.__traceback__
        while step is not None and step.tb_next is not None:
            step = step.tb_next
        line = linecache.getline(step.tb_frame.f_code.co_filename, step.tb_lineno) if step else ""
        own = line.strip().startswith("raise")
        return Stopped([], f"{type(error).__name__}: {str(error)[:SHOWN]}", own)


def scale(Tokenizer: Any, course: Course) -> Played:
    """Encodes the whole text of the training."""
    tokenizer = build(Tokenizer, course)
    return Played(_merges(tokenizer), [_encode(tokenizer, course.text)], [])


# --- what a tokenizer refuses -------------------------------------------------------------------

# Each of these gives "" where the learner's code refuses, else what it returned instead. An
# assertion refuses as well as a ValueError does; any other exception is the learner's, and passes.


def refuses_size(Tokenizer: Any, text: str, vocab_size: int) -> str:
    """Training with a vocabulary that has no room for the bytes."""
    tokenizer = Tokenizer()
    return _refused(lambda: tokenizer.train(text, vocab_size))


def refuses_ids(Tokenizer: Any, course: Course, ids: list[int]) -> str:
    """Decoding what is no token."""
    tokenizer = build(Tokenizer, course)
    return _refused(lambda: tokenizer.decode(list(ids)), (*REFUSALS, LookupError))


def refuses_text(Tokenizer: Any, points: list[int]) -> str:
    """Encoding a text, given by its code points, that is not valid Unicode."""
    tokenizer = Tokenizer()
    text = "".join(map(chr, points))
    return _refused(lambda: tokenizer.encode(text))


def refuses_special(Tokenizer: Any, course: Course, text: str, allowed: Choice) -> str:
    """Encoding a text that holds special tokens, or with a choice that there is not."""
    tokenizer = build(Tokenizer, course)
    return _refused(lambda: _call(tokenizer, text, allowed))


def refuses_registration(Tokenizer: Any, course: Course) -> str:
    """Registering special tokens with a number that is taken."""
    tokenizer = Tokenizer()
    tokenizer.train(course.text, course.vocab_size)
    given = dict(course.special)
    return _refused(lambda: tokenizer.register_special_tokens(given))


def refuses_file(Tokenizer: Any, content: bytes) -> str:
    """Loading a file that no tokenizer saved."""
    tokenizer = Tokenizer()
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        Path("other.model").write_bytes(content)
        return _refused(lambda: tokenizer.load("other.model"))


REFUSALS = ValueError, AssertionError


def _refused(act: Callable[[], Any], kinds: tuple[type[Exception], ...] = REFUSALS) -> str:
    try:
        return repr(act())[:SHOWN] or "…"
    except kinds:
        return ""


# --- plain data ---------------------------------------------------------------------------------


def _round_trips(
    tokenizer: Any, texts: list[str], allowed: Choice = None
) -> tuple[list[list[int]], list[str]]:
    """The tokens of each text, and what these decode to."""
    ids = [_encode(tokenizer, text, allowed) for text in texts]
    return ids, [_decode(tokenizer, row) for row in ids]


def _encode(tokenizer: Any, text: str, allowed: Choice = None) -> list[int]:
    ids = _call(tokenizer, text, allowed)
    if not isinstance(ids, list | tuple):
        raise BadAnswer(
            "encode gave None; is a `return` missing?"
            if ids is None
            else "encode gave a {kind}, expected a list of int",
            kind=_kind(ids),
        )
    return [_id(id, f"encode(text)[{i}]") for i, id in enumerate(ids)]


def _call(tokenizer: Any, text: str, allowed: Choice) -> Any:
    """What encode answers."""
    if allowed is None:
        return tokenizer.encode(text)
    choice = set(allowed) if isinstance(allowed, list) else allowed
    return tokenizer.encode(text, allowed_special=choice)


def _decode(tokenizer: Any, ids: list[int]) -> str:
    given = list(ids)
    text = tokenizer.decode(given)
    if given != ids:
        raise BadAnswer("decode changed the list that it was given")
    if not isinstance(text, str):
        raise BadAnswer(
            "decode gave None; is a `return` missing?"
            if text is None
            else "decode gave a {kind}, expected a str",
            kind=_kind(text),
        )
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise BadAnswer(
            "decode gave a text that is not valid Unicode: {text}", text=repr(text[:SHOWN])
        ) from None
    return str(text)


def _merges(tokenizer: Any) -> list[Merge]:
    """The learner's merges, in the order of their ids."""
    merges = _attribute(tokenizer, "merges")
    if not isinstance(merges, Mapping):
        raise BadAnswer(
            "merges is None, expected a dict {example}"
            if merges is None
            else "merges is a {kind}, expected a dict {example}",
            kind=_kind(merges),
            example="{(left, right): id}",
        )
    found = []
    for pair, id in merges.items():
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise BadAnswer(
                "merges has the key {key}, expected (left, right)", key=repr(pair)[:SHOWN]
            )
        left, right = (
            _id(part, f"merges: {repr(pair)[:SHOWN]}[{i}]") for i, part in enumerate(pair)
        )
        found.append(Merge(left, right, _id(id, f"merges[{pair}]")))
    return sorted(found, key=lambda merge: merge.id)


def _attribute(tokenizer: Any, name: str) -> Any:
    try:
        return getattr(tokenizer, name)
    except AttributeError:
        raise BadAnswer("the tokenizer has no `{name}`", name=name) from None


def _id(value: Any, what: str) -> int:
    if not isinstance(value, int):
        raise BadAnswer(
            "{what} is None, expected an int"
            if value is None
            else "{what} is a {kind}, expected an int",
            what=what,
            kind=_kind(value),
        )
    if not 0 <= value < LARGEST:
        raise BadAnswer("{what} is {value}, which is no token", what=what, value=str(value)[:20])
    return int(value)


def _kind(value: Any) -> str:
    return type(value).__name__
