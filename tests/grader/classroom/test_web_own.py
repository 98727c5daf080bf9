"""A student's own page and reports: all that is theirs, and nothing of others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from grader.classroom import roster
from grader.classroom.records import Stage, Upload
from grader.classroom.store.base import now
from tests.grader.classroom.made_up import RIGHT, STUB, TOML, WRONG
from tests.grader.classroom.web_site import Site
from zth.records import Finding

HOSTILE = '<script>alert("x")</script>\u202e\x1b[31m'


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "class")


def test_a_page_of_nothing_says_so(site: Site) -> None:
    text = site.student("anna").get("/me").text
    assert text.count("nothing yet") == 2
    assert "<strong>0 %</strong>" in text


def test_the_page_says_what_counts_and_what_being_late_cost(site: Site) -> None:
    site.hand_in("anna", "lesson3", RIGHT, WRONG)
    site.hand_in("anna", "lesson3", RIGHT, replace(WRONG, earned=WRONG.points), hours=30)
    text = site.student("anna").get("/me").text
    assert 'href="/submissions/1/lesson3"' in text
    assert 'href="/submissions/2/lesson3"' in text
    assert "80 %" in text
    assert "of several submissions the best counts" in text


def test_the_page_names_the_alias_and_no_other_student(site: Site) -> None:
    text = site.student("anna").get("/me").text
    [anna] = [s for s in roster.read(site.room.roster, site.room.secret).students if s.id == "anna"]
    assert anna.alias in text
    for other in ("Ben Berg", "ben@example.org", "陈晨"):
        assert other not in text


def test_the_part_that_moves_is_asked_for_until_nothing_moves(site: Site) -> None:
    client = site.student("anna")
    upload = site.store.enqueue(Upload("anna", now(), "a.zip", "f"))
    text = client.get("/me/uploads").text
    assert 'hx-trigger="every 2s"' in text
    seen = text.split("seen=")[1].split('"')[0]
    assert client.get("/me/uploads", params={"seen": seen}).status_code == 204
    site.store.claim("worker")
    text = client.get("/me/uploads", params={"seen": seen}).text
    assert "being graded" in text
    grade = site.hand_in("anna", "lesson3", RIGHT)
    site.store.settle(upload.id, Stage.DONE, grade.submission.id)
    text = client.get("/me/uploads").text
    assert "hx-get" not in text
    assert text.count('hx-swap-oob="true"') == 2  # what counts, and the submissions
    assert text.count(f'href="/submissions/{grade.submission.id}/lesson3"') == 3
    assert "hx-swap-oob" not in client.get("/me").text


def test_who_was_signed_out_meanwhile_is_led_to_sign_in_again(site: Site) -> None:
    client = site.student("anna")
    site.store.revoke("anna")
    answer = client.get("/me/uploads", headers={"hx-request": "true"})
    assert (answer.status_code, answer.text) == (401, "")
    assert answer.headers["hx-redirect"] == "/sign-in"
    answer = client.get("/teach/queue", headers={"hx-request": "true"})
    assert answer.headers["hx-redirect"] == "/teach/sign-in"


def test_a_report_shows_the_smallest_case_that_fails(site: Site) -> None:
    site.hand_in("anna", "lesson3", RIGHT, WRONG)
    text = site.student("anna").get("/submissions/1/lesson3").text
    assert WRONG.finding
    assert WRONG.finding.snippet
    assert "<pre><code>" in text
    assert "Content-Security-Policy" not in text
    assert "<style" not in text


def test_a_class_may_show_verdicts_alone_but_not_to_instructors(tmp_path: Path) -> None:
    site = Site(tmp_path / "class", 'show = "verdicts"\n' + TOML)
    skipped = replace(STUB, finding=Finding("scaled_dot_product is not written yet"))
    wrong = replace(
        WRONG,
        finding=Finding("a message", "a snippet", "an expected", "an actual", output="an output"),
        detail="a detail",
    )
    site.hand_in("anna", "lesson3", wrong, skipped)
    page = "/submissions/1/lesson3"
    text = site.student("anna").get(page).text
    for secret in ("a message", "a snippet", "an expected", "an actual", "an output", "a detail"):
        assert secret not in text
    assert "failed" in text
    assert "scaled_dot_product is not written yet" in text
    text = site.instructor().get(page).text
    for secret in ("a message", "a snippet", "an expected", "an actual", "an output", "a detail"):
        assert secret in text


def test_the_report_of_another_is_not_there(site: Site) -> None:
    site.hand_in("anna", "lesson3", RIGHT)
    page = "/submissions/1/lesson3"
    assert site.student("anna").get(page).status_code == 200
    assert site.student("ben").get(page).status_code == 404
    assert site.program("ben").get(page).status_code == 404
    assert site.visitor().get(page).url.path == "/sign-in"
    for id, lesson in (
        (1, "lesson1"),
        (1, "lesson99"),
        (7, "lesson3"),
        ("x", "lesson3"),
        (
            10**40,
            "lesson3",
        ),
    ):
        answer = site.student("anna").get(f"/submissions/{id}/{lesson}")
        assert answer.status_code == 404


def test_a_grade_that_was_withheld_is_our_fault_and_says_so(site: Site) -> None:
    site.hand_in("anna", "lesson3", fault="nursery: /secret/place")
    client = site.student("anna")
    assert "not graded: the fault is ours" in client.get("/me").text
    text = client.get("/submissions/1/lesson3").text
    assert "the fault is ours: your points are not known yet" in text
    assert "/secret/place" not in text
    assert "/secret/place" in site.instructor().get("/submissions/1/lesson3").text


def test_what_strangers_wrote_is_text_and_no_more(site: Site) -> None:
    wrong = replace(WRONG, finding=Finding(HOSTILE, snippet=HOSTILE, output=HOSTILE))
    site.hand_in("anna", "lesson3", wrong)
    site.store.enqueue(Upload("anna", now(), HOSTILE, "f", problem=HOSTILE))
    client = site.student("anna")
    for page in ("/me", "/submissions/1/lesson3"):
        text = client.get(page).text
        assert "<script>alert" not in text
        assert "\u202e" not in text
        assert "\x1b" not in text
        assert "&lt;script&gt;" in text


def test_a_report_of_another_version_is_no_mistake_of_ours(site: Site) -> None:
    grade = site.hand_in("anna", "lesson3", RIGHT)
    outcome = replace(grade.outcome, key="new", report='{"tree": 1}')
    site.store.record(grade.submission.id, outcome, "again")
    text = site.student("anna").get("/submissions/1/lesson3").text
    assert "written by another version of zth" in text
    assert "graded again: again" in text
