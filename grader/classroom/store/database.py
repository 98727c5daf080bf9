"""A class's database: readers, writers one at a time, and what can go wrong with it, in a line."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import sqlite3
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, func, make_url, select
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError, ProgrammingError

from zth.language import tr
from zth.records import ZthError

PATIENCE = 30  # seconds that a writer waits for another, or for the server to answer
_POSTGRESQL = ("postgresql", "postgres", "postgresql+psycopg")
_OURS = (IntegrityError, ProgrammingError, DataError)  # these are mistakes of this package


class Database:
    """An engine, whose errors come out as ZthError. `place` names it, without a password."""

    def __init__(self, url: str) -> None:
        self.url = _understood(url)
        self.place = _place(self.url)
        if self.url.get_backend_name() == "sqlite":
            _make_file(Path(self.url.database or ""), self.place)
        self._engine = _engine(self.url)
        self._writers = self._engine.execution_options(writes=True)
        # Whoever does not close it leaves no open file behind all the same.
        weakref.finalize(self, self._engine.dispose).atexit = False

    @property
    def is_postgresql(self) -> bool:
        return self.url.get_backend_name() == "postgresql"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the database in each of its queries."""
        with self._said(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: all of it is written at the end, or nothing."""
        with self._said(), self._writers.begin() as connection:
            yield connection

    def hold(self, connection: Connection, what: str) -> None:
        """Until the transaction ends, nobody else who holds the same word goes on."""
        if self.is_postgresql:  # in SQLite, a writer is alone anyhow
            hashed = hashlib.sha256(what.encode("utf-8", "surrogatepass")).digest()
            number = int.from_bytes(hashed[:8], signed=True)
            connection.execute(select(func.pg_advisory_xact_lock(number)))

    @contextmanager
    def _said(self) -> Iterator[None]:
        try:
            yield
        except _OURS:
            raise
        except DBAPIError as error:
            raise problem(self.place, error.orig or error) from error

    def close(self) -> None:
        self._engine.dispose()


def _understood(url: str) -> URL:
    """The URL, with the driver that zth brings."""
    kind, _, path = url.partition(":///")
    if kind == "sqlite" and path not in ("", ":memory:"):
        return URL.create("sqlite", database=path)  # as it stands: a path may hold "?" and "%"
    try:
        found = make_url(url)
    except (ArgumentError, ValueError):
        found = None
    if found is None or found.drivername not in _POSTGRESQL:
        raise ZthError(
            tr(
                "the store {url!r} is none that zth knows; write sqlite:///class.db or "
                "postgresql://NAME@HOST/DATABASE",
                url=re.sub(":[^:/@]*@", ":***@", url),
            )
        )
    return found.set(drivername="postgresql+psycopg")


def _place(url: URL) -> str:
    return str(url.database) if url.get_backend_name() == "sqlite" else url.render_as_string()


def _make_file(path: Path, place: str) -> None:
    """A file for SQLite, for its owner alone, in the mode in which readers wait for no writer."""
    try:
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with contextlib.closing(sqlite3.connect(path, timeout=PATIENCE)) as connection:
            _wal(connection)
    except (OSError, sqlite3.Error) as error:
        raise problem(place, error) from error


def _wal(connection: sqlite3.Connection) -> None:
    """Sets the mode. Where several do so at once, SQLite waits for none: it says "locked"."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "postgresql":
        arguments = {"connect_timeout": PATIENCE, "options": "-c timezone=utc"}
        return create_engine(url, connect_args=arguments, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": PATIENCE})
    event.listen(engine, "connect", _connected)
    event.listen(engine, "begin", _begun)
    return engine


def _connected(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # `_begun` says when a transaction begins, not the driver
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA recursive_triggers=ON")  # else REPLACE would delete unseen


def _begun(connection: Connection) -> None:
    """A writer takes its turn at once: one that first reads could not be made to wait."""
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def problem(place: str, error: BaseException) -> ZthError:
    """What a database, or its file, said, in a line."""
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(error, OSError):
        code = sqlite3.SQLITE_FULL if error.errno == errno.ENOSPC else sqlite3.SQLITE_CANTOPEN
    said = (_of_sqlite(code & 0xFF) if code else "") or str(error).strip().split("\n")[0]
    if ("connection " in said and "FATAL" not in said) or "resolve host" in said:
        said = tr("{said}; does the server run, and is its address right?", said=said)
    return ZthError(tr("the store {place}: {said}", place=place, said=said))


def _of_sqlite(code: int) -> str:
    """What SQLite's code means to whoever runs this."""
    match code:
        case sqlite3.SQLITE_NOTADB:
            return tr("this file is no database; name another")
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return tr("it cannot be written; is its folder there, and may you write in it?")
        case sqlite3.SQLITE_BUSY:
            return tr("another process has been writing for {n} s; try again later", n=PATIENCE)
        case sqlite3.SQLITE_FULL:
            return tr("the disk is full")
        case sqlite3.SQLITE_CORRUPT:
            return tr("the file is damaged; take it from a backup")
        case _:
            return ""
