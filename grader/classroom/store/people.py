"""Who may see what: students by token, instructors by password; and who tried how often."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select, update

from grader.classroom.store.base import Part
from grader.classroom.store.tables import attempts, instructors, tokens

REMEMBERED = timedelta(days=1)  # how long attempts are kept: longer than any limit looks back


class People(Part):
    """Neither tokens nor passwords are kept, but their hashes."""

    def add_token(self, student: str, sha256: str) -> None:
        """Keeps a student's token, by its SHA-256 in hexadecimal."""
        row = {"student": student, "sha256": sha256, "made": self._now()}
        with self._database.writing() as connection:
            connection.execute(insert(tokens), row)

    def student_of(self, sha256: str) -> str | None:
        """Whose token it is; None where it is nobody's, or was revoked."""
        query = select(tokens.c.student).where(
            tokens.c.sha256 == sha256, tokens.c.revoked.is_(None)
        )
        with self._database.reading() as connection:
            found: str | None = connection.execute(query).scalar()
        return found

    def holders(self) -> set[str]:
        """The students who have a token."""
        query = select(tokens.c.student).where(tokens.c.revoked.is_(None)).distinct()
        with self._database.reading() as connection:
            return set(connection.execute(query).scalars())

    def revoke(self, student: str) -> int:
        """Revokes all tokens of a student, and says how many there were."""
        own = (tokens.c.student == student) & tokens.c.revoked.is_(None)
        revoked = update(tokens).where(own).values(revoked=self._now())
        with self._database.writing() as connection:
            return connection.execute(revoked).rowcount

    def set_instructor(self, name: str, password_hash: str) -> None:
        """Keeps an instructor's password, by its hash, in the place of an earlier one."""
        with self._database.writing() as connection:
            self._database.hold(connection, f"instructor {name}")
            connection.execute(delete(instructors).where(instructors.c.name == name))
            row = {"name": name, "password_hash": password_hash}
            connection.execute(insert(instructors), row)

    def instructor(self, name: str) -> str | None:
        """The hash of an instructor's password; None where there is no such instructor."""
        query = select(instructors.c.password_hash).where(instructors.c.name == name)
        with self._database.reading() as connection:
            found: str | None = connection.execute(query).scalar()
        return found

    def attempt(self, who: str) -> None:
        """Notes that somebody tried something whose number is limited; old attempts are dropped."""
        at = self._now()
        with self._database.writing() as connection:
            old = (attempts.c.who == who) & (attempts.c.at < at - REMEMBERED)
            connection.execute(delete(attempts).where(old))
            connection.execute(insert(attempts), {"who": who, "at": at})

    def attempts_since(self, who: str, when: datetime) -> int:
        """How often somebody tried since then."""
        query = select(func.count()).where(attempts.c.who == who, attempts.c.at >= when)
        with self._database.reading() as connection:
            return int(connection.execute(query).scalar_one())
