"""Every listing of every page runs, and prints what the page says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sybil import Document
from sybil.example import SybilFailure
from sybil.parsers.markdown.lexers import FencedCodeBlockLexer

from tests.docs.listings import PAGES, ROOT, play

SHOWN = {"bash", "console", "ini", "json", "mermaid", "sh", "text", "toml", "yaml"}
FENCES = FencedCodeBlockLexer(language=r"[^\n]*")


def case(page: Path) -> Any:
    """The Chinese pages have the English ones' code (test_translations), and run as slow ones."""
    marks = [pytest.mark.slow] if "zh" in page.parts else []
    return pytest.param(page, id=name(page), marks=marks)


def name(page: Path) -> str:
    return page.relative_to(ROOT).with_suffix("").as_posix()


@pytest.fixture
def one_thread() -> Iterator[None]:
    """More would stand in each other's way, beside the other tests."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("page", [case(page) for page in PAGES])
def test_the_listings_of_a_page_run(page: Path, tmp_path: Path) -> None:
    pieces = play(page, tmp_path)
    assert pieces or "```python" not in page.read_text("utf-8")


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_listing_says_what_it_is(page: Path) -> None:
    """Else it would not be known whether it has to run."""
    document = Document.parse(str(page))
    infos = [region.lexemes["language"] for region in FENCES(document)]
    assert {re.split(r"[ {]", info.strip())[0] for info in infos} <= SHOWN | {"python", "py"}


# --- that these tests can fail --------------------------------------------------------------------


def page(folder: Path, *blocks: str) -> Path:
    file = folder / "page.md"
    file.write_text("\n\n".join(blocks), "utf-8")
    return file


def test_a_listing_that_breaks_a_promise_fails(tmp_path: Path) -> None:
    wrong = page(tmp_path, "```python\nx = 1\nprint(x)  # 2\n```")
    with pytest.raises(SybilFailure, match=r"line 1.*\n.*prints \['1'\].* says \['2'\]"):
        play(wrong, tmp_path)


def test_a_listing_that_prints_more_than_it_says_fails(tmp_path: Path) -> None:
    with pytest.raises(SybilFailure, match="prints"):
        play(page(tmp_path, "```python\nprint(1)  # 1\nprint(2)\n```"), tmp_path)


def test_a_listing_that_raises_fails_at_its_line(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError) as error:
        play(page(tmp_path, "# Title", "    ```python\n    x = 1\n    x / 0\n    ```"), tmp_path)
    assert error.traceback[-1].lineno == 5 - 1  # it counts from 0


def test_an_example_with_another_result_fails(tmp_path: Path) -> None:
    with pytest.raises(SybilFailure, match=r"Expected:\n *3\nGot:\n *2"):
        play(page(tmp_path, "```python\n>>> 1 + 1\n3\n```"), tmp_path)


def test_listings_share_names_with_each_other_and_with_what_is_hidden(tmp_path: Path) -> None:
    hidden = "<!--- invisible-code-block: python\nx = 2\n-->"
    assert play(page(tmp_path, hidden, "```python\ny = x\nprint(y)  # 2\n```"), tmp_path) == 2


def test_a_listing_with_a_title_is_a_file_that_others_import(tmp_path: Path) -> None:
    parts = ['```python title="pack/mod.py"\n' + code + "\n```" for code in ("a = 1", "b = a + 1")]
    use = "```python\nfrom pack.mod import b\nprint(b)  # 2\n```"
    assert play(page(tmp_path, *parts, use), tmp_path / "files") == 3


def test_a_file_that_nobody_imports_runs_as_well(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        play(page(tmp_path, '```python title="alone.py"\n1 / 0\n```'), tmp_path / "files")
