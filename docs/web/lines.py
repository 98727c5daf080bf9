"""Where a line of a page does not end.

Within an amount, an option or a shape, before an operator, at a hyphen in short code, before the
last character of a Chinese paragraph, or after the number of a lesson in a table.
"""

from __future__ import annotations

import re
from typing import Any

# Listings, formulas, drawings and what is no text stay as they are; so does code with tags in it.
PIECE = re.compile(
    r"""
    <(pre|svg|style|script|textarea)\b.*?</\1> | <(span|div)\ class="arithmatex">.*?</\2>
    | <code>(?P<code>[^<]*)</code>
    | <[^>]*>
    | (?P<option>(?<![\w-])--[a-z][\w-]*)
    | (?P<shape>\((?:[\w…]{1,5},\s)+[\w…]{1,5}\))
    | (?P<operator>(?<=\S)\s
        (?: [·/×]\s | [=+−←≤≥] (?: \s(?=[^\s<]{1,4}(?![^\s<，。；：、）？])) | (?=\s) ) ) )
    | (?P<gap>(?<=\d)\ (?=%|(?:ms|s|min|h|[KMG]i?B)\b) | (?<=\d\ h)\ (?=\d)
        | (?: (?<=>\d,) | (?<=>\d\d,) )\ )
    | (?P<numbered>(?<=>)\d{1,2}，[^\s<]{1,8}(?=</))
    | (?P<counted>\d+\ 小时(?:\ \d+\ 分)? | 第\ \d+\ 课)
    | (?P<end>(?=[^<]*[\u4e00-\u9fff])[^\s<>&][^<>&]{2,3}(?=</(?:p|li|figcaption)>))
    """,
    re.DOTALL | re.VERBOSE,
)
HYPHENED = re.compile(r"(?<!\S)(?=\S{1,24}(?!\S))\S*-\S*")  # longer ones may have to be parted


def on_page_content(html: str, **_: Any) -> str:
    return PIECE.sub(_together, html)


def _together(piece: re.Match[str]) -> str:
    if piece["gap"]:
        return "\u00a0"
    if piece["shape"] or piece["operator"]:
        return re.sub(r"\s", "\u00a0", piece[0])
    if any(piece[kind] for kind in ("option", "numbered", "counted", "end")):
        return _whole(piece)
    if piece["code"]:
        return f"<code>{HYPHENED.sub(_whole, piece['code'])}</code>"
    return piece[0]


def _whole(word: re.Match[str]) -> str:
    return f'<span class="whole">{word[0]}</span>'
