"""What Gradescope says of the submissions in an export: whose each is, and when it came."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from zth.language import tr
from zth.records import ZthError

METADATA = "submission_metadata.yml"
_MOST = 256 << 20  # bytes; it carries the results of earlier gradings, too
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ]+(\d\d:\d\d:\d\d)(\.\d{1,6})?\d* *(Z|UTC|[+-]\d\d:?\d\d)?", re.ASCII
)


@dataclass(frozen=True)
class Submitter:
    """One of those who handed in a submission, as Gradescope knows them; texts may be empty."""

    id: str
    email: str
    name: str


@dataclass(frozen=True)
class Said:
    """What is said of one submission."""

    submitters: tuple[Submitter, ...]
    received: datetime | None


def read(file: Path) -> dict[str, Said]:
    """By the names of their folders, what is said of the submissions. Raises ZthError."""
    try:
        if file.stat().st_size > _MOST:
            raise _wrong(file)
        entries = _parsed(file.read_bytes(), file)
    except OSError as error:
        raise ZthError(
            tr("{file} cannot be read: {reason}", file=file, reason=error.strerror)
        ) from None
    if not isinstance(entries, dict) or not all(map(_is_name, entries)):
        raise _wrong(file)
    return {name: _said(entry) for name, entry in entries.items()}


def _is_name(key: Any) -> bool:
    """Whether it can be the name of something beside the file."""
    plain = isinstance(key, str) and key.isprintable() and "/" not in key
    return plain and key not in ("", ".", "..")


def _parsed(body: bytes, file: Path) -> Any:
    """The document, each value as it is written: an id of digits keeps its zeros in front."""
    import yaml  # type: ignore[import-untyped]

    try:
        return yaml.load(body, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError):
        raise _wrong(file) from None


def _said(entry: Any) -> Said:
    fields = entry if isinstance(entry, dict) else {}
    submitters = fields.get(":submitters")
    people = submitters if isinstance(submitters, list) else []
    return Said(
        tuple(_submitter(person) for person in people if isinstance(person, dict)),
        moment(_text(fields, ":created_at")),
    )


def _submitter(person: Mapping[Any, Any]) -> Submitter:
    return Submitter(_text(person, ":sid"), _text(person, ":email"), _text(person, ":name"))


def _text(fields: Mapping[Any, Any], key: str) -> str:
    value = fields.get(key)
    return value.strip() if isinstance(value, str) and value not in ("~", "null") else ""


def moment(text: str) -> datetime | None:
    """The time that a text of Ruby's says, "2024-02-03 04:05:06.789012000 Z"."""
    found = _TIME.fullmatch(text)
    if not found:
        return None
    day, clock, fraction, zone = found.groups("")
    zone = "+00:00" if zone in ("", "Z", "UTC") else zone
    try:
        return datetime.fromisoformat(f"{day}T{clock}{fraction}{zone}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _wrong(file: Path) -> ZthError:
    return ZthError(tr("{file} is not what Gradescope exports; download it again", file=file))
