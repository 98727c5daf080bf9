"""The reference speaks of every command, hook, record and component, as they are now."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import click
import pytest
from click.testing import CliRunner
from mkdocs.config.defaults import MkDocsConfig

from docs.web import reference
from zth import hookspecs, language, records
from zth.cli.main import cli
from zth.cli.spoken import spoken, teach
from zth.plugins import Plugins

REFERENCE = Path(__file__).parents[2] / "docs/reference"
DIRECTIVE = re.compile(r"^::: (\S+)$", re.MULTILINE)


def shown(page: str) -> list[str]:
    return DIRECTIVE.findall((REFERENCE / page).read_text("utf-8"))


def test_every_hook_is_on_the_page_with_an_example_that_runs() -> None:
    hooks = {name for name in vars(hookspecs) if name.startswith("zth_")}
    page = (REFERENCE / "hooks.md").read_text("utf-8")
    assert set(shown("hooks.md")) == {f"zth.hookspecs.{name}" for name in hooks | {"hookimpl"}}
    assert set(re.findall(r"^@hookimpl\ndef (\w+)", page, re.MULTILINE)) == hooks


def test_every_public_record_is_on_the_page() -> None:
    public = {
        f"{records.__name__}.{name}"
        for name, thing in vars(records).items()
        if isinstance(thing, type) and thing.__module__ == records.__name__
    }
    page = shown("records.md")
    assert set(page) == public
    assert len(page) == len(public)


def test_every_component_is_on_the_page_and_where_it_lies() -> None:
    page = (REFERENCE / "components.md").read_text("utf-8")
    for lesson in Plugins.load().lessons().values():
        for component in lesson.components:
            module = component.file.removesuffix(".py").replace("/", ".")
            path = f"{module}.{component.name}"
            assert f"\n::: {path}\n" in page
            row = f"| `{component.id}` | [{component.name}][{path}] | `{component.file}` |"
            assert row in page


@pytest.mark.parametrize("file", sorted(REFERENCE.glob("*.schema.json")), ids=lambda f: f.stem)
def test_every_field_of_a_schema_is_in_a_table(file: Path) -> None:
    name = file.name.partition(".")[0]
    assert f"\n<!-- schema {name} -->\n" in (REFERENCE / "schemas.md").read_text("utf-8")
    page = "\n".join(reference.tables(name))
    for title, record in json.loads(file.read_text("utf-8"))["$defs"].items():
        part = page.partition(f"### {title} {{ #{name}-{title.lower()} }}\n")[2].partition("###")[0]
        rows = re.findall(r"^\| `(\w+)` \| .+ \|$", part, re.MULTILINE)
        assert rows == list(record.get("properties", {}))


def test_what_a_field_may_be_is_said_in_words() -> None:
    page = "\n".join(reference.tables("report"))
    for row in (
        "| `lessons` | array of: [LessonReport](#report-lessonreport) |",
        "| `seed` | integer or string |",
        "| `parts` | object, by name: string |",
        "| `wrong` | array of: array of exactly: integer, integer |",
        '| `format` | `"zth-report/1"` |',
        "| `finding` | [Finding](#report-finding) or null |",
    ):
        assert row in page
    assert '`"passed"`' in page


# --- the command line -----------------------------------------------------------------------------


def written(lang: str) -> str:
    """What the build puts into the page."""
    config = cast("MkDocsConfig", SimpleNamespace(theme={"language": lang}))
    return reference.on_page_markdown(reference.COMMANDS, config)


def commands(command: click.Command, *path: str) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner
            yield from commands(inner, *path, name)


def sections(page: str) -> dict[str, str]:
    found = re.split(r"^## (.*) \{ #[\w-]+ \}$", page, flags=re.MULTILINE)[1:]
    return dict(zip(found[::2], found[1::2], strict=True))


def plain(text: str) -> str:
    """A text without what makes it a table or a listing, and without its breaks, which need no
    space behind a mark of Chinese."""
    bare = re.sub(r"[`|\\]|(?m:^```.*$)", " ", html.unescape(re.sub(r"<wbr>|</?code>", "", text)))
    return re.sub("(?<=[、。，：；（]) ", "", " ".join(bare.split()))


@pytest.mark.parametrize("lang", language.LANGUAGES)
def test_every_command_has_a_section_that_says_what_its_help_says(lang: str) -> None:
    said = sections(written(lang))
    paths = list(commands(cli))
    assert list(said) == [" ".join(("zth", *path)) for path in paths]
    teach()
    with language.speaking(lang):
        for path in paths:
            wanted = CliRunner().invoke(cli, [*path, "--help"], prog_name="zth", terminal_width=500)
            assert wanted.exit_code == 0
            section = plain(said[" ".join(("zth", *path))])
            for line in options(wanted.output):
                if not line.startswith("-h, --help"):
                    assert plain(line) in section


def options(help: str) -> list[str]:
    """The lines of a help text that speak of an option; it is wide enough for one line each."""
    return [line.strip() for line in help.splitlines() if re.match(r" +--?\w", line)]


def test_the_help_of_a_command_is_on_the_page() -> None:
    [text] = [
        section for name, section in sections(written("en")).items() if name == "zth dev check"
    ]
    assert "```text\nzth dev check [OPTIONS] [LESSON]…\n```" in text
    assert "\nExamine the grader: of LESSONs, or of all of them.\n" in text
    assert "Exit status: 0 all is well, 1 something is not." in plain(text)
    assert "| <code>--quick</code> | The same as --seeds 1. |" in text


def test_the_lines_of_a_paragraph_are_joined_as_its_language_joins_them() -> None:
    help_ = "\n    一行，\n    又一行 x\n    y。\n    Z\n\n    \b\n    甲\n    乙\n    "
    assert list(reference.explained(help_)) == ["一行，又一行 x\ny。Z\n", "```text\n甲\n乙\n```\n"]
    assert reference.cell("改名。  [默认：甲]") == "改名。[默认：甲]"


def test_a_page_without_the_mark_stays_as_it_is() -> None:
    config = cast("MkDocsConfig", SimpleNamespace(theme={"language": "en"}))
    assert reference.on_page_markdown("# A page", config) == "# A page"


def test_spoken_help_is_in_the_language_of_the_edition() -> None:
    assert spoken(cli).help
    assert "写在命令前后都可以" in written("zh")
    assert "写在命令前后都可以" not in written("en")
