"""The code as the pages of the reference show it, read by griffe, which imports nothing of it.

Docstrings are written for an editor, where what lines up stays so. On a page, two things would run
together: an example, which begins with `>>>`, and names with their meaning behind some spaces. And
a class's signature shows its fields, so they come again only where a comment says more of them.
"""

from __future__ import annotations

import re
from typing import Any

from griffe import Attribute, Class, Docstring, Extension, Module, Object

EXAMPLE = re.compile(r"^>>> .*\n?(?:.+\n?)*", re.MULTILINE)
ENTRY = re.compile(r"^(`[^`\n]+`)  +(.*)$", re.MULTILINE)
SIGN = re.compile(r"```[^`]*```|`[^`]*`|^ {4}.*$|[*<]", re.MULTILINE)
COMMENT = re.compile(r"  # (.*)$")


class Readable(Extension):
    def on_object(self, *, obj: Object, **_: Any) -> None:
        if obj.docstring:
            obj.docstring.value = readable(obj.docstring.value)

    def on_package(self, *, pkg: Module, **_: Any) -> None:
        shorten(pkg)


def readable(text: str) -> str:
    """Examples in fences, names with their meaning as the items of a list; * and < as signs."""
    fenced = EXAMPLE.sub(lambda found: f"```pycon\n{found[0].rstrip()}\n```\n", text)
    listed = ENTRY.sub(r"- \1: \2", fenced)
    return SIGN.sub(lambda found: {"*": "\\*", "<": "&lt;"}.get(found[0], found[0]), listed)


def shorten(module: Module) -> None:
    """Leaves of the fields of classes those that say more than the signature."""
    for inner in module.modules.values():
        if not inner.is_alias:
            shorten(inner)
    for cls in module.classes.values():
        if not cls.is_alias and "StrEnum" not in map(str, cls.bases):
            keep_what_says_more(cls)


def keep_what_says_more(cls: Class) -> None:
    for name, field in list(cls.members.items()):
        if isinstance(field, Attribute) and "property" not in field.labels:
            said = COMMENT.search(field.source.rstrip())
            if said and "\n" not in field.source.rstrip():
                field.docstring = Docstring(said[1][0].upper() + said[1][1:] + ".", parent=field)
            elif not field.docstring:
                del cls.members[name]
