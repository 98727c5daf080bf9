"""A chapter as a page: what becomes of its Markdown, and who can ask for it."""

from __future__ import annotations

import os
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from zth import language, pages
from zth.plugins import Plugins
from zth.records import Lesson, ZthError

LESSONS = Plugins.load().lessons()
TEXT = """\
# A title with `code`

## The causal mask { #mask }

1 < 2, and **bold**.

| a | b |
|---|---|
| 1 | 2 |

??? question "Why `x`?"
    Because.

    ```python
    x = 1
    ```

## What's √d for?
"""
INCLUDING = """\
<figure>
<svg viewBox="0 0 1 1"><title>A drawing</title></svg>
<figcaption>What it shows</figcaption>
</figure>

??? success "Solved"
    ```py
    --8<-- "solutions/lesson1_autograd/value.py"
    ```
"""


@contextmanager
def served(folder: Path) -> Iterator[Callable[[str], str]]:
    """Asks a server of the folder for a page."""
    with pages.server(folder, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()

        def ask(page: str) -> str:
            address = f"http://127.0.0.1:{server.server_address[1]}/{page}"
            with urllib.request.urlopen(address, timeout=10) as answer:
                kind = "image/svg+xml" if page.endswith(".svg") else "text/html"
                assert answer.headers["Content-Type"].startswith(kind)
                return str(answer.read().decode())

        yield ask
        server.shutdown()


def test_headings_have_ids_and_questions_fold_away() -> None:
    page = pages.as_html(TEXT)
    assert "<title>A title with `code`</title>" in page
    assert '<h2 id="mask">The causal mask</h2>' in page
    assert '<h2 id="whats-d-for">' in page
    assert "<th>a</th>" in page
    assert "1 &lt; 2" in page
    assert "<details><summary>Why <code>x</code>?</summary>\n<p>Because.</p>" in page
    assert '<code class="language-python">x = 1\n</code>' in page
    assert "???" not in page


def test_the_sections_are_the_ids_of_the_page() -> None:
    assert pages.sections(TEXT) == ["a-title-with-code", "mask", "whats-d-for"]


def test_in_a_terminal_there_are_no_ids_and_all_answers() -> None:
    text = pages.as_text(TEXT)
    assert "## The causal mask\n" in text
    assert "**Why `x`?**\n\nBecause.\n\n```python\nx = 1\n```" in text


def test_a_page_has_the_files_that_it_includes() -> None:
    page = pages.as_html(INCLUDING)
    assert "<figcaption>What it shows</figcaption>" in page
    assert "\nclass Value:\n" in page
    assert "--8&lt;--" not in page


def test_a_terminal_shows_neither_drawings_nor_the_solution() -> None:
    text = pages.as_text(INCLUDING)
    assert text.startswith("*What it shows*\n")
    assert "svg" not in text
    assert "```py\n# solutions/lesson1_autograd/value.py\n```" in text


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_every_chapter_is_a_page_that_needs_nothing_else(lesson: Lesson) -> None:
    file = pages.chapter(lesson)
    page = pages.as_html(file.read_text("utf-8"))
    assert "{ #" not in page
    assert not re.search(r"^\?\?\?|^!!!|--8(?:<|&lt;)--", page, re.MULTILINE)
    assert not re.search(r"""<(?:script|link|img)[^>]*(?:src|href)=["']https?:""", page)
    for image in re.findall(r'<img src="([^"]*)"', page):
        assert (file.parent / image).is_file()


def test_a_lesson_without_a_chapter_says_so() -> None:
    with pytest.raises(ZthError, match="the chapter of toy is not here"):
        pages.chapter(Lesson("toy", "Toy", "toy1_x", (), "d", "c"))


def test_pages_are_served_and_folders_are_not_listed(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(TEXT, "utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path.parent / "secret.md").write_text("secret", "utf-8")
    with served(tmp_path) as ask:
        assert '<h2 id="mask">' in ask("a.md")
        for page in ("folder/", "b.md", "../secret.md", "%2e%2e/secret.md"):
            with pytest.raises(urllib.error.HTTPError, match="404"):
                ask(page)


def test_a_built_site_is_taken_while_it_is_as_new_as_the_chapter(tmp_path: Path) -> None:
    chapter, page = tmp_path / "docs" / "one.md", tmp_path / "site" / "one" / "index.html"
    for file in (chapter, page):
        file.parent.mkdir(parents=True)
        file.write_text("# One", "utf-8")
    os.utime(chapter, (1000, 1000))
    assert pages.place(chapter) == (tmp_path / "site", "one/")
    os.utime(page, (999, 999))
    assert pages.place(chapter) == (tmp_path / "docs", "one.md")


def test_a_port_that_is_taken_is_one_line(tmp_path: Path) -> None:
    with pages.server(tmp_path, 0) as server:
        port = int(server.server_address[1])
        with pytest.raises(ZthError, match=f"port {port} cannot be used"):
            pages.server(tmp_path, port)


@pytest.fixture
def chinese() -> Iterator[None]:
    language.use("zh")
    yield
    language.use("en")


@pytest.mark.usefixtures("chinese")
def test_a_chapter_is_in_the_readers_language_and_its_pictures_are_found() -> None:
    file = pages.chapter(LESSONS["lesson2"])
    docs, text = file.parents[1], file.read_text("utf-8")
    assert 'lang="zh"' in pages.as_html(text)
    assert "词元" in pages.as_html(text)
    assert "<!--" not in pages.as_text(text)
    assert "<svg" in pages.as_html(text)
    with served(docs) as ask:
        assert "<svg" in ask("zh/assets/lesson2_tree.svg")
        assert "<h1" in ask(f"zh/{file.name}")
