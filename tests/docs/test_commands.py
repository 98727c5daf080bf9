"""Every command that a page shows can be given: command, options and choices exist."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from tests.docs.listings import PAGES, ROOT
from zth import language
from zth.cli.main import cli
from zth.plugins import Plugins
from zth.records import ZthError

LISTED = re.compile(r"^ *(?:\$ )?(zth(?: .*)?)$", re.MULTILINE)
INLINE = re.compile(r"`(zth(?: [^`\n]+)?)`")
BLOCK = re.compile(r"^( *)(`{3,})(?:console|sh|bash)\b.*?\n(.*?)^\1\2", re.MULTILINE | re.DOTALL)
NAME = re.compile(r" [A-Z]+\b")  # a place for one, as in `zth explain CHECK`
LESSON = re.compile(r"\blesson\d+\b")
CHEAP = {"data list", "explain", "init", "plugins", "status"}


def shown(page: Path) -> Iterator[str]:
    """The zth commands of the page's listings, and of its text."""
    text = page.read_text("utf-8")
    for block in BLOCK.finditer(text):
        yield from LISTED.findall(block[3].replace("\\\n", ""))
    yield from (" ".join(found.split()) for found in INLINE.findall(text))


def words(line: str) -> list[str]:
    """What the shell would hand over: without a comment, a redirection or a second command.

    Of what is optional, `[-o FILE]`, all is taken, and of several choices, `csv|json`, the first.
    """
    taken = re.split(r" (?:>|\||&&|;)+ ?", line)[0]
    taken = re.sub(r"\[(-[^]]*)\]", r"\1", taken)
    taken = re.sub(r"(?<=\w)(?:\|\w+)+", "", taken)
    return shlex.split(taken, comments=True)[1:]


def parse(line: str) -> str:
    """Reads the command as click would, runs nothing; gives its path. Raises click.UsageError."""
    command: click.Command = cli
    context = click.Context(cli, info_name="zth")
    _, rest = language.taken(words(line))
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        inner = command.get_command(context, rest[0])
        if inner is None:
            raise click.UsageError(f"there is no {context.command_path} {rest[0]}")
        command, context = inner, click.Context(inner, parent=context, info_name=rest.pop(0))
    given, extra, _ = command.make_parser(context).parse_args(args=rest)
    if extra:
        raise click.UsageError(f"{extra} is too much for {context.command_path}")
    for param in command.params:
        if isinstance(param.type, click.Choice):
            for value in _as_list(given.get(param.name or "")):
                param.type.convert(value, param, context)
    return context.command_path.partition(" ")[2]


def _as_list(value: object) -> list[str]:
    return [str(each) for each in (value if isinstance(value, list | tuple) else [value]) if each]


def placeholder(line: str) -> bool:
    """Whether it is none, as the setting `zth = all`, or stands for several: `zth class …`."""
    return "…" in line or re.match(r"zth (?:[A-Z=]|(?:class|data|dev)$)", line) is not None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_commands_of_a_page_can_be_given(page: Path) -> None:
    for line in shown(page):
        if not placeholder(line):
            try:
                parse(line)
            except (click.UsageError, ZthError, ValueError) as error:
                pytest.fail(f"{line}: {error}")
            assert set(LESSON.findall(line)) <= Plugins.load().lessons().keys(), line


def test_the_cheap_ones_end_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    pages = [page for page in PAGES if page.name != "write-a-lesson.md"]  # of a lesson of its own
    lines = {line for page in pages for line in shown(page) if not placeholder(line)}
    cheap = [line for line in sorted(lines) if parse(line) in CHEAP and not NAME.search(line)]
    assert len(cheap) >= len(CHEAP)
    for line in cheap:
        done = CliRunner().invoke(cli, words(line), prog_name="zth", standalone_mode=False)
        assert done.exception is None, f"{line}: {done.exception}"


# --- that these tests can fail --------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "zth grad lesson3",
        "zth grade lesson3 --component",
        "zth grade lesson3 --compnent value",
        "zth grade lesson3 --format yaml",
        "zth dev chekc",
        "zth plugins lesson1",
    ],
)
def test_what_cannot_be_given_is_noticed(line: str) -> None:
    with pytest.raises((click.UsageError, ZthError)):
        parse(line)


def test_what_a_shell_takes_away_is_not_an_argument() -> None:
    assert words("zth class token --all > tokens.csv   # everybody") == ["class", "token", "--all"]
    assert parse("zth train shakespeare-tiny --with attention=student  # yours") == "train"
    assert words("zth class export [--format csv|json]") == ["class", "export", "--format", "csv"]
