"""The site where it is not built as here: published below a sub-path, and without Node."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urljoin

import pytest
import yaml

from tests.site.conftest import ROOT, build
from tests.site.test_links import Seen

WORKFLOW = ROOT / ".github/workflows/pages.yml"
MOVES = re.compile(r"<div [^>]*data-zth=")
ADDRESS = "https://example.org/some/where/"


def test_the_workflow_builds_what_it_publishes() -> None:
    workflow = yaml.safe_load(WORKFLOW.read_text("utf-8"))
    building, deploy = workflow["jobs"]["build"], workflow["jobs"]["deploy"]
    steps = {
        step.get("uses", step.get("run", "")).split("@")[0]: step for step in building["steps"]
    }
    assert re.search(r"^docs:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert steps["make docs"]["env"] == {"ZTH_SITE_URL": "${{ steps.pages.outputs.base_url }}/"}
    assert steps["actions/configure-pages"]["id"] == "pages"
    assert steps["actions/upload-pages-artifact"]["with"] == {"path": "site"}
    for step in steps.values():
        for path in (value for key, value in step.get("with", {}).items() if "path" in key):
            assert path == "site" or (ROOT / path).is_file()
    assert deploy["needs"] == "build"
    assert deploy["permissions"] == {"pages": "write", "id-token": "write"}
    assert workflow["permissions"] == {"contents": "read"}


def test_the_lock_names_no_place_to_fetch_from() -> None:
    lock = json.loads((ROOT / "docs/web/package-lock.json").read_text("utf-8"))
    assert {"katex", "esbuild"} <= {name.removeprefix("node_modules/") for name in lock["packages"]}
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert [name for name, entry in packages.items() if "integrity" not in entry] == []
    assert [name for name, entry in packages.items() if "resolved" in entry] == []


def test_without_node_make_web_says_so_in_one_line(tmp_path: Path) -> None:
    for program in ("mkdir", "touch"):
        (tmp_path / program).symlink_to(shutil.which(program) or program)
    for file in ("Makefile", "docs/web/package.json", "docs/web/package-lock.json"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    made = subprocess.run(
        [shutil.which("make") or "make", "web"],
        cwd=tmp_path,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 2
    error, *rest = made.stderr.splitlines()
    assert error.startswith("error: no Node here")
    assert [line for line in rest if not line.startswith("make: ***")] == []


@pytest.mark.slow
def test_without_node_the_site_builds_and_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZTH_SITE_URL", ADDRESS)
    clone, site = tmp_path / "clone", tmp_path / "site"
    copy_sources(clone)
    build(clone, site)
    moving = {
        page: len(MOVES.findall(page.read_text("utf-8"))) for page in site.rglob("index.html")
    }
    assert moving[site / "lesson1_autograd/index.html"] == 2
    for page, parts in moving.items():
        notice = "以下是静态版本" if site / "zh" in page.parents else "what follows does not move"
        assert page.read_text("utf-8").count(notice) == parts, page
    for page in site.rglob("*.html"):
        assert "assets/web/site.js" not in page.read_text("utf-8"), page
    check_addresses(site)
    check_ways_back(site)


def copy_sources(clone: Path) -> None:
    """What is not ignored: a clean clone, with what is being worked on."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, clone / name)


def check_addresses(site: Path) -> None:
    """Pages and maps of both editions say where they are published."""
    for edition in ("", "zh/"):
        page = (site / edition / "start/index.html").read_text("utf-8")
        assert f'<link rel="canonical" href="{ADDRESS}{edition}start/">' in page
        listed = (site / edition / "sitemap.xml").read_text("utf-8")
        assert f"<loc>{ADDRESS}{edition}start/</loc>" in listed


def check_ways_back(site: Path) -> None:
    """From an address without a page, all of them the host's: it may be of any depth."""
    for edition in ("", "zh/"):
        ways = Seen(site / edition / "404.html").leads
        pages = {urljoin(ADDRESS, way) for way in ways if way.endswith(("/", "."))}
        assert {f"{ADDRESS}{edition}", f"{ADDRESS}{edition}map/"} <= pages
        for page in pages:
            assert (site / page.removeprefix(ADDRESS) / "index.html").is_file(), page
