"""The tables of a class. What changes here needs a migration, in `migrations/versions`."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Enum,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    null,
    type_coerce,
)
from sqlalchemy.types import TypeEngine

from grader.classroom.records import Stage
from grader.classroom.store.columns import (
    Id,
    Link,
    Moment,
    Names,
    Number,
    Packed,
    Points,
    Words,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_STAGE = Enum(
    Stage, native_enum=False, length=20, values_callable=lambda stages: [s.value for s in stages]
)

submissions = Table(
    "submissions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("student", Words, nullable=False, index=True),
    Column("received", Moment, nullable=False),
    Column("digest", Words, nullable=False),
    Column("source", Words, nullable=False),
    Column("commit", Words, nullable=False),
    Column("problem", Words, nullable=False),
    # What makes it the same submission, hashed: a path may be too long for an index.
    Column("identity", Text, nullable=False, unique=True),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", Words, nullable=False),
    Column("lesson", Words, nullable=False),
    Column("digest", Words, nullable=False),
    Column("points", Integer, nullable=False),
    Column("earned", Integer, nullable=False),
    Column("seconds", Number),
    Column("sandbox", Words, nullable=False),
    Column("seed_id", Words, nullable=False),
    Column("grader", Words, nullable=False),
    Column("report", Packed, nullable=False),
    Column("fault", Words, nullable=False),
)
Index(None, outcomes.c.key, outcomes.c.id)

grades = Table(
    "grades",
    metadata,
    Column("id", Id, primary_key=True),
    Column("submission", ForeignKey(submissions.c.id), nullable=False),
    Column("outcome", ForeignKey(outcomes.c.id), nullable=False),
    Column("lesson", Words, nullable=False),  # the outcome's, for the index
    Column("at", Moment, nullable=False),
    Column("reason", Words, nullable=False),
)
Index(None, grades.c.submission, grades.c.lesson, grades.c.id)

runs = Table(
    "runs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("source", Words, nullable=False),
    Column("lessons", Names, nullable=False),
    Column("started", Moment, nullable=False),
    Column("finished", Moment),
)

measurements = Table(
    "measurements",
    metadata,
    Column("id", Id, primary_key=True),
    Column("board", Words, nullable=False),
    Column("submission", ForeignKey(submissions.c.id), nullable=False),
    Column("seed_id", Words, nullable=False),
    Column("at", Moment, nullable=False),
    Column("value", Number),
    Column("reference", Number),
    Column("tokens", BigInteger, nullable=False),
    Column("seconds", Number),
    Column("machine", Words, nullable=False),
    Column("grader", Words, nullable=False),
    Column("problem", Words, nullable=False),
)
Index(None, measurements.c.board, measurements.c.submission)

# Apart from the measurements: a board reads many of those, and of curves a few.
curves = Table(
    "curves",
    metadata,
    Column("measurement", Id, ForeignKey(measurements.c.id), primary_key=True),
    Column("points", Points, nullable=False),
)

rulings = Table(
    "rulings",
    metadata,
    Column("id", Id, primary_key=True),
    Column("board", Words, nullable=False),
    Column("submission", ForeignKey(submissions.c.id), nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", Words, nullable=False),
    Column("reason", Words, nullable=False),
    Column("disqualified", Boolean, nullable=False),
)
Index(None, rulings.c.board, rulings.c.submission)

tokens = Table(
    "tokens",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("student", Words, nullable=False, index=True),
    Column("made", Moment, nullable=False),
    Column("revoked", Moment),
)

instructors = Table(
    "instructors",
    metadata,
    Column("name", Words, primary_key=True),
    Column("password_hash", Words, nullable=False),
)

uploads = Table(
    "uploads",
    metadata,
    Column("id", Id, primary_key=True),
    Column("student", Words, nullable=False),
    Column("received", Moment, nullable=False),
    Column("name", Words, nullable=False),
    Column("file", Words, nullable=False),
    Column("lessons", Names, nullable=False),
    Column("stage", _STAGE, nullable=False),
    Column("submission", Link, ForeignKey(submissions.c.id)),
    Column("problem", Words, nullable=False),
    Column("worker", Words, nullable=False),
    Column("claimed", Moment),
    Column("claims", Integer, nullable=False),
)
Index(None, uploads.c.stage, uploads.c.id)
Index(None, uploads.c.student, uploads.c.received)

regrades = Table(
    "regrades",
    metadata,
    Column("id", Id, primary_key=True),
    Column("submission", ForeignKey(submissions.c.id), nullable=False),
    Column("lesson", Words, nullable=False),
    Column("reason", Words, nullable=False),
    Column("by", Words, nullable=False),
    Column("at", Moment, nullable=False),
    Column("stage", _STAGE, nullable=False),
    Column("problem", Words, nullable=False),
    Column("worker", Words, nullable=False),
    Column("claimed", Moment),
    Column("claims", Integer, nullable=False),
)
Index(None, regrades.c.stage, regrades.c.id)

attempts = Table(
    "attempts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("who", Words, nullable=False),
    Column("at", Moment, nullable=False),
)
Index(None, attempts.c.who, attempts.c.at)


def columns(
    record: type[Any], table: Table, **others: ColumnElement[Any]
) -> list[ColumnElement[Any]]:
    """The columns that make up a record, in the order of its fields; `others` lie elsewhere."""
    names = [field.name for field in fields(record)]
    return [others[name] if name in others else table.c[name] for name in names]


def nothing(type: type[TypeEngine[Any]]) -> ColumnElement[Any]:
    """Stands for a column that is not asked for."""
    return type_coerce(null(), type)


def values(record: Any) -> dict[str, Any]:
    """What a record's row holds; its id is the database's to give."""
    return {f.name: getattr(record, f.name) for f in fields(record) if f.name != "id"}
