"""The queue of what students handed in by the web, and which worker grades what."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, update

from grader.classroom.records import Stage, Upload
from grader.classroom.store.base import Part
from grader.classroom.store.tables import columns, uploads, values
from zth.language import tr

LEASE = timedelta(minutes=10)  # after so long, a worker that has not said a word counts as dead
CLAIMS = 3  # so many workers may die of an upload
_UPLOAD = columns(Upload, uploads)


class Uploads(Part):
    """Uploads: waiting, being graded, done or refused."""

    def enqueue(self, upload: Upload) -> Upload:
        """Puts an upload at the end of the queue, and gives it back with its id."""
        row = {**values(upload), "worker": "", "claims": 0}
        with self._database.writing() as connection:
            return replace(upload, id=self._insert(connection, uploads, row))

    def admit(self, upload: Upload, most: int, since: datetime) -> Upload | None:
        """Does the same unless the student has handed in `most` since then: None, then.

        It counts and queues in one step, so that uploads at once do not pass together.
        """
        row = {**values(upload), "worker": "", "claims": 0}
        with self._database.writing() as connection:
            self._database.hold(connection, f"uploads of {upload.student}")
            if _count_since(connection, upload.student, since) >= most:
                return None
            return replace(upload, id=self._insert(connection, uploads, row))

    def claim(self, worker: str) -> Upload | None:
        """The next upload that nobody grades, which is then the worker's; None without one.

        A worker keeps what it claimed for as long as it says so by `hold` every few minutes. What
        CLAIMS workers left undone is refused.
        """
        with self._database.writing() as connection:
            self._give_up(connection)
            first = (
                select(uploads.c.id)
                .where(or_(uploads.c.stage == Stage.WAITING, self._left()))
                .order_by(uploads.c.id)
                .limit(1)
                .with_for_update(skip_locked=True)
            )
            id = connection.execute(first).scalar()
            if id is None:
                return None
            row = connection.execute(
                update(uploads)
                .where(uploads.c.id == id)
                .values(
                    stage=Stage.GRADING,
                    worker=worker,
                    claimed=self._now(),
                    claims=uploads.c.claims + 1,
                )
                .returning(*_UPLOAD)
            ).one()
            return Upload(*row)

    def hold(self, upload: int, worker: str) -> bool:
        """Keeps a claim alive; False where the upload is no longer the worker's."""
        own = (
            (uploads.c.id == upload)
            & (uploads.c.worker == worker)
            & (uploads.c.stage == Stage.GRADING)
        )
        with self._database.writing() as connection:
            found = connection.execute(update(uploads).where(own).values(claimed=self._now()))
        return found.rowcount > 0

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
            row = connection.execute(select(*_UPLOAD).where(uploads.c.id == id)).first()
        return Upload(*row) if row else None

    def uploads(self, student: str) -> list[Upload]:
        """Those of a student, the newest first."""
        query = select(*_UPLOAD).where(uploads.c.student == student).order_by(uploads.c.id.desc())
        with self._database.reading() as connection:
            return [Upload(*row) for row in connection.execute(query)]

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

    def _left(self) -> ColumnElement[bool]:
        """Whether the worker that claimed it has been silent for too long."""
        return and_(uploads.c.stage == Stage.GRADING, uploads.c.claimed < self._now() - LEASE)

    def _give_up(self, connection: Connection) -> None:
        problem = tr("grading was begun {n} times and never came to its end", n=CLAIMS)
        connection.execute(
            update(uploads)
            .where(self._left(), uploads.c.claims >= CLAIMS)
            .values(stage=Stage.REFUSED, problem=problem)
        )


def _count_since(connection: Connection, student: str, when: datetime) -> int:
    query = select(func.count()).where(uploads.c.student == student, uploads.c.received >= when)
    return int(connection.execute(query).scalar_one())
