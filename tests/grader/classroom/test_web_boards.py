"""The boards: who stands where, why, and what an instructor may say to it."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from grader.classroom import entering
from grader.classroom.records import Measurement
from grader.classroom.store.base import now
from grader.classroom.web import boards
from tests.grader.classroom.made_up import RIGHT, TOML
from tests.grader.classroom.web_site import Site, mark
from zth.render import curve

OPEN = TOML.replace("[late]", '[boards]\nopen = ["entropy", "shakespeare-cpu"]\n[late]')
CURVE = tuple((step, 2 + 1 / step) for step in range(1, 60))
HOSTILE = '<script>alert("x")</script>\u202e'


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "class", OPEN)


def measure(
    site: Site,
    student: str,
    value: float,
    *,
    board: str = "entropy",
    seeds: int = 3,
    **fields: object,
) -> int:
    """A submission of a student's that was measured on a board; its number."""
    submission = site.hand_in(student, "lesson3", RIGHT).submission.id
    for number in range(seeds):
        _, name = site.room.seed("board", board, str(number))
        one = Measurement(board, submission, name, now(), value + number / 1000, 1.5)
        site.store.measure(type(one)(**{**vars(one), **fields}))
    return submission


def rows(text: str) -> list[list[str]]:
    """The words of each row of the page's table."""
    found = re.findall(r"<tr>(.*?)</tr>", text.partition("<tbody>")[2], re.DOTALL)
    return [re.sub(r"<[^>]+>", " ", row).split() for row in found]


def alias(site: Site, student: str) -> str:
    found = site.site.roster.get(student)
    assert found
    return found.alias


# --- what everybody sees --------------------------------------------------------------------------


def test_a_class_without_boards_says_so(tmp_path: Path) -> None:
    assert "No board is open yet" in Site(tmp_path / "class").visitor().get("/").text


def test_only_boards_that_are_open_are_there(site: Site) -> None:
    text = site.visitor().get("/").text
    assert 'href="/boards/entropy"' in text
    assert "bpe-speed" not in text
    for name in ("bpe-speed", "nothing"):
        assert site.visitor().get(f"/boards/{name}").status_code == 404
    text = site.visitor().get("/boards/entropy").text
    assert "Nobody is measured here yet." in text
    assert "<img" not in text


def test_the_best_comes_first_and_everybody_is_an_alias(site: Site) -> None:
    measure(site, "anna", 1.9)
    measure(site, "ben", 1.6)
    client = site.visitor()
    text = client.get("/boards/entropy").text
    assert [row[0] for row in rows(text)] == ["1", "2"]
    assert text.index(alias(site, "ben")) < text.index(alias(site, "anna"))
    pages = [text, *(client.get(f"/boards/entropy/entries/{id}").text for id in (1, 2))]
    pages.append(client.get("/").text)
    for page in pages:
        for private in ("anna", "ben", "Anna", "Ben", "Ahn", "Berg", "example.org"):
            assert private not in page


def test_a_student_finds_the_own_row(site: Site) -> None:
    measure(site, "anna", 1.9)
    measure(site, "ben", 1.6)
    assert ["you" in row for row in rows(site.student("anna").get("/boards/entropy").text)] == [
        False,
        True,
    ]
    assert not any("you" in row for row in rows(site.visitor().get("/boards/entropy").text))


def test_what_has_no_rank_says_why(site: Site) -> None:
    measure(site, "anna", 1.9, seeds=2)
    measure(site, "ben", math.nan, problem=f"gpt.causal: failed {HOSTILE}")
    text = site.visitor().get("/boards/entropy").text
    assert [row[0] for row in rows(text)] == ["–", "–"]
    assert "2 of 3 seeds measured" in text
    assert "gpt.causal: failed" in text
    assert "<script>alert" not in text + site.visitor().get("/boards/entropy/entries/2").text


def test_a_public_text_is_labelled_as_such(site: Site) -> None:
    label = "a submission could carry the text"
    assert label in site.visitor().get("/boards/shakespeare-cpu").text
    assert label not in site.visitor().get("/boards/entropy").text
    assert site.visitor().get("/").text.count(label) == 1


def test_a_reason_is_said_in_the_readers_language(site: Site) -> None:
    measure(site, "anna", 1.9, seeds=2)
    assert "2 of 3 seeds measured" in site.visitor().get("/boards/entropy").text
    assert "2 of 3 seeds" not in site.visitor(accept_language="zh").get("/boards/entropy").text
    assert "2 of 3 seeds measured" in site.visitor().get("/boards/entropy").text


def test_a_long_board_has_pages(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boards, "AT_ONCE", 2)
    for student in ("anna", "ben", "chen"):
        measure(site, student, 1.9)
    client = site.visitor()
    assert len(rows(client.get("/boards/entropy").text)) == 2
    text = client.get("/boards/entropy?page=2").text
    assert len(rows(text)) == 1
    assert 'href="/boards/entropy?page=1"' in text
    for page in ("0", "3", "x", "-1", "9" * 30):
        assert client.get(f"/boards/entropy?page={page}").status_code == 404


