"""What the two editions of the site share, and what a page says when a part of it is missing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.utils.templates import TemplateContext

ENGLISH = Path(__file__).parents[1]
LOADER = ENGLISH / "assets/web/site.js"
INDEX_LATER = Path(__file__).with_name("index_later.js").read_text("utf-8")
BUNDLE = re.compile(r'<script src="[^"]*/bundle\.')  # the theme's own script

# Below ENGLISH: the other edition; sources; what both editions take from the English one's folder.
NOT_SHOWN_AGAIN = ("zh/", "web/", "assets/web/", "assets/vendor/", "assets/zth.css")

TABLES = "assets/figures/*.md"  # which pages include

ONLY_CHINESE = {"glossary.md"}
TWIN = "twin:"  # stands for an address that the theme's own filter would spoil

IN_ENGLISH = "本页尚无中文版，以下是英文版。"
OF_ENGLISH = re.compile(r"\A<!-- en: \w+ -->\s*")  # of which English text a Chinese page is

# Where there was no Node: before what would move, and before text with formulas.
NOT_BUILT = {
    "en": "This copy of the site was built without Node: what follows does not move.",
    "zh": "这一份网站在构建时没有 Node：以下是静态版本，不能交互。",
}
NOT_DRAWN = {
    "en": "This copy of the site was built without Node: formulas stand here as they are typed.",
    "zh": "这一份网站在构建时没有 Node：公式以源码的形式显示。",
}
MOVES = re.compile(r"<\w+ [^>]*data-zth=")
FORMULA = 'class="arithmatex"'


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Asks for the loader only where there is one; the Chinese edition is published at zh/."""
    if not LOADER.is_file():
        config.extra_javascript.clear()
    if config.site_url and _is_chinese(config):
        config.site_url = urljoin(config.site_url, "zh/")
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds to the Chinese edition the English files that it lacks."""
    if not _is_chinese(config):
        return files
    for path in sorted(ENGLISH.rglob("*")):
        name = path.relative_to(ENGLISH).as_posix()
        if (
            path.is_file()
            and not name.startswith(NOT_SHOWN_AGAIN)
            and not path.match(TABLES)
            and files.get_file_from_path(name) is None
        ):
            files.append(
                File(
                    name,
                    str(ENGLISH),
                    config.site_dir,
                    use_directory_urls=config.use_directory_urls,
                )
            )
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Has each page begin with its heading, where its title is looked for."""
    return OF_ENGLISH.sub("", markdown)


def on_page_content(html: str, page: Page, config: MkDocsConfig, **_: Any) -> str:
    """Says of a page of the Chinese edition that it is in English; and what is missing where there
    was no Node."""
    if _is_chinese(config) and page.file.src_dir == str(ENGLISH):
        title = f'<p class="admonition-title">{IN_ENGLISH}</p>'
        html = f'<div class="admonition note">{title}</div>\n<div lang="en">\n{html}\n</div>'
    if LOADER.is_file():
        return html
    language = "zh" if _is_chinese(config) else "en"
    html = MOVES.sub(lambda found: _note(NOT_BUILT[language]) + found[0], html)
    return _note(NOT_DRAWN[language]) + html if FORMULA in html else html


def _note(text: str) -> str:
    return f'<div class="admonition note"><p>{text}</p></div>'


def on_page_context(context: TemplateContext, page: Page, config: MkDocsConfig, **_: Any) -> None:
    """Leads to this page in each language: the theme itself leads to the first page only."""
    for alternate in context["config"].extra["alternate"]:
        own = (alternate["lang"] == "zh") == _is_chinese(config)
        alternate["link"] = page.url or "./" if own else TWIN


def on_post_page(output: str, page: Page, config: MkDocsConfig, **_: Any) -> str:
    """Puts in where the other edition has this page, or its first where it has not; and what has
    the search's index come later."""
    there = "../" if _is_chinese(config) else "zh/"
    if page.file.src_uri not in ONLY_CHINESE:
        there += page.url
    # A space at the end, which means nothing, hides these links from the theme's script: it takes
    # each for the first page of an edition, and would ask for a map of the site beside it.
    output = output.replace('<link rel="alternate" ', '<link rel="alternate " ')
    output = BUNDLE.sub(lambda found: f"<script>\n{INDEX_LATER}</script>\n{found[0]}", output)
    return output.replace(f'"{TWIN}"', f'"{"../" * page.url.count("/")}{there}"')


def _is_chinese(config: MkDocsConfig) -> bool:
    return bool(config.theme["language"] == "zh")
