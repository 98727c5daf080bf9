"""What click says is in the chosen language: help, and mistakes in how a command is used."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import click
import pytest

from zth import language
from zth.cli.main import cli, main

Say = Callable[..., str]

ENGLISH = re.compile(
    r"Usage|Options:|Commands:|[Aa]rguments|OPTIONS|COMMAND|ARGS|Show this|default|required"
    r"|INTEGER|FLOAT|Error|Try "
)
MISTAKES = {
    "no argument": (["data", "fetch"], "Missing argument 'NAME'", "缺少参数 'NAME'"),
    "no option": (["grade", "lesson1", "--fromat"], "Did you mean", "你是想写"),
    "no option of zth": (["--nosuch"], "No such option", "没有"),
    "no command": (["data", "nosuch"], "No such command 'nosuch'.", "没有命令 'nosuch'。"),
    "one too many": (["status", "a"], "unexpected extra argument (a)", "多出了参数（a）"),
    "more too many": (["status", "a", "b"], "extra arguments (a b)", "多出了参数（a b）"),
    "no value": (["train", "x", "--lr"], "requires an argument", "后面要有一个值。"),
    "no number": (["train", "x", "--seed", "y"], "not a valid integer", "'y' 不是有效的整数。"),
    "out of range": (["play", "lesson1", "--port", "-1"], "not in the range", "-1 不在范围"),
    "no choice": (["train", "x", "--device", "tpu"], "is not one of", "'tpu' 不是其中之一："),
    "no file": (
        ["grade", "lesson1", "-o", "."],
        "File '.' is a directory",
        "文件 '.' 是一个文件夹",
    ),
    "no language": (["status", "--lang"], "--lang needs a language (en, zh)", "--lang 要写明语言"),
    "another language": (["--lang", "de"], "no language named 'de'", "没有名为 'de' 的语言"),
}


@pytest.fixture
def say(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[[str], Say]]:
    """Speaks a language; what it gives runs a command and gives all that this prints."""

    def speaking(code: str) -> Say:
        monkeypatch.setenv("ZTH_LANG", code)

        def run(*args: str) -> str:
            with pytest.raises(SystemExit):
                main(args)
            printed = capsys.readouterr()
            return printed.out + printed.err

        return run

    yield speaking
    language.use("en")


def paths(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words that call each command, groups among them."""
    yield path
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from paths(inner, (*path, name))


def test_no_help_has_english_words_of_click_in_chinese(say: Callable[[str], Say]) -> None:
    chinese = say("zh")
    helps = {path: chinese(*path, "--help") for path in paths(cli)}
    assert len(helps) > 15
    assert all("用法： zth" in text for text in helps.values())
    assert not {path: found[0] for path, text in helps.items() if (found := ENGLISH.search(text))}


def test_the_option_chooses_for_all_that_is_said(say: Callable[[str], Say]) -> None:
    english = say("en")
    first = english("--help")
    assert "Show this message and exit." in first
    assert "显示这段帮助并退出。" in english("--lang", "zh", "--help")
    assert "错误：没有" in english("--nosuch", "--lang=zh")
    assert english("--help") == first


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_in_both_languages(name: str, say: Callable[[str], Say]) -> None:
    args, english, chinese = MISTAKES[name]
    assert english in say("en")(*args)
    told = say("zh")(*args)
    assert chinese in told
    assert not re.search(r"[A-Za-z]{3,} [a-z]{3,}", re.sub(r"'[^']*'|zth [a-z -]+", "", told))
