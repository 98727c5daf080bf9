"""An instructor's pages: who stands where, what is not understood, what is graded again."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from grader.classroom.records import Regrade, Stage, Upload
from grader.classroom.store.base import now
from grader.classroom.web import teach
from tests.grader.classroom.made_up import CRASHED, RIGHT, WRONG, mistaken
from tests.grader.classroom.web_site import Site, mark


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path / "class")
    site.hand_in("anna", "lesson3", RIGHT, WRONG)
    site.hand_in("ben", "lesson3", RIGHT, mistaken("keys were not masked"), hours=2)
    site.hand_in("chen", "lesson3", fault="the nursery did not start")
    site.hand_in("anna", "lesson1", CRASHED)
    site.refuse("dora", "it is neither a zip nor a tar archive")
    return site


@pytest.fixture
def prof(site: Site) -> TestClient:
    return site.instructor()


def ordered(site: Site) -> set[tuple[str, str, str, str]]:
    found = set()
    for order in site.store.orders(50):
        submission = site.store.submission(order.submission)
        assert submission
        found.add((submission.student, order.lesson, order.reason, order.by))
    return found


def again(prof: TestClient, **fields: str) -> int:
    """Asks for a regrading, and says how that was answered."""
    form = {"mark": mark(prof, "/teach"), "reason": "a check was mended", **fields}
    return prof.post("/teach/regrade", data=form, follow_redirects=False).status_code


def test_the_overview_says_where_everybody_stands(site: Site, prof: TestClient) -> None:
    text = prof.get("/teach").text
    for name in ("Anna Ahn", "Ben Berg", "陈晨", "Dora Diaz"):
        assert name in text
    assert "2 of 4" in text
    assert "late" in text
    assert "not graded" in text
    assert "refused" in text


def test_an_empty_class_has_its_page(tmp_path: Path) -> None:
    site = Site(tmp_path / "new")
    (site.root / "roster.csv").write_text("student,name\n", "utf-8")
    text = site.instructor().get("/teach").text
    assert "there is nobody on the roster yet" in text


def test_the_queue_is_shown_as_it_is(site: Site, prof: TestClient) -> None:
    site.store.enqueue(Upload("anna", now(), "one.zip", "f"))
    site.store.enqueue(Upload("ben", now(), "two.zip", "f"))
    done = site.store.enqueue(Upload("chen", now(), "three.zip", "f"))
    site.store.settle(done.id, Stage.REFUSED, problem="it is no archive")
    site.store.claim("worker")
    text = prof.get("/teach/queue").text
    assert text.startswith('<div id="queue" hx-get="/teach/queue?seen=')
    assert text.index("one.zip") < text.index("being graded …") < text.index("two.zip")
    assert "three.zip" not in text
    seen = text.split("seen=")[1].split('"')[0]
    assert prof.get("/teach/queue", params={"seen": seen}).status_code == 204
    site.store.claim("worker")
    assert prof.get("/teach/queue", params={"seen": seen}).status_code == 200
    whole = prof.get("/teach").text
    assert whole.index("two.zip") < whole.index("three.zip") < whole.index("it is no archive")


def test_a_student_has_a_page_with_all_reports(site: Site, prof: TestClient) -> None:
    text = prof.get("/teach/student", params={"id": "anna"}).text
    assert "Anna Ahn" in text
    assert "anna@example.org" in text
    assert 'href="/submissions/1/lesson3"' in text
    assert prof.get("/submissions/1/lesson3").status_code == 200
    fault = prof.get("/teach/student", params={"id": "chen"}).text
    assert "the nursery did not start" in fault
    assert prof.get("/teach/student", params={"id": "nobody"}).status_code == 404
    assert prof.get("/teach/student").status_code == 404


def test_a_lesson_says_what_is_not_understood(site: Site, prof: TestClient) -> None:
    text = prof.get("/teach/lessons/lesson3").text
    assert "Which idea is not understood?" in text
    assert "keys were not masked" in text
    assert prof.get("/teach/lessons/lesson99").status_code == 404


def test_statistics_are_counted_anew_when_there_is_a_new_grade(
    site: Site, prof: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "2 students" in prof.get("/teach/lessons/lesson3").text
    count = teach.statistics.count
    monkeypatch.setattr(teach.statistics, "count", None)
    assert "2 students" in prof.get("/teach/lessons/lesson3").text
    monkeypatch.setattr(teach.statistics, "count", count)
    site.hand_in("dora", "lesson3", RIGHT)
    for _ in range(500):  # it is counted while the page says what was
        if "3 students" in prof.get("/teach/lessons/lesson3").text:
            return
    raise AssertionError("the new grade was never counted")


# --- grading again --------------------------------------------------------------------------------


def test_one_lesson_of_a_submission_is_graded_again(site: Site, prof: TestClient) -> None:
    assert again(prof, submission="1", lesson="lesson3", student="anna") == 303
    assert ordered(site) == {("anna", "lesson3", "a check was mended", "prof")}
    assert "a check was mended" in prof.get("/teach").text


def test_a_lesson_of_everybody_is_graded_again(site: Site, prof: TestClient) -> None:
    assert again(prof, lesson="lesson3") == 303
    why = ("lesson3", "a check was mended", "prof")
    assert ordered(site) == {("anna", *why), ("ben", *why), ("chen", *why)}


def test_all_is_graded_again(site: Site, prof: TestClient) -> None:
    assert again(prof) == 303
    assert {(student, lesson) for student, lesson, _, _ in ordered(site)} == {
        ("anna", "lesson3"),
        ("ben", "lesson3"),
        ("chen", "lesson3"),
        ("anna", "lesson1"),
    }


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"reason": " \n"}, 422),
        ({"reason": "graded"}, 422),
        ({"lesson": "lesson99"}, 404),
        ({"submission": "99", "lesson": "lesson3"}, 404),
        ({"submission": "1", "lesson": ""}, 404),
        ({"submission": "²", "lesson": "lesson3"}, 404),
        ({"submission": "9" * 40, "lesson": "lesson3"}, 404),
        ({"mark": "0"}, 403),
    ],
)
def test_what_means_nothing_is_refused(
    site: Site, prof: TestClient, fields: dict[str, str], code: int
) -> None:
    assert again(prof, **fields) == code
    assert site.store.orders(5) == []


def test_where_the_form_was_is_where_it_leads_back_and_nowhere_else(
    site: Site, prof: TestClient
) -> None:
    form = {"mark": mark(prof, "/teach"), "reason": "why", "submission": "1", "lesson": "lesson3"}
    answer = prof.post(
        "/teach/regrade", data=form | {"student": "//evil.org/&x="}, follow_redirects=False
    )
    assert answer.headers["location"] == "/teach/student?id=%2F%2Fevil.org%2F%26x%3D"


def test_a_student_has_nothing_graded_again(site: Site) -> None:
    anna = site.student("anna")
    form = {"mark": mark(anna), "reason": "I want more points"}
    answer = anna.post("/teach/regrade", data=form)
    assert answer.url.path == "/teach/sign-in"
    assert site.store.orders(5) == []


def test_what_could_not_be_graded_again_says_why(site: Site, prof: TestClient) -> None:
    site.store.order([Regrade(1, "lesson3", "why", "prof", now())])
    site.store.close_order(1, "the snapshot is gone")
    text = prof.get("/teach").text
    assert "not done" in text
    assert "the snapshot is gone" in text
