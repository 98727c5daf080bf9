"""The pages and a worker, on each of the two databases: from the upload to the board."""

from __future__ import annotations

from pathlib import Path

from grader.classroom.means import lessons_of
from grader.classroom.records import Measurement, Stage
from grader.classroom.runner import Crew
from grader.classroom.store.base import now
from grader.classroom.web.worker import Worker
from tests.grader.classroom.made_up import TOML
from tests.grader.classroom.packing import zipped
from tests.grader.classroom.test_web_worker import VALUE, Stand
from tests.grader.classroom.web_site import Site, mark


def test_all_of_it_works_on_both(ready: str, tmp_path: Path) -> None:
    boards = f'store = "{ready}"\n' + TOML.replace("[late]", '[boards]\nopen = ["entropy"]\n[late]')
    site = Site(tmp_path / "class", boards)
    anna, prof = site.student("anna"), site.instructor()
    file = {"file": ("a.zip", zipped({VALUE: b"a"}))}
    anna.post("/uploads", data={"mark": mark(anna)}, files=file)
    crew = Crew(Stand(), lambda: 1)
    worker = Worker(site.room, site.store, lessons_of(site.room), "one", crew, print)
    assert worker.step()
    [upload] = site.store.uploads("anna")
    assert upload.stage is Stage.DONE
    assert f"/submissions/{upload.submission}/lesson1" in anna.get("/me").text
    again = {"mark": mark(prof, "/teach"), "reason": "a check was mended", "lesson": "lesson1"}
    assert prof.post("/teach/regrade", data=again).status_code == 200
    assert worker.step()
    assert "graded again: a check was mended" in anna.get("/me").text
    for number in range(3):
        _, name = site.room.seed("board", "entropy", str(number))
        site.store.measure(Measurement("entropy", upload.submission, name, now(), 2.0, 1.9))
    page = f"/boards/entropy/entries/{upload.submission}"
    out = {"mark": mark(prof, page), "reason": "a table of answers", "disqualified": "yes"}
    assert prof.post(f"{page}/ruling", data=out).status_code == 200
    assert "a table of answers" in site.visitor().get("/boards/entropy").text
    site.store.close()
