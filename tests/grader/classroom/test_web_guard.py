"""What holds for every page: headers, languages, other sites, and what is said of errors."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grader.classroom.web import assets, own
from grader.classroom.web.app import ROUTES
from grader.classroom.web.guard import HEADERS
from tests.grader.classroom.web_site import Site

PAGES = ["/sign-in", "/teach/sign-in", "/nothing", "/me", "/teach", "/static/0/class.css"]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "class")


@pytest.mark.parametrize("page", PAGES)
def test_every_answer_tells_the_browser_what_it_may_do(site: Site, page: str) -> None:
    answer = site.visitor().get(page, follow_redirects=False)
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    assert "server" not in answer.headers


@pytest.mark.parametrize("page", ["/sign-in", "/teach/sign-in", "/nothing"])
def test_no_page_holds_a_script_or_a_style_or_names_another_host(site: Site, page: str) -> None:
    text = site.visitor().get(page).text
    assert not re.search(r"<style|<script(?! src=\"/static/)|\sstyle=|\son\w+=|javascript:", text)
    assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", text)


def test_files_are_kept_by_browsers_under_an_address_of_their_own(site: Site) -> None:
    for name in assets.contents():
        answer = site.visitor().get(assets.address(name))
        assert (answer.status_code, answer.content) == (200, assets.contents()[name])
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert site.visitor().get(assets.address("class.css")[:-4]).status_code == 404
    assert site.visitor().get("/static/0123456789abcdef/class.css").status_code == 404
    assert site.visitor().get("/static/x/..%2f..%2fclass.toml").status_code == 404


# --- languages ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "spoken"),
    [
        ("", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en;q=0.5, zh;q=0.7", "zh"),
        ("fr, de;q=0.9", "en"),
        ("zh;q=0, en", "en"),
        ("zh;q=never", "en"),
        (";;;,,", "en"),
    ],
)
def test_the_browser_says_what_its_reader_understands(
    site: Site, accepted: str, spoken: str
) -> None:
    text = site.visitor(accept_language=accepted).get("/sign-in").text
    assert f'<html lang="{spoken}">' in text
    assert ("登录" in text) == (spoken == "zh")


def test_the_language_that_is_asked_for_stays(site: Site) -> None:
    client = site.visitor(accept_language="en")
    assert "登录" in client.get("/sign-in?lang=zh").text
    assert "登录" in client.get("/sign-in").text
    assert "没有这个页面" in client.get("/nothing").text
    assert "登录" not in client.get("/sign-in?lang=en").text
    assert "登录" not in client.get("/sign-in?lang=xx").text


def test_who_asks_for_nothing_is_spoken_to_in_the_language_of_the_class(tmp_path: Path) -> None:
    from tests.grader.classroom.made_up import TOML

    site = Site(tmp_path / "class", 'language = "zh"\n' + TOML)
    assert "登录" in site.visitor().get("/sign-in").text
    assert "登录" not in site.visitor(accept_language="en").get("/sign-in").text


def test_the_link_to_another_language_keeps_the_rest_of_the_address(site: Site) -> None:
    text = site.visitor().get("/sign-in?a=%22%3E%3Cb%3E&lang=en").text
    assert 'href="/sign-in?a=%22%3E%3Cb%3E&amp;lang=zh"' in text


# --- other sites, and what goes wrong -------------------------------------------------------------


@pytest.mark.parametrize("page", [r.path for r in ROUTES if "POST" in (r.methods or ())])
@pytest.mark.parametrize("from_where", ["cross-site", "same-site"])
def test_what_another_site_sends_is_not_looked_at(site: Site, page: str, from_where: str) -> None:
    client = site.student("anna")
    token = {"token": site.token("ben")}
    path = re.sub(r"\{.*?\}", "1", page)
    answer = client.post(path, data=token, headers={"sec-fetch-site": from_where})
    assert answer.status_code == 403
    assert "another site" in answer.text
    assert "set-cookie" not in answer.headers


def test_pages_that_are_not_there_say_so_in_the_look_of_the_others(site: Site) -> None:
    answer = site.visitor().get("/nothing")
    assert answer.status_code == 404
    assert "there is no such page" in answer.text
    assert assets.address("class.css") in answer.text
    assert site.visitor().get("/nothing", headers={"accept": "application/json"}).json() == {
        "error": "there is no such page"
    }


def test_an_address_that_only_gives_takes_nothing(site: Site) -> None:
    answer = site.visitor().post("/me")
    assert answer.status_code == 405
    assert "this address takes no such request" in answer.text


def test_our_own_mistake_is_a_page_without_a_traceback(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = site.student("anna")
    monkeypatch.setattr(own, "now", lambda: 1 / 0)
    answer = client.get("/me?lang=zh")
    assert answer.status_code == 500
    assert "我们这边出了错" in answer.text
    assert "ZeroDivisionError" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["content-security-policy"] == HEADERS["Content-Security-Policy"]


def test_a_roster_that_cannot_be_read_is_said_without_its_contents(site: Site) -> None:
    client = site.student("anna")
    (site.root / "roster.csv").write_text("who\nsecret name\n", "utf-8")
    answer = client.get("/me")
    assert answer.status_code == 503
    assert "the class cannot be read at the moment" in answer.text
    assert "secret name" not in answer.text
    assert answer.headers["retry-after"] == "60"
