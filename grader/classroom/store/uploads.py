"""The queue of what students handed in by the web, and which worker grades what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from grader.classroom.records import Stage, Upload
from grader.classroom.store import claims
from grader.classroom.store.base import Part
from grader.classroom.store.tables import columns, uploads, values

_UPLOAD = columns(Upload, uploads)
_OPEN = (Stage.WAITING, Stage.GRADING)


class Uploads(Part):
    """Uploads: waiting, being graded, done or refused."""

    def enqueue(self, upload: Upload) -> Upload:
        """Puts an upload at the end of the queue, and gives it back with its id."""
        with self._database.writing() as connection:
            return replace(upload, id=self._insert(connection, uploads, _row(upload)))

    def admit(self, upload: Upload, most: int, since: datetime) -> Upload | None:
        """Does the same unless the student has handed in `most` since then: None, then.

        It counts and queues in one step, so that uploads at once do not pass together. What of the
        student waits already in the same file, as when an answer was lost, is not queued twice.
        """
        same = select(*_UPLOAD).where(
            uploads.c.student == upload.student,
            uploads.c.file == upload.file,
            uploads.c.stage == Stage.WAITING,
        )
        with self._database.writing() as connection:
            self._database.hold(connection, f"uploads of {upload.student}")
            if row := connection.execute(same).first():
                return Upload(*row)
            if _count_since(connection, upload.student, since) >= most:
                return None
            return replace(upload, id=self._insert(connection, uploads, _row(upload)))

    def claim(self, worker: str) -> Upload | None:
        """The next upload that nobody grades, which is then the worker's; None without one.

        A worker keeps what it claimed for as long as it says so by `hold` every few minutes.
        """
        with self._database.writing() as connection:
            id = claims.claim(connection, uploads, worker, self._now())
            return _upload(connection, id) if id is not None else None

    def hold(self, upload: int, worker: str) -> bool:
        """Keeps a claim alive; False where the upload is no longer the worker's."""
        with self._database.writing() as connection:
            return claims.hold(connection, uploads, upload, worker, self._now())

    def settle(self, upload: int, stage: Stage, submission: int = 0, problem: str = "") -> None:
        """Says how far an upload has come, what came of it, and why it was refused."""
        with self._database.writing() as connection:
            connection.execute(
                update(uploads)
                .where(uploads.c.id == upload)
                .values(stage=stage, submission=submission, problem=problem)
            )

    def upload(self, id: int) -> Upload | None:
        """The upload with that id."""
        with self._database.reading() as connection:
            return _upload(connection, id)

    def uploads(self, student: str) -> list[Upload]:
        """Those of a student, the newest first."""
        query = select(*_UPLOAD).where(uploads.c.student == student).order_by(uploads.c.id.desc())
        with self._database.reading() as connection:
            return _uploads(connection.execute(query).all())

    def queue(self) -> list[Upload]:
        """Those that are graded now or wait, in their order."""
        query = select(*_UPLOAD).where(uploads.c.stage.in_(_OPEN)).order_by(uploads.c.id)
        with self._database.reading() as connection:
            return _uploads(connection.execute(query).all())

    def settled(self, most: int) -> list[Upload]:
        """The newest of those that are done or refused."""
        query = select(*_UPLOAD).where(uploads.c.stage.not_in(_OPEN))
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(uploads.c.id.desc()).limit(most)).all()
        return _uploads(rows)

    def position(self, id: int) -> int:
        """The upload's place among those that wait: 1 is the next; 0 where it does not wait."""
        waits = uploads.c.stage == Stage.WAITING
        with self._database.reading() as connection:
            own = connection.execute(select(uploads.c.id).where(waits, uploads.c.id == id)).first()
            ahead = select(func.count()).where(waits, uploads.c.id <= id)
            return int(connection.execute(ahead).scalar_one()) if own else 0

    def count_since(self, student: str, when: datetime) -> int:
        """How many uploads of a student have come since then, refused ones too."""
        with self._database.reading() as connection:
            return _count_since(connection, student, when)


def _row(upload: Upload) -> dict[str, Any]:
    return {**values(upload), "worker": "", "claims": 0}


def _upload(connection: Connection, id: int) -> Upload | None:
    row = connection.execute(select(*_UPLOAD).where(uploads.c.id == id)).first()
    return Upload(*row) if row else None


def _uploads(rows: Sequence[Any]) -> list[Upload]:
    return [Upload(*row) for row in rows]


def _count_since(connection: Connection, student: str, when: datetime) -> int:
    query = select(func.count()).where(uploads.c.student == student, uploads.c.received >= when)
    return int(connection.execute(query).scalar_one())
