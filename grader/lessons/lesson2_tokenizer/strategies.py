"""What the checks of lesson 2 draw: texts, patterns, tokenizers to be, and what to ask of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st

from grader.lessons.lesson2_tokenizer import oracle
from grader.lessons.lesson2_tokenizer.cases import (
    GPT2,
    GPT4,
    Decoded,
    Encoded,
    File,
    Saved,
    Size,
    Special,
    Surrogate,
    Taken,
    Tokens,
    Trained,
    Two,
)

PATTERNS = (GPT2, r"\w+|\W+", r"\S+|\s+", r"[aeiou]+|[^aeiou]+", r"\p{Lu}\p{Ll}*|\p{Ll}+|(?s:.)")

# --- texts --------------------------------------------------------------------------------------

WORDS = (
    *("a", "ab", "hug", "hugs", "pug", "the", "that", "then", "größere", "größte", "Straße", "Maß"),
    *("été", "naïve", "注意力", "注意", "机制", "привет", "don't", "DON'T", "we'll", "x=1", "..."),
    *("_id", "🙂", "👩\u200d💻", "e\u0301te", "\u00a0", "12", "2024", "1234567", "1000"),
)
GAPS = (" ", "  ", "\n", ", ", "\n\n  ", "\t", "", ".\r\n", "-")


@st.composite
def running(draw: st.DrawFn, most: int = 10) -> str:
    """A few words, in any language and any order, with one or two kinds of space between them."""
    words = draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=3))
    gaps = draw(st.lists(st.sampled_from(GAPS), min_size=1, max_size=2))
    order = draw(st.lists(st.integers(0, len(words) - 1), min_size=1, max_size=most))
    return "".join(words[w] + gaps[i % len(gaps)] for i, w in enumerate(order))


def up_to(most: int, least: int = 0) -> st.SearchStrategy[int]:
    """A number from `least` to `most`, which is every other one; it shrinks to `least`."""
    return st.integers(least, 2 * most - least).map(lambda number: min(number, most))


few_letters = st.text("ab", min_size=2, max_size=24) | st.text("abA ", min_size=8, max_size=40)
digits = st.text("12", min_size=4, max_size=20) | st.text("12 ", min_size=8, max_size=24)


@st.composite
def runs(draw: st.DrawFn) -> str:
    """A run of one letter, and further ones at random, as many as drawn."""
    first = "a" * draw(st.integers(1, 7))
    rng = random.Random(draw(st.integers(0, 999)))
    others = [rng.choice("aab") * rng.randint(1, 7) for _ in range(5)]
    return first + "".join(others[: draw(up_to(5))])


# What is easily lost on the way to bytes and back: three quarters of it, or less to show less.
SIGNS = ("a", "é", "e\u0301", "\r\n", "\n", " ", "注", "🙂", "ß", "\0", "\ufeff")
signs = st.lists(st.integers(0, 3), min_size=len(SIGNS), max_size=len(SIGNS)).map(
    lambda drawn: "".join(sign for sign, there in zip(SIGNS, drawn, strict=True) if there)
)
any_text = st.text(max_size=10) | signs
texts = few_letters | running()
distinct = st.lists(
    st.sampled_from("abcdefghijklmnopqrstuvwxyz"), min_size=2, max_size=8, unique=True
).map("".join)


# --- tokenizers to be ---------------------------------------------------------------------------


def _allowed(text: str, pattern: str | None) -> int:
    return oracle.enough(oracle.words(text, pattern))


@st.composite
def trained(
    draw: st.DrawFn,
    text: st.SearchStrategy[str] = texts,
    *,
    words: bool = False,
    patterns: Sequence[str | None] = (None,),
    most: int = 12,
    least: int = 0,
) -> Trained:
    """A tokenizer with as many merges as its text allows under any rule for ties, or fewer."""
    made = Trained(draw(text), 0, words, draw(st.sampled_from(patterns)))
    bound = min(most, _allowed(made.text, made.splits))
    return replace(made, merges=draw(up_to(bound, min(least, bound))))


def of_text(text: str) -> Trained:
    """A BasicTokenizer that learns nothing yet."""
    return Trained(text, 0)


def of_words(text: str) -> Trained:
    """A RegexTokenizer that learns nothing yet."""
    return Trained(text, 0, words=True)


def tokens(made: Trained) -> Tokens:
    """The same, for a look at its vocab."""
    return Tokens(made.text, made.merges, made.words, made.pattern)


def all_merges(made: Trained) -> Trained:
    """The same, with all merges that are certain to be there."""
    return replace(made, merges=_allowed(made.text, made.splits))


def too_many(made: Trained) -> Trained:
    """The same, with more merges than any text of its length allows."""
    return replace(made, merges=len(made.text.encode()) + 4)


@st.composite
def encoded(
    draw: st.DrawFn, made: st.SearchStrategy[Trained], text: st.SearchStrategy[str] = texts
) -> Encoded:
    return Encoded(draw(made), draw(text))


@st.composite
def pieces(draw: st.DrawFn) -> Encoded:
    """A text in which tokens are known that would cross the pieces of the pattern."""
    by_three, digits_alone = (r"(?s:.{1,3})",), (None, GPT2)
    text, patterns = draw(
        st.sampled_from(((digits, digits_alone), (few_letters, by_three), (running(), PATTERNS)))
    )
    made = draw(trained(text, words=True, patterns=patterns, least=1))
    return Encoded(made, draw(_alike(made.text) | text))


def _alike(text: str) -> st.SearchStrategy[str]:
    """The same text, or half of it twice."""
    half = text[: len(text) // 2]
    return st.sampled_from((text, half + half))


@st.composite
def letters(draw: st.DrawFn, least: int, most: int) -> str:
    """Two to four letters at random: a text that shrinks by its end, and repeats itself little."""
    rng = random.Random(draw(st.integers(0, 999)))
    kinds = draw(st.sampled_from(("ab", "abc", "abcd")))
    return "".join(rng.choices(kinds, k=most))[: draw(up_to(most, least))]


@st.composite
def conflicts(draw: st.DrawFn, words: bool = False) -> Encoded:
    """A text of the same few letters as that of the training: many merges compete for each."""
    made = draw(trained(letters(12, 80), words=words, least=2))
    return Encoded(made, draw(letters(2, 100)))


@st.composite
def scrambled(draw: st.DrawFn, words: bool = False) -> Decoded:
    """Tokens in any order, bytes of all kinds among them."""
    made = draw(trained(running(), words=words))
    parts = st.sampled_from("é€🙂注a").map(lambda c: tuple(c.encode("utf-8")))
    cut = st.tuples(parts, st.integers(1, 4)).map(lambda cut: cut[0][: cut[1]])
    piece = parts | cut | st.integers(0, 255 + made.merges).map(lambda token: (token,))
    rows = draw(st.lists(piece, max_size=6))
    return Decoded(made, tuple(id for row in rows for id in row))


@st.composite
def unknown(draw: st.DrawFn, words: bool = False) -> Decoded:
    """Tokens of which one is none."""
    made = draw(trained(st.just("aaabdaaabac"), words=words, most=3))
    bad = draw(st.sampled_from((256 + made.merges, 100_000, -1, -256)))
    before = draw(st.lists(st.integers(97, 100), max_size=2))
    return Decoded(made, (*before, bad))


@st.composite
def two(draw: st.DrawFn, apart: bool, words: bool = False) -> Two:
    """Two trainings that differ."""
    first = draw(trained(st.text("ab", min_size=6, max_size=20), words=words, least=1))
    second = draw(trained(st.text("bc", min_size=6, max_size=20), words=words, least=1))
    text = st.sampled_from((second.text, first.text)) | st.text("abc", min_size=1, max_size=12)
    return Two(first, second, draw(text), apart)


def sizes(words: bool = False) -> st.SearchStrategy[Size]:
    return st.builds(Size, st.sampled_from((255, 0, 1, 100, -1)), st.just(words))


def surrogates(words: bool = False) -> st.SearchStrategy[Surrogate]:
    """Half a pair, alone or in a text."""
    half = st.sampled_from((0xD800, 0xDFFF, 0xDC00, 0xDBFF))
    around = st.sampled_from(((), (97,), (97, 32)))
    return st.builds(lambda a, x, b: Surrogate((*a, x, *b), words), around, half, around)


def empty(words: bool = False) -> st.SearchStrategy[Encoded]:
    """Nothing to learn from, nothing to encode, or a single character."""
    cases = (("", 0, ""), ("", 0, "né"), ("a", 0, "aa"), ("aa", 1, ""), ("aa", 1, "a"))
    return st.sampled_from(cases).map(lambda c: Encoded(Trained(c[0], c[1], words), c[2]))


# --- files --------------------------------------------------------------------------------------


@st.composite
def saved(draw: st.DrawFn) -> Saved:
    """A tokenizer to be saved, and a text for the one that loads the file."""
    made = draw(trained(running(), words=True, least=1))
    return Saved(made, draw(_alike(made.text)))


def saved_pattern(case: Encoded) -> Saved:
    """The same tokenizer, to be saved, and the same text."""
    return Saved(case.trained, case.text)


files = st.sampled_from(
    (b"", b"hello\n", b"[]", b"{}", b'"bpe"', b"\x80\xff\x00\x01", b"To be\nor not\n0\n4 5\n")
).map(File)


# --- special tokens -----------------------------------------------------------------------------

# None of them begins or ends as another one ends or begins, so that a text can be cut in one way.
SPECIAL = ("<|endoftext|>", "<s>", "[SEP]", "(x)", "$", "a+b", "<|fim|>", "\\d", "Ünï")
ORDINARY = ("hug", " hugs", "größe", "注意", " ", "\n", "<", "|>", "<|", "END", "don't", "12", "x")


@st.composite
def specials(draw: st.DrawFn, most: int = 3) -> dict[str, int]:
    """Some special tokens, their numbers beyond those of the merges."""
    tokens = draw(st.lists(st.sampled_from(SPECIAL), min_size=1, max_size=most, unique=True))
    start = draw(st.sampled_from((300, 1000, 100_257)))
    return {token: start + i for i, token in enumerate(tokens)}


@st.composite
def with_special(
    draw: st.DrawFn,
    allowed: str | None,
    holds: bool | None = None,
    case: type[Special] = Special,
    patterns: Sequence[str | None] = (None,),
) -> Special:
    """A tokenizer with special tokens, and a text that `holds` some, or none, or either.

    `allowed` is "some" for a set of some of them.
    """
    tokens = draw(specials())
    text = st.sampled_from(("hug hugs hug", "größe größer", "x"))
    made = draw(trained(text, words=True, patterns=patterns, most=4))
    made = replace(made, special=tokens)
    names, plain = st.sampled_from(sorted(tokens)), st.sampled_from(ORDINARY)
    parts = draw(st.lists(plain if holds is False else plain | names, min_size=1, max_size=6))
    if holds:
        parts.insert(draw(st.integers(0, len(parts))), draw(names))
    if allowed != "some":
        return case(made, "".join(parts), allowed)
    some = draw(st.lists(names, max_size=2, unique=True))
    return case(made, "".join(parts), tuple(some))


@st.composite
def saved_special(draw: st.DrawFn) -> Saved:
    """A tokenizer with special tokens to be saved."""
    case = draw(with_special("all", holds=True))
    return Saved(case.trained, case.text)


@st.composite
def special_scrambled(draw: st.DrawFn) -> Decoded:
    """Special tokens among bytes that are parts of characters."""
    special = draw(specials())
    piece = st.sampled_from((*special.values(), 0xC3, 0xA9, 97, 0xF0))
    row = draw(st.lists(piece, min_size=1, max_size=5))
    return Decoded(Trained("", 0, words=True, special=special), tuple(row))


@st.composite
def nested(draw: st.DrawFn) -> Special:
    """Special tokens of which one begins another, the shorter one registered first."""
    short = draw(st.sampled_from(("<s>", "<|end", "$")))
    long = short + draw(st.sampled_from(("x", "$", "|>")))
    parts = draw(st.lists(st.sampled_from((long, short, "a")), min_size=1, max_size=4))
    made = Trained("", 0, words=True, special={short: 256, long: 257})
    return Special(made, "".join(parts), "all")


@st.composite
def early(draw: st.DrawFn) -> Trained:
    """Special tokens that are registered before training, on a text that is full of them."""
    token = draw(st.sampled_from(SPECIAL))
    words = draw(st.lists(st.sampled_from(("hug", "hugs", "pug", " hug")), min_size=1, max_size=5))
    text = "".join(word + token * 2 for word in words)
    rows = sum((oracle.words(word, GPT4) for word in words), start=oracle.Rows())
    merges = draw(st.integers(1, oracle.enough(rows)))
    return Trained(text, merges, words=True, special={token: 1000}, early=True)


@st.composite
def taken(draw: st.DrawFn) -> Taken:
    """The number of a byte, of a merge, or of another special token."""
    made = draw(trained(st.just("hug hugs"), words=True, most=3, least=1))
    number = draw(st.sampled_from((97, 256, 255 + made.merges)))
    special = draw(st.sampled_from(({"<s>": number}, {"<s>": 1000, "<e>": 1000})))
    return Taken(made.text, made.merges, words=True, special=special)
