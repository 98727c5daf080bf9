"""How a record's values lie in a database: the same in SQLite and in PostgreSQL, without loss."""

from __future__ import annotations

import json
import math
import re
import zlib
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import DateTime, Dialect, Double, Integer, LargeBinary, Text
from sqlalchemy.types import BigInteger, TypeDecorator, TypeEngine

Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts only an INTEGER up by itself
V = TypeVar("V")

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
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "\x10" in text else text


class _Kept(TypeDecorator[V]):
    """A value that lies in the database as another: `put` gives that, `got` the value again."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = Text
    cache_ok = True
    empty: V | None = None  # what NULL stands for

    def put(self, value: V) -> Any:
        raise NotImplementedError

    def got(self, kept: Any) -> V:
        raise NotImplementedError

    def process_bind_param(self, value: V | None, dialect: Dialect) -> Any:
        del dialect  # both are served alike
        return None if value is None else self.put(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> V | None:
        del dialect
        return self.empty if value is None else self.got(value)


class Words(_Kept[str]):
    """Any text at all."""

    cache_ok = True

    def put(self, value: str) -> str:
        return escaped(value)

    def got(self, kept: str) -> str:
        return unescaped(kept)


class Packed(_Kept[str]):
    """A long text, compressed."""

    impl = LargeBinary
    cache_ok = True
    empty = ""

    def put(self, value: str) -> bytes:
        return zlib.compress(value.encode("utf-8", "surrogatepass"))

    def got(self, kept: bytes) -> str:
        return zlib.decompress(kept).decode("utf-8", "surrogatepass")


class Moment(_Kept[datetime]):
    """A time, in UTC: SQLite keeps no time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def put(self, value: datetime) -> datetime:
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return value.astimezone(UTC)

    def got(self, kept: datetime) -> datetime:
        return kept.astimezone(UTC) if kept.tzinfo else kept.replace(tzinfo=UTC)


class Number(_Kept[float]):
    """Any float: NaN is NULL, as SQLite has it; infinities are themselves."""

    impl = Double
    cache_ok = True
    empty = math.nan

    def put(self, value: float) -> float | None:
        return None if math.isnan(value) else float(value)

    def got(self, kept: float) -> float:
        return kept


class Names(_Kept[tuple[str, ...]]):
    """Some words, as JSON."""

    cache_ok = True

    def put(self, value: tuple[str, ...]) -> str:
        return json.dumps(value)

    def got(self, kept: str) -> tuple[str, ...]:
        return tuple(json.loads(kept))


class Curve(_Kept[tuple[tuple[int, float], ...]]):
    """Pairs of a step and a value, as JSON, compressed; none where it was not asked for."""

    impl = LargeBinary
    cache_ok = True
    empty = ()

    def put(self, value: tuple[tuple[int, float], ...]) -> bytes | None:
        return zlib.compress(json.dumps(value).encode()) if value else None

    def got(self, kept: bytes) -> tuple[tuple[int, float], ...]:
        return tuple((step, number) for step, number in json.loads(zlib.decompress(kept)))


class Link(_Kept[int]):
    """The id of a row elsewhere; 0 is none."""

    impl = BigInteger
    cache_ok = True
    empty = 0

    def put(self, value: int) -> int | None:
        return value or None

    def got(self, kept: int) -> int:
        return kept
