"""What the checks of lesson 2 ask: cases, each with code that shows it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

from grader.lessons.lesson2_tokenizer.driver import Choice, Course

GPT2 = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""
GPT4 = (
    r"""'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}"""
    r"""| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"""
)
NAMES: dict[str | None, str] = {GPT2: "GPT2_SPLIT_PATTERN"}


@dataclass(frozen=True)
class Trained:
    """A text, and how many merges are learned from it; `words` for a RegexTokenizer."""

    text: str
    merges: int
    words: bool = False
    pattern: str | None = None
    special: dict[str, int] = field(default_factory=dict)
    early: bool = False

    @property
    def course(self) -> Course:
        return Course(self.text, 256 + self.merges, self.pattern, dict(self.special), self.early)

    @property
    def splits(self) -> str | None:
        """The pattern that splits the text; None where nothing does."""
        return (self.pattern or GPT4) if self.words else None

    def imports(self) -> list[str]:
        if not self.words:
            return ["from lesson2_tokenizer.basic import BasicTokenizer", ""]
        names = {"RegexTokenizer", NAMES.get(self.pattern, "RegexTokenizer")}
        return [f"from lesson2_tokenizer.regex_tokenizer import {', '.join(sorted(names))}", ""]

    def made(self) -> str:
        """The constructor's call."""
        if not self.words:
            return "BasicTokenizer()"
        if self.pattern is None:
            return "RegexTokenizer()"
        return f"RegexTokenizer({NAMES.get(self.pattern, repr(self.pattern))})"

    def training(self, name: str = "tokenizer") -> list[str]:
        return [f"{name}.train({self.text!r}, {self.course.vocab_size})"]

    def lines(self, name: str = "tokenizer") -> list[str]:
        """The lines that make the tokenizer."""
        register = [f"{name}.register_special_tokens({self.special!r})"] if self.special else []
        after = self.training(name)
        order = [*register, *after] if self.early else [*after, *register]
        return [f"{name} = {self.made()}", *order]

    def source(self, *more: str) -> str:
        return "\n".join([*self.imports(), *self.lines(), *more, ""])

    def snippet(self) -> str:
        return self.source("print(tokenizer.merges)")


@dataclass(frozen=True)
class Encoded:
    """A text for a trained tokenizer."""

    trained: Trained
    text: str

    def snippet(self) -> str:
        return self.trained.source(
            "print(tokenizer.merges)",
            f"ids = tokenizer.encode({self.text!r})",
            "print(ids)",
            "print(repr(tokenizer.decode(ids)))",
        )


@dataclass(frozen=True)
class Decoded:
    """Tokens for a trained tokenizer to decode."""

    trained: Trained
    ids: tuple[int, ...]

    @property
    def refused(self) -> bool:
        """Whether one of them is no token."""
        known = {*range(256 + self.trained.merges), *self.trained.special.values()}
        return not set(self.ids) <= known

    def snippet(self) -> str:
        due = "  # must raise ValueError" if self.refused else ""
        return self.trained.source(
            "print(tokenizer.merges)", f"print(repr(tokenizer.decode({list(self.ids)}))){due}"
        )


@dataclass(frozen=True)
class Tokens(Trained):
    """A trained tokenizer whose vocab is looked at."""

    def snippet(self) -> str:
        new = f"range(256, {256 + self.merges})"
        return self.source(
            "print(tokenizer.merges)", f"print([tokenizer.vocab[id] for id in {new}])"
        )


@dataclass(frozen=True)
class Two:
    """Two texts for one tokenizer, one after the other; or, where `apart`, for two tokenizers."""

    first: Trained
    second: Trained
    text: str
    apart: bool = False

    def snippet(self) -> str:
        more = self.second.lines("other") if self.apart else self.second.training()
        shown = ["print(tokenizer.merges)", f"print(tokenizer.encode({self.text!r}))"]
        return self.first.source(*more, *shown)


@dataclass(frozen=True)
class Size:
    """A vocabulary too small for the bytes."""

    vocab_size: int
    words: bool = False

    def snippet(self) -> str:
        trained = Trained("", 0, self.words)
        call = f"{trained.made()}.train('hello', {self.vocab_size})"
        return "\n".join([*trained.imports(), f"{call}  # must raise ValueError", ""])


@dataclass(frozen=True)
class Surrogate:
    """Code points of which one is half of a surrogate pair: no text."""

    points: tuple[int, ...]
    words: bool = False

    def snippet(self) -> str:
        trained = Trained("", 0, self.words)
        text = "".join(map(chr, self.points)).encode("unicode_escape", "surrogatepass").decode()
        call = f'{trained.made()}.encode("{text}")'
        return "\n".join(
            [*trained.imports(), f"print({call})  # must raise UnicodeEncodeError", ""]
        )


