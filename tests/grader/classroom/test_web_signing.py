"""Who may see what: tokens, passwords, sessions; and that guessing is slow."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from grader.classroom.web import limits, visitors
from tests.grader.classroom.web_site import PASSWORD, QUICK, Site, mark


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "class")


# --- students -------------------------------------------------------------------------------------


def test_a_token_signs_in_once_and_for_all(site: Site) -> None:
    client, token = site.visitor(), site.token("anna")
    answer = client.post("/sign-in", data={"token": f" {token[:20]}\n{token[20:]}\r\n"})
    assert (answer.status_code, answer.url.path) == (200, "/me")
    cookie = answer.history[0].headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Path=/" in cookie
    assert client.get("/me").status_code == 200


def test_over_https_the_cookie_is_for_https_alone(site: Site) -> None:
    client = site.visitor()
    client.base_url = "https://testserver"
    answer = client.post("/sign-in", data={"token": site.token("anna")}, follow_redirects=False)
    assert answer.headers["set-cookie"].endswith("; Secure")


@pytest.mark.parametrize("token", ["", "x", "x" * 5000, "Ω", "\0", "' OR 1=1 --"])
def test_what_is_no_token_signs_nobody_in(site: Site, token: str) -> None:
    client = site.visitor()
    answer = client.post("/sign-in", data={"token": token})
    assert answer.status_code == 403
    assert "nobody in this class has this token" in answer.text
    assert not client.cookies
    assert client.get("/me").url.path == "/sign-in"


def test_a_token_that_is_revoked_ends_what_it_had_opened(site: Site) -> None:
    client = site.student("anna")
    site.store.revoke("anna")
    assert client.get("/me").url.path == "/sign-in"


def test_who_is_no_longer_on_the_roster_is_nobody(site: Site) -> None:
    client = site.student("anna")
    (site.root / "roster.csv").write_text("student\nben\n", "utf-8")
    assert client.get("/me").url.path == "/sign-in"


def test_a_program_signs_each_request(site: Site) -> None:
    program = site.program("anna")
    assert program.get("/me").status_code == 200
    assert not program.cookies
    other = site.visitor(authorization="Bearer nonsense")
    answer = other.get("/me")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["error"].startswith("a token is needed")


def test_a_token_in_a_basic_header_or_an_address_is_none(site: Site) -> None:
    token = site.token("anna")
    assert site.visitor(authorization=f"Basic {token}").get("/me").url.path == "/sign-in"
    assert site.visitor().get("/me", params={"token": token}).url.path == "/sign-in"


def test_signing_out_takes_the_cookie_away(site: Site) -> None:
    client = site.student("anna")
    form = {"mark": mark(client), "who": "zth-student"}
    assert client.post("/sign-out", data=form).status_code == 200
    assert client.get("/me").url.path == "/sign-in"


# --- instructors ----------------------------------------------------------------------------------


def test_an_instructor_signs_in_by_a_password(site: Site) -> None:
    client = site.instructor()
    assert "instructor prof" in client.get("/teach").text
    form = {"mark": mark(client, "/teach"), "who": "zth-instructor"}
    client.post("/sign-out", data=form)
    assert client.get("/teach").url.path == "/teach/sign-in"


@pytest.mark.parametrize(
    "typed",
    [
        {"name": "prof", "password": "wrong"},
        {"name": "nobody", "password": PASSWORD},
        {"name": "nobody", "password": "nobody's"},
        {"name": "gone", "password": ""},
        {"name": "prof", "password": "x" * 5000},
        {},
    ],
)
def test_a_wrong_password_and_a_wrong_name_are_told_apart_by_nothing(
    site: Site, typed: dict[str, str]
) -> None:
    site.instructor()
    site.store.set_instructor("gone", "")
    client = site.visitor()
    answer = client.post("/teach/sign-in", data=typed)
    assert answer.status_code == 403
    assert "there is no instructor of this name with this password" in answer.text
    assert not client.cookies


def test_a_session_ends_with_the_password_and_with_its_time(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = site.instructor()
    site.store.set_instructor("prof", QUICK.hash("another one"))
    assert client.get("/teach").url.path == "/teach/sign-in"
    client = site.instructor()
    later = time.time() + visitors.SESSION + 1
    monkeypatch.setattr(visitors.time, "time", lambda: later)
    assert client.get("/teach").url.path == "/teach/sign-in"


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        ".",
        "x.y",
        "WyJwcm9mIiw5OTk5OTk5OTk5LCIiXQ==.0",  # ["prof",9999999999,""]
        "WyJub2JvZHkiLDk5OTk5OTk5OTksIiJd.0",  # ["nobody",9999999999,""]
        "bnVsbA==.0",  # null
        "WzEsMiwzXQ==.0",  # [1,2,3]
        "WyJwcm9mIiwieCIsIiJd.0",  # ["prof","x",""]
        "=" * 4000,
    ],
)
def test_a_forged_session_is_none(site: Site, cookie: str) -> None:
    site.instructor()
    client = site.visitor(cookie=f"zth-instructor={cookie}")
    assert client.get("/teach").url.path == "/teach/sign-in"


def test_one_session_is_not_anothers(site: Site) -> None:
    mine = site.instructor("prof").cookies["zth-instructor"]
    site.instructor("other")
    text, _, _ = site.instructor("other").cookies["zth-instructor"].partition(".")
    forged = f"{text}.{mine.partition('.')[2]}"
    client = site.visitor(cookie=f"zth-instructor={forged}")
    assert client.get("/teach").url.path == "/teach/sign-in"


@pytest.mark.parametrize("page", ["/teach", "/teach/queue", "/teach/student?id=ben"])
def test_what_is_for_instructors_is_not_for_students(site: Site, page: str) -> None:
    assert site.student("anna").get(page).url.path == "/teach/sign-in"
    assert site.program("anna").get(page).status_code == 401


# --- guessing -------------------------------------------------------------------------------------


def test_who_tries_many_tokens_has_to_wait_and_the_others_have_not(site: Site) -> None:
    client = site.visitor()
    for _ in range(limits.FAILURES):
        assert client.post("/sign-in", data={"token": "guess"}).status_code == 403
    answer = client.post("/sign-in", data={"token": site.token("anna")})
    assert answer.status_code == 429
    assert "too many attempts" in answer.text
    assert int(answer.headers["retry-after"]) > 0
    assert site.visitor(authorization="Bearer guess").get("/me").status_code == 429


def test_right_tokens_do_not_count_a_class_may_sign_in_from_one_address(site: Site) -> None:
    token = site.token("anna")
    for _ in range(limits.FAILURES + 5):
        answer = site.visitor().post("/sign-in", data={"token": token}, follow_redirects=False)
        assert answer.status_code == 303


def test_every_password_counts_before_it_is_looked_at(site: Site) -> None:
    site.instructor()
    client = site.visitor()
    typed = {"name": "prof", "password": "guess"}
    codes = [client.post("/teach/sign-in", data=typed).status_code for _ in range(12)]
    assert codes.count(403) == limits.PASSWORDS - 1  # the instructor's own was the first
    assert set(codes[limits.PASSWORDS - 1 :]) == {429}
    right = client.post("/teach/sign-in", data={"name": "prof", "password": PASSWORD})
    assert right.status_code == 429


# --- forms ----------------------------------------------------------------------------------------

FORMS = ["/uploads", "/sign-out"]


@pytest.mark.parametrize("given", ["", "0" * 64, "Ω"])
def test_a_form_that_is_from_no_page_of_ours_does_nothing(site: Site, given: str) -> None:
    client = site.student("anna")
    form = {"mark": given}
    answer = client.post("/uploads", data=form, files={"file": ("a.zip", b"PK")})
    assert answer.status_code == 403
    assert "load it again" in answer.text
    assert site.store.queue() == []
    assert client.post("/sign-out", data=form).status_code == 403
    assert client.get("/me").url.path == "/me"


def test_the_mark_of_one_is_not_anothers(site: Site) -> None:
    anna, ben = site.student("anna"), site.student("ben")
    form, file = {"mark": mark(ben)}, {"file": ("a.zip", b"PK")}
    assert anna.post("/uploads", data=form, files=file).status_code == 403
    assert site.store.queue() == []
