"""How a record's values lie in a database: the same in SQLite and in PostgreSQL, without loss."""

# ruff: noqa: ARG002 -- SQLAlchemy tells each type the dialect, and both are served alike

from __future__ import annotations

import json
import math
import re
import zlib
from datetime import UTC, datetime

from sqlalchemy import DateTime, Dialect, Double, Integer, LargeBinary, Text
from sqlalchemy.types import BigInteger, TypeDecorator

Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts only an INTEGER up by itself

# PostgreSQL holds no NUL in a text, and neither database a lone surrogate, as in the name of a
# file that is not UTF-8. Strangers write both. They lie there as DLE (U+0010), which is a control
# character made for that, and four digits; so does DLE itself.
_AWKWARD = re.compile("[\x00\x10\ud800-\udfff]")
_ESCAPED = re.compile("\x10([0-9a-f]{4})")


def escaped(text: str) -> str:
    """The text as both databases can hold it; different texts stay different."""
    return _AWKWARD.sub(lambda found: f"\x10{ord(found[0]):04x}", text)


def unescaped(text: str) -> str:
    """The text that was escaped."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


class Words(TypeDecorator[str]):
    """Any text at all."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else escaped(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return unescaped(value) if value and "\x10" in value else value


class Packed(TypeDecorator[str]):
    """A long text, compressed; empty where it was not asked for."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else zlib.compress(value.encode("utf-8", "surrogatepass"))

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str:
        return zlib.decompress(value).decode("utf-8", "surrogatepass") if value else ""


class Moment(TypeDecorator[datetime]):
    """A time, in UTC: SQLite keeps no time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class Number(TypeDecorator[float]):
    """Any float: NaN is NULL, as SQLite has it; infinities are themselves."""

    impl = Double
    cache_ok = True

    def process_bind_param(self, value: float | None, dialect: Dialect) -> float | None:
        return None if value is None or math.isnan(value) else float(value)

    def process_result_value(self, value: float | None, dialect: Dialect) -> float:
        return math.nan if value is None else value


class Names(TypeDecorator[tuple[str, ...]]):
    """Some words, as JSON."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str:
        return json.dumps(value or ())

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...]:
        return tuple(json.loads(value or "[]"))


class Points(TypeDecorator[tuple[tuple[int, float], ...]]):
    """Pairs of a step and a value, as JSON, compressed; none where there are none."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(
        self, value: tuple[tuple[int, float], ...] | None, dialect: Dialect
    ) -> bytes:
        return zlib.compress(json.dumps(value or ()).encode())

    def process_result_value(
        self, value: bytes | None, dialect: Dialect
    ) -> tuple[tuple[int, float], ...]:
        if value is None:
            return ()
        return tuple((step, number) for step, number in json.loads(zlib.decompress(value)))


class Link(TypeDecorator[int]):
    """The id of a row elsewhere; 0 is none."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:
        return value or None

    def process_result_value(self, value: int | None, dialect: Dialect) -> int:
        return value or 0
