"""What the Chinese site has no page of its own for, it shows in English, and says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ENGLISH = Path(__file__).with_name("docs")
NOTICE = '!!! note "本页尚无中文版，以下是英文版。"\n\n'


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the English files that are missing."""
    for path in sorted(ENGLISH.rglob("*")):
        name = path.relative_to(ENGLISH).as_posix()
        if path.is_file() and not name.startswith("zh/") and files.get_file_from_path(name) is None:
            files.append(
                File(
                    name,
                    str(ENGLISH),
                    config.site_dir,
                    use_directory_urls=config.use_directory_urls,
                )
            )
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Says of an English page that it is one."""
    return NOTICE + markdown if page.file.src_dir == str(ENGLISH) else markdown
