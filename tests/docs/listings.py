"""The Python of a page, run in its order as one program: listings, examples, and hidden set-up.

A listing of a page is one of these:

- Python, which runs. What its `print` calls say behind `  # ` is what they print, line by line;
  where none says anything, they may print what they like.
- Python with a `title`: a file, or the next part of one, for others to import. It runs, too.
- Python that begins with `>>>`: examples with their results.
- `--8<-- "FILE"`: a file of the repository, which has tests of its own.

What a page takes for granted stands in a comment that no reader sees:
`<!--- invisible-code-block: python`.
"""

from __future__ import annotations

import contextlib
import io
import re
import runpy
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from unittest.mock import Mock

from sybil import Document, Example, Region
from sybil.parsers.abstract.doctest import DocTestStringParser
from sybil.parsers.markdown import CodeBlockParser

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("[A-Z]*.md")), *sorted(ROOT.glob("docs/**/*.md"))]
TITLE = re.compile(r'py.* title="([^"]+)"')
PROMISE = re.compile(r"\bprint\(.*\)  # (.*)$", re.MULTILINE)
INCLUDE = re.compile(r'^ *--8<-- "[^"]+"$', re.MULTILINE)


def play(page: Path, folder: Path) -> int:
    """Runs the page's Python, its files in the folder; returns how many pieces of it there are."""
    with _apart(folder):
        document = Document.parse(str(page), Python(folder))
        examples = list(document.examples())
        for example in examples:
            example.evaluate()
        for file in sorted(folder.rglob("*.py")):
            runpy.run_path(str(file))
    return len(examples)


class Python(CodeBlockParser):
    language = "python"

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def __call__(self, document: Document) -> Iterable[Region]:
        for region in self.lexers(document):
            info, source = region.lexemes["arguments"], region.lexemes["source"]
            if info.split()[0] not in ("python", "py") or INCLUDE.search(source):
                continue
            if source.startswith(">>>"):
                for example in DocTestStringParser()(source, document.path):
                    example.adjust(region, source)
                    yield example
            else:
                title = TITLE.match(info)
                region.parsed = source
                region.evaluator = _appended_to(self.folder / title[1]) if title else _run
                yield region


def _run(example: Example) -> str | None:
    """Runs a listing in the names of its page; says where it prints other than it promises."""
    source = "\n" * (example.line + example.parsed.line_offset) + example.parsed
    example.namespace.setdefault("__name__", "__main__")
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(source, example.path, "exec"), example.namespace)
    promised, printed = PROMISE.findall(example.parsed), said.getvalue().splitlines()
    if promised and printed != promised:
        return f"it prints {printed}, and the page says {promised}"
    return None


def _appended_to(file: Path) -> Callable[[Example], None]:
    def write(example: Example) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as end:
            end.write(f"{example.parsed}\n")

    return write


@contextlib.contextmanager
def _apart(folder: Path) -> Iterator[None]:
    """The folder and the reference's can be imported from; what was is forgotten in the end."""
    paths, known = [str(folder), str(ROOT / "solutions")], set(sys.modules)
    sys.path[:0] = paths
    try:
        yield
    finally:
        del sys.path[: len(paths)]
        for name in set(sys.modules) - known:
            module = sys.modules[name]
            file = getattr(module, "__file__", None) or ""
            if isinstance(module, Mock) or file.startswith(tuple(paths)):
                del sys.modules[name]
