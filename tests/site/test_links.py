"""Where the links of the built site lead: to a page, a file or a section that is there."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

LEADS = {"a": "href", "link": "href", "img": "src", "script": "src", "source": "src"}
HOME = "http://site/course/"


class Seen(HTMLParser):
    """What a page leads to, and the names of its places."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.leads: set[str] = set()
        self.names: set[str] = {""}
        self.twins: dict[str, set[str]] = {"en": set(), "zh": set()}
        self.feed(page.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.names |= {name for key in ("id", "name") if (name := given.get(key))}
        lead = given.get(LEADS.get(tag, ""))
        if lead is not None:
            self.leads.add(lead)
            self.twins.get(given.get("hreflang") or "", set()).add(lead)


def test_every_link_leads_somewhere(built: Path) -> None:
    pages = {page: Seen(page) for page in sorted(built.rglob("index.html"))}
    lost = [
        f"{page.relative_to(built)}: {lead}"
        for page, seen in pages.items()
        for lead in sorted(seen.leads)
        if not arrives(built, pages, page, lead)
    ]
    assert len(pages) > 40
    assert lost == []


def arrives(built: Path, pages: dict[Path, Seen], page: Path, lead: str) -> bool:
    """Whether a link leads to what is there, as far as it stays within the site."""
    whole = urlsplit(urljoin(f"{HOME}{page.parent.relative_to(built).as_posix()}/", lead))
    if whole.scheme not in ("http", "https") or whole.netloc != "site":
        return whole.scheme in ("https", "http", "mailto", "data")
    path = unquote(whole.path)
    if not f"{path}/".startswith("/course/"):
        return False
    file = built / path.removeprefix("/course/")
    if path.endswith("/"):
        file /= "index.html"
    if not file.is_file():
        return False
    return file not in pages or unquote(whole.fragment) in pages[file].names


def test_where_there_is_no_page_each_edition_says_so_in_its_language(built: Path) -> None:
    """The English one in both: many hosts know one page for this."""
    english, chinese = ((built / e / "404.html").read_text("utf-8") for e in ("", "zh/"))
    assert "<h1>No such page</h1>" in english
    assert "<h2>没有这一页</h2>" in english
    assert "<h1>没有这一页</h1>" in chinese
    assert "No such page" not in chinese


def test_every_page_leads_to_itself_in_the_other_language(built: Path) -> None:
    for page in built.rglob("index.html"):
        address = page.parent.relative_to(built).as_posix().removeprefix(".")
        bare = f"{address}/".removeprefix("zh/").removeprefix("/")
        twins = Seen(page).twins
        for language, below in (("en", ""), ("zh", "zh/")):
            there = below + ("" if (language, bare) == ("en", "glossary/") else bare)
            led = {urljoin(f"{HOME}{address}/", lead) for lead in twins[language]}
            assert led == {HOME + there}, page


def test_the_editions_share_what_they_are_built_with(built: Path) -> None:
    for shared in ("web", "vendor"):
        assert (built / "assets" / shared).is_dir()
        assert not (built / "zh/assets" / shared).exists()
    assert not (built / "web").exists()
