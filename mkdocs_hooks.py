"""What the two editions of the site share, and what a page says when a part of it is missing."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.utils.templates import TemplateContext

ENGLISH = Path(__file__).with_name("docs")
LOADER = ENGLISH / "assets/web/site.js"

# Below ENGLISH: the other edition; sources; what both editions take from the English one's folder.
NOT_SHOWN_AGAIN = ("zh/", "web/", "assets/web/", "assets/vendor/", "assets/zth.css")
DRAWN_FROM = "assets/figures/*.json"

ONLY_CHINESE = {"glossary.md"}
TWIN = "twin:"  # stands for an address that the theme's own filter would spoil

IN_ENGLISH = '!!! note "本页尚无中文版，以下是英文版。"\n\n'
NOT_BUILT = {
    "en": '!!! note "This copy of the site was built without its interactive parts, which need '
    'Node: what follows is their printed version."\n\n',
    "zh": '!!! note "这一份网站在构建时没有 Node，因此缺少可交互的部分；'
    '以下是它们的静态版本。"\n\n',
}
MOVES = re.compile(r"<[^>]+ data-zth=")


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
            and not fnmatch(name, DRAWN_FROM)
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


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, **_: Any) -> str:
    """Says of a page that it is in English, or that what moves in it is missing."""
    chinese = _is_chinese(config)
    notices = ""
    if chinese and page.file.src_dir == str(ENGLISH):
        notices += IN_ENGLISH
    if MOVES.search(markdown) and not LOADER.is_file():
        notices += NOT_BUILT["zh" if chinese else "en"]
    return notices + markdown


def on_page_context(context: TemplateContext, page: Page, config: MkDocsConfig, **_: Any) -> None:
    """Leads to this page in each language: the theme itself leads to the first page only."""
    for alternate in context["config"].extra["alternate"]:
        own = (alternate["lang"] == "zh") == _is_chinese(config)
        alternate["link"] = page.url or "./" if own else TWIN


def on_post_page(output: str, page: Page, config: MkDocsConfig, **_: Any) -> str:
    """Puts in where the other edition has this page, or its first where it has not."""
    there = "../" if _is_chinese(config) else "zh/"
    if page.file.src_uri not in ONLY_CHINESE:
        there += page.url
    # A space at the end, which means nothing, hides these links from the theme's script: it takes
    # each for the first page of an edition, and would ask for a map of the site beside it.
    output = output.replace('<link rel="alternate" ', '<link rel="alternate " ')
    return output.replace(f'"{TWIN}"', f'"{"../" * page.url.count("/")}{there}"')


def _is_chinese(config: MkDocsConfig) -> bool:
    return bool(config.theme["language"] == "zh")
