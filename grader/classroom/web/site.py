"""What the pages of a class are made from."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from starlette.requests import Request

from grader.classroom import roster
from grader.classroom.means import lessons_of
from grader.classroom.roster import Roster
from grader.classroom.settings import Classroom, Settings
from grader.classroom.statistics import LessonCount
from grader.classroom.store import Store
from grader.classroom.web.kept import Kept
from zth.records import Lesson

if TYPE_CHECKING:
    from grader.classroom.web.boards import Drawn


@dataclass
class Site:
    """A class, as its pages see it. `counts` are statistics by lessons, `drawn` are boards by their
    names and languages."""

    classroom: Classroom
    store: Store
    counts: Kept[LessonCount] = field(default_factory=Kept, repr=False)
    drawn: Kept[Drawn] = field(default_factory=Kept, repr=False)
    _roster: tuple[tuple[int, int], Roster] | None = field(default=None, repr=False)

    @property
    def settings(self) -> Settings:
        return self.classroom.settings

    @cached_property
    def lessons(self) -> Mapping[str, Lesson]:
        """The class's lessons, in their order."""
        return {lesson.id: lesson for lesson in lessons_of(self.classroom)}

    @property
    def roster(self) -> Roster:
        """The roster, read anew when its file has changed. Raises ZthError."""
        file = self.classroom.roster
        try:
            found = file.stat()
            state = found.st_mtime_ns, found.st_size
        except OSError:
            state = (0, 0)
        if self._roster is None or self._roster[0] != state:
            self._roster = state, roster.read(file, self.classroom.secret)
        return self._roster[1]

    def sign(self, purpose: str, text: str) -> str:
        """What only this class can say of a text; for each purpose another."""
        key = hmac.digest(self.classroom.secret, f"web {purpose}".encode(), "sha256")
        return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def id_in(text: str) -> int:
    """The number of a row that an address or a form names; 0, which none has, where it is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def site_of(request: Request) -> Site:
    site: Site = request.app.state.site
    return site
