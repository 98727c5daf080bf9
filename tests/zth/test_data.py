"""Datasets: found, or downloaded from a server on this machine, going on where it stopped."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from zth import data
from zth.data import DATASETS
from zth.records import Dataset, ZthError

BODY = bytes(range(256)) * 2000


class Server(ThreadingHTTPServer):
    """Serves BODY; may ignore ranges, or hang up after some bytes. Remembers what was asked."""

    daemon_threads = True
    ranges = True
    break_after: int | None = None

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        wanted = self.headers.get("Range", "")
        self.server.asked.append(wanted)
        if self.path != "/corpus.txt":
            self.send_error(404)
            return
        start = int(wanted[6:-1]) if wanted and self.server.ranges else 0
        if start and start >= len(BODY):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(BODY) - start))
        self.end_headers()
        stop = len(BODY) if self.server.break_after is None else start + self.server.break_after
        self.wfile.write(BODY[start:stop])

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, no $ZTH_DATA."""
    monkeypatch.delenv("ZTH_DATA", raising=False)
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name: str(tmp_path / name))
    return tmp_path / "zth" / "data"


@pytest.fixture
def corpus(server: Server) -> Dataset:
    url = f"http://127.0.0.1:{server.server_port}/corpus.txt"
    return Dataset("corpus", "c/corpus.txt", url, hashlib.sha256(BODY).hexdigest(), "none", "")


def part(home: Path, content: bytes) -> Path:
    file = home / "c" / "corpus.txt.part"
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    return file


def test_it_is_downloaded_once(corpus: Dataset, server: Server, home: Path) -> None:
    seen: list[tuple[int, int]] = []
    file = data.find(corpus, lambda done, total: seen.append((done, total)))
    assert file == home / "c" / "corpus.txt"
    assert file.read_bytes() == BODY
    assert seen[-1] == (len(BODY), len(BODY))
    assert data.find(corpus) == file
    assert server.asked == [""]
    assert [f.name for f in file.parent.iterdir()] == ["corpus.txt"]


def test_zth_data_comes_first(
    corpus: Dataset, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mine" / "c" / "corpus.txt"
    file.parent.mkdir(parents=True)
    file.write_bytes(BODY)
    monkeypatch.setenv("ZTH_DATA", str(tmp_path / "mine"))
    assert data.find(corpus) == file
    assert not server.asked


def test_a_broken_download_goes_on(corpus: Dataset, server: Server, home: Path) -> None:
    server.break_after = 100_000
    with pytest.raises(ZthError):
        data.find(corpus)
    assert (home / "c" / "corpus.txt.part").read_bytes() == BODY[:100_000]
    server.break_after = None
    assert data.find(corpus).read_bytes() == BODY
    assert server.asked == ["", "bytes=100000-"]


def test_a_server_without_ranges_starts_again(corpus: Dataset, server: Server, home: Path) -> None:
    part(home, BODY[:1000])
    server.ranges = False
    assert data.find(corpus).read_bytes() == BODY


def test_a_part_that_is_whole_already_is_taken(corpus: Dataset, server: Server, home: Path) -> None:
    part(home, BODY)
    assert data.find(corpus).read_bytes() == BODY


def test_a_part_of_something_else_is_thrown_away(
    corpus: Dataset, server: Server, home: Path
) -> None:
    stale = part(home, b"x" * 1000)
    with pytest.raises(ZthError, match="SHA-256"):
        data.find(corpus)
    assert not stale.exists()
    assert data.find(corpus).read_bytes() == BODY


def test_a_damaged_file_is_named_and_left_alone(corpus: Dataset, home: Path) -> None:
    file = home / "c" / "corpus.txt"
    file.parent.mkdir(parents=True)
    file.write_bytes(BODY[:-1])
    with pytest.raises(ZthError, match="SHA-256") as error:
        data.find(corpus)
    assert str(file) in str(error.value)
    assert file.read_bytes() == BODY[:-1]


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/corpus.txt", "missing"])
def test_offline_says_what_to_fetch_and_where_to_put_it(
    corpus: Dataset, server: Server, home: Path, address: str
) -> None:
    if address == "missing":
        address = corpus.url.replace("corpus", "missing")
    gone = Dataset("corpus", corpus.path, address, corpus.sha256, "none", "")
    with pytest.raises(ZthError, match=r"^[^\n]+$") as error:
        data.find(gone)
    assert address in str(error.value)
    assert str(home / "c" / "corpus.txt") in str(error.value)


def test_a_cache_that_cannot_be_written_is_an_error_not_a_traceback(
    corpus: Dataset, home: Path
) -> None:
    home.parent.mkdir()
    home.write_text("a file where a folder should be")
    with pytest.raises(ZthError):
        data.find(corpus)


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda d: d.name)
def test_the_registry_is_complete(dataset: Dataset) -> None:
    assert dataset.url.startswith("https://")
    assert len(dataset.sha256) == 64
    assert dataset.licence
    assert dataset.description
    assert not Path(dataset.path).is_absolute()


def test_a_corpus_that_lies_here_is_the_registered_one(
    monkeypatch: pytest.MonkeyPatch, root: Path
) -> None:
    """Runs where the corpora lie beside the clone; elsewhere there is nothing to compare."""
    monkeypatch.setenv("ZTH_DATA", str(root.parent / "shared" / "data"))
    here = [d for d in DATASETS if data.locate(d)]
    if not here:
        pytest.skip("no corpora beside the clone")
    for dataset in here:
        assert data.find(dataset)