def test_tables_can_be_made_before_anybody_asks(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    measure(site, "anna", 1.9)
    boards.prepare(site.site)
    monkeypatch.setattr(entering, "standing", None)
    assert alias(site, "anna") in site.visitor().get("/boards/entropy").text


def test_what_is_measured_comes_onto_the_board(site: Site) -> None:
    client = site.visitor()
    assert "Nobody" in client.get("/boards/entropy").text
    measure(site, "anna", 1.9)
    for _ in range(500):  # the table is made while the page shows the one before
        if "Nobody" not in client.get("/boards/entropy").text:
            return
    raise AssertionError("it never came")


# --- an entry and its curves ----------------------------------------------------------------------


def test_an_entry_shows_what_was_measured_with_each_seed(site: Site) -> None:
    measure(site, "anna", 1.9, seconds=12.25, tokens=10**6, machine="one machine", curve=CURVE)
    text = site.visitor().get("/boards/entropy/entries/1").text
    for number in range(3):
        secret, name = site.room.seed("board", "entropy", str(number))
        assert name in text
        assert str(secret) not in text
    assert "1,000,000" in text
    assert "one machine" in text
    assert 'src="/boards/entropy/entries/1/curves.svg"' in text
    assert 'src="/boards/entropy/leaders.svg"' in site.visitor().get("/boards/entropy").text
    for id in ("2", "x", "9" * 30):
        assert site.visitor().get(f"/boards/entropy/entries/{id}").status_code == 404
    assert site.visitor().get("/boards/shakespeare-cpu/entries/1").status_code == 404


def test_curves_are_drawings_whose_only_style_is_theirs(site: Site) -> None:
    measure(site, "anna", 1.9, curve=CURVE)
    for page in ("/boards/entropy/leaders.svg", "/boards/entropy/entries/1/curves.svg"):
        answer = site.visitor().get(page)
        assert answer.headers["content-type"] == "image/svg+xml"
        assert answer.text.count('class="model m0" d="M') == 3 + 1  # and the legend
        assert alias(site, "anna") in answer.text
        policy = answer.headers["content-security-policy"]
        assert re.fullmatch(r"default-src 'none'; style-src 'sha256-[\w+/]{43}='", policy)
        assert f"<style>{curve.STYLE}</style>" in answer.text


def test_of_two_measurements_with_a_seed_the_last_counts(site: Site) -> None:
    id = measure(site, "anna", 1.9)
    _, name = site.room.seed("board", "entropy", "0")
    site.store.measure(Measurement("entropy", id, name, now(), 7.25, 1.5))
    site.store.measure(Measurement("entropy", id, "of another time", now(), 8.5, 1.5))
    text = site.visitor().get(f"/boards/entropy/entries/{id}").text
    assert "7.25" in text
    assert "8.5" not in text


# --- the rules ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("spoken", "said"), [("en", "Ranks and ties"), ("zh", "名次与并列")])
def test_the_rules_are_a_page_in_the_readers_language(site: Site, spoken: str, said: str) -> None:
    text = site.visitor(accept_language=spoken).get("/rules").text
    assert f'<div lang="{spoken}"' in text
    assert said in text
    assert "{ #" not in text
    assert "<!--" not in text


# --- rulings --------------------------------------------------------------------------------------


def test_an_instructor_takes_an_entry_out_and_takes_that_back(site: Site) -> None:
    measure(site, "anna", 1.6)
    measure(site, "ben", 1.9)
    prof, everybody = site.instructor(), site.visitor()
    page = "/boards/entropy/entries/1"
    form = {"mark": mark(prof, page), "reason": "it carries answers", "disqualified": "yes"}
    assert prof.post(f"{page}/ruling", data=form).status_code == 200
    text = everybody.get("/boards/entropy").text
    assert [row[0] for row in rows(text)] == ["1", "–"]
    assert "it carries answers" in text
    assert "it carries answers" in everybody.get(page).text
    assert "prof" not in everybody.get(page).text
    back = form | {"reason": "it was a mistake", "disqualified": "no"}
    assert prof.post(f"{page}/ruling", data=back).status_code == 200
    text = everybody.get("/boards/entropy").text
    assert [row[0] for row in rows(text)] == ["1", "2"]
    assert [r.reason for r in site.store.rulings("entropy")] == [
        "it carries answers",
        "it was a mistake",
    ]
    assert {r.by for r in site.store.rulings("entropy")} == {"prof"}


def test_nobody_else_says_who_is_out(site: Site) -> None:
    measure(site, "anna", 1.6)
    page = "/boards/entropy/entries/1"
    ben = site.student("ben")
    assert "ruling" not in ben.get(page).text
    form = {"mark": mark(ben), "reason": "I want to be first", "disqualified": "yes"}
    assert ben.post(f"{page}/ruling", data=form).url.path == "/teach/sign-in"
    prof = site.instructor()
    assert prof.post(f"{page}/ruling", data=form).status_code == 403
    no_reason = {"mark": mark(prof, page), "reason": " ", "disqualified": "yes"}
    assert prof.post(f"{page}/ruling", data=no_reason).status_code == 422
    assert site.store.rulings("entropy") == []


def test_an_instructor_sees_whose_it_is(site: Site) -> None:
    measure(site, "anna", 1.6)
    text = site.instructor().get("/boards/entropy/entries/1").text
    assert 'href="/teach/student?id=anna"' in text
