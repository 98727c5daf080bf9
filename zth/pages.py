"""A chapter as a page: its Markdown as HTML or for a terminal, served to this machine alone."""

from __future__ import annotations

import functools
import html
import itertools
import re
import textwrap
import unicodedata
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

from zth import formulas, language, trees
from zth.language import tr
from zth.records import Lesson, ZthError

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

HOST = "127.0.0.1"
SECTION = re.compile(r"\s*\{ #([\w-]+) \}$")
QUESTION = re.compile(r'^\?\?\? \w+ "(.*)"\n((?: {4}.*\n?|\n)*)', re.MULTILINE)
COMMENT = re.compile(r"^<!--.*?-->\n|<!--.*?-->", re.DOTALL | re.MULTILINE)
INCLUDE = re.compile(r'^( *)--8<-- "([^"]+)"$', re.MULTILINE)
FORMULA = re.compile(r"^\$\$(.+?)\$\$$", re.DOTALL | re.MULTILINE)
FIGURE = re.compile(
    r"^<figure.*?<figcaption>(.*?)</figcaption>\n</figure>$", re.DOTALL | re.MULTILINE
)
PAGE = """\
<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
body {{ max-width: 50rem; margin: 2rem auto; padding: 0 1rem; font: 1.05rem/1.6 sans-serif; }}
code, pre {{ font-family: monospace; font-size: 0.9em; }}
pre {{ padding: 0.8rem; overflow-x: auto; border: 1px solid #8886; border-radius: 4px; }}
table {{ border-collapse: collapse; }}
th, td {{ padding: 0.3rem 0.8rem; border: 1px solid #8886; text-align: left; }}
details {{ margin: 0.5rem 0; }}
summary {{ cursor: pointer; font-weight: bold; }}
img {{ max-width: 100%; background: white; }}
</style>
</head>
<body>
{body}</body>
</html>
"""


def chapter(lesson: Lesson) -> Path:
    """The Markdown of a lesson's chapter, in the clone or as it was installed; in the reader's
    language, where it is there. Raises ZthError."""
    file = trees.shipped(trees.REFERENCE).parent / lesson.chapter
    if not lesson.chapter or not file.is_file():
        raise ZthError(tr("the chapter of {lesson} is not here", lesson=lesson.id))
    translated = file.parent / language.chosen() / file.name
    return translated if translated.is_file() else file


def place(file: Path) -> tuple[Path, str]:
    """The folder to serve and the page in it: the built site's, where there is a recent one."""
    docs = file.parent if file.parent.name not in language.LANGUAGES else file.parents[1]
    site, page = docs.parent / "site", file.relative_to(docs)
    built = site / page.with_suffix("") / "index.html"
    if built.is_file() and built.stat().st_mtime >= file.stat().st_mtime:
        return site, f"{page.with_suffix('').as_posix()}/"
    return docs, page.as_posix()


def as_html(text: str) -> str:
    """A chapter as a page that needs nothing else: headings have ids, questions fold away."""
    markdown = _markdown()
    text = FORMULA.sub(_formula, INCLUDE.sub(_included, text))
    folded = QUESTION.sub(lambda m: _folded(m, markdown), text)
    tokens = markdown.parse(folded)
    title = ""
    for heading, words in itertools.pairwise(tokens):
        if heading.type == "heading_open":
            heading.attrSet("id", _id_of(words))
            title = title or words.content
    body = markdown.renderer.render(tokens, markdown.options, {})
    return PAGE.format(lang=language.chosen(), title=html.escape(title), body=body)


def sections(text: str) -> list[str]:
    """The ids of the chapter's headings, in its order."""
    tokens = itertools.pairwise(_markdown().parse(QUESTION.sub("", text)))
    return [_id_of(words) for heading, words in tokens if heading.type == "heading_open"]


def as_text(text: str) -> str:
    """A chapter as Markdown that a terminal can show: without ids, with all answers.

    Of a figure there is what it is called, of a file that is included (a solution) its name.
    """
    text = FORMULA.sub(_formula, FIGURE.sub(r"*\1*", COMMENT.sub("", text)))
    text = INCLUDE.sub(r"\1# \2", text)
    lines = (SECTION.sub("", line) for line in text.split("\n"))
    return QUESTION.sub(lambda m: f"**{m[1]}**\n\n{textwrap.dedent(m[2])}", "\n".join(lines))


def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable("table")


def _included(line: re.Match[str]) -> str:
    """The file that the line names, a path from the clone's root or in the wheel."""
    file = trees.shipped(trees.REFERENCE).parent / line[2]
    return textwrap.indent(file.read_text("utf-8").rstrip("\n"), line[1])


def _formula(written: re.Match[str]) -> str:
    return f"```text\n{formulas.plain(written[1])}\n```"


def _folded(question: re.Match[str], markdown: MarkdownIt) -> str:
    summary, answer = markdown.renderInline(question[1]), textwrap.dedent(question[2]).strip()
    return f"<details><summary>{summary}</summary>\n\n{answer}\n\n</details>\n\n"


def _id_of(words: Token) -> str:
    """A heading's id, which it names or which is made of its words; taken out of its text."""
    if (named := SECTION.search(words.content)) and words.children:
        words.content = SECTION.sub("", words.content)
        words.children[-1].content = SECTION.sub("", words.children[-1].content)
        return named[1]
    ascii = unicodedata.normalize("NFKD", words.content).encode("ascii", "ignore").decode()
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", ascii).strip().lower())


class _Pages(SimpleHTTPRequestHandler):
    """Files of one folder, Markdown as HTML; no lists of folders, and nothing is logged."""

    def translate_path(self, path: str) -> str:
        """The file; of what a translation does not have, such as pictures, the English one."""
        found = super().translate_path(path)
        prefix = f"/{language.chosen()}/"
        if not path.startswith(prefix) or Path(found).exists():
            return found
        return super().translate_path(path.removeprefix(prefix[:-1]))

    def do_GET(self) -> None:
        file = Path(self.translate_path(self.path))
        if file.suffix == ".md" and file.is_file():
            self._send(file)
        else:
            super().do_GET()

    def _send(self, file: Path) -> None:
        body = as_html(file.read_text("utf-8")).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def list_directory(self, path: object) -> None:  # noqa: ARG002 (the base class's signature)
        self.send_error(404)

    def log_message(self, *_: object) -> None:
        pass


def server(folder: Path, port: int) -> ThreadingHTTPServer:
    """Serves the folder to this machine alone; port 0 is any that is free. Raises ZthError."""
    try:
        return ThreadingHTTPServer((HOST, port), functools.partial(_Pages, directory=str(folder)))
    except OSError as error:
        raise ZthError(
            tr("port {port} cannot be used: {why}", port=port, why=error.strerror)
        ) from None