@dataclass(frozen=True)
class LongWord:
    """One word of `length` letters, and a tokenizer trained on its beginning."""

    length: int
    merges: int
    words: bool = False

    @cached_property
    def text(self) -> str:
        """Letters that follow no rule: S. Park and K. Miller's generator of random numbers."""
        letters, state = [], 1
        for _ in range(self.length):
            state = state * 16807 % 2147483647
            letters.append("aabcdeeegh"[state % 10])
        return "".join(letters)

    @cached_property
    def trained(self) -> Trained:
        return Trained(self.text[:1000], self.merges, self.words)

    def snippet(self) -> str:
        drawn = "random.choice('aabcdeeegh') for _ in range({})"
        return "\n".join(
            [
                "import random",
                *self.trained.imports(),
                f"word = ''.join({drawn.format(self.length)})",
                f"tokenizer = {self.trained.made()}",
                f"tokenizer.train(word[:1000], {256 + self.merges})",
                "ids = tokenizer.encode(word)",
                "print(len(ids), tokenizer.decode(ids) == word)",
                "",
            ]
        )


@dataclass(frozen=True)
class Running(LongWord):
    """A text of short words, with `merges` learned from all of it and applied to all of it."""

    @cached_property
    def text(self) -> str:
        word = LongWord(self.length, 0).text
        cuts, at = [], 0
        while at < len(word):
            size = 2 + ord(word[at]) % 6
            cuts.append(word[at : at + size])
            at += size
        return " ".join(cuts)

    @cached_property
    def trained(self) -> Trained:
        return Trained(self.text, self.merges, self.words)

    def snippet(self) -> str:
        word = "''.join(random.choices('aabcdeeegh', k=random.randint(2, 8)))"
        return "\n".join(
            [
                "import random",
                *self.trained.imports(),
                f"text = ' '.join({word} for _ in range({self.length // 5}))",
                f"tokenizer = {self.trained.made()}",
                f"tokenizer.train(text, {256 + self.merges})",
                "print(len(tokenizer.encode(text)))",
                "",
            ]
        )


@dataclass(frozen=True)
class File:
    """A file that no tokenizer saved."""

    content: bytes

    def snippet(self) -> str:
        return "\n".join(
            [
                "from pathlib import Path",
                *Trained("", 0, words=True).imports(),
                f"Path('other.model').write_bytes({self.content!r})",
                "RegexTokenizer().load('other.model')  # must raise ValueError",
                "",
            ]
        )


@dataclass(frozen=True)
class Saved(Encoded):
    """A tokenizer that is saved, and loaded by another one."""

    def snippet(self) -> str:
        return self.trained.source(
            "tokenizer.save('saved')",
            "other = RegexTokenizer()",
            "other.load('saved.model')",
            "print(other.merges == tokenizer.merges)",
            f"ids = other.encode({self.text!r}, allowed_special='all')",
            "print(ids)",
            "print(repr(other.decode(ids)))",
        )


@dataclass(frozen=True)
class Special(Encoded):
    """A text with special tokens in it; `allowed` as encode has it, a tuple being a set."""

    allowed: str | tuple[str, ...] | None = None

    @property
    def choice(self) -> Choice:
        """`allowed`, as the driver takes it."""
        return list(self.allowed) if isinstance(self.allowed, tuple) else self.allowed

    def call(self) -> str:
        """The call of encode."""
        if self.allowed is None:
            return f"tokenizer.encode({self.text!r})"
        named = f"{{{', '.join(map(repr, self.allowed))}}}" if self.choice != [] else "set()"
        choice = named if isinstance(self.allowed, tuple) else repr(self.allowed)
        return f"tokenizer.encode({self.text!r}, allowed_special={choice})"

    def snippet(self) -> str:
        return self.trained.source(
            f"ids = {self.call()}", "print(ids)", "print(repr(tokenizer.decode(ids)))"
        )


@dataclass(frozen=True)
class Refused(Special):
    """The same, where encode must refuse."""

    def snippet(self) -> str:
        return self.trained.source(f"print({self.call()})  # must raise ValueError")


@dataclass(frozen=True)
class Taken(Trained):
    """Special tokens of which one has a number that is another token's already."""

    def snippet(self) -> str:
        plain = replace(self, special={})
        call = f"tokenizer.register_special_tokens({self.special!r})"
        return plain.source(f"{call}  # must raise ValueError")
