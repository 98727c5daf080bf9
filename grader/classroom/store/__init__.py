"""All that a class keeps, in SQLite or PostgreSQL. Records go in and come out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Self

from grader.classroom.store.base import now
from grader.classroom.store.boards import Boards
from grader.classroom.store.database import Database
from grader.classroom.store.grading import Grading
from grader.classroom.store.people import People
from grader.classroom.store.regrades import Regrades
from grader.classroom.store.schema import prepare
from grader.classroom.store.uploads import Uploads

__all__ = ["Store"]


class Store(Grading, Boards, People, Uploads, Regrades):
    """A class's store. Processes and threads may use it at once, each process its own."""

    @classmethod
    def open(cls, url: str, clock: Callable[[], datetime] = now) -> Self:
        """Opens a store, and makes it or upgrades it where that is needed.

        `url` is "sqlite:///class.db", or "postgresql://NAME@HOST/DATABASE". Raises ZthError.
        """
        database = Database(url)
        try:
            prepare(database)
        except BaseException:
            database.close()
            raise
        return cls(database, clock)

    def close(self) -> None:
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
