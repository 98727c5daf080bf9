"""A dataset's file: found in `$ZTH_DATA` or the user's cache, else downloaded from its source."""

from __future__ import annotations

import hashlib
import os
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException, HTTPResponse
from pathlib import Path

import platformdirs

from zth.language import tr
from zth.records import Dataset, ZthError

Progress = Callable[[int, int], None]
CHUNK = 1 << 16


def _silent(done: int, total: int) -> None:
    """A progress that nobody sees."""


def cache() -> Path:
    """The user's cache folder for data."""
    return Path(platformdirs.user_cache_dir("zth")) / "data"


def folders() -> list[Path]:
    """Where data is looked for, in this order."""
    given = os.environ.get("ZTH_DATA")
    return [Path(given).expanduser(), cache()] if given else [cache()]


def locate(dataset: Dataset) -> Path | None:
    """The dataset's file, if it lies in one of the folders; its content is not looked at."""
    for folder in folders():
        if (folder / dataset.path).is_file():
            return folder / dataset.path
    return None


def find(dataset: Dataset, progress: Progress = _silent) -> Path:
    """The dataset's file with the right content, downloaded if need be.

    Raises ZthError where the file is damaged, or missing and not to be had.
    """
    file = locate(dataset)
    if file is None:
        return fetch(dataset, progress)
    _verify(dataset, file)
    return file


def fetch(dataset: Dataset, progress: Progress = _silent) -> Path:
    """Downloads the dataset into the cache, going on where an earlier download stopped.

    `progress(done, total)` is told of bytes; total is 0 where the server does not say. Raises
    ZthError with the file, the address and the place to put it, where it cannot be had.
    """
    target = cache() / dataset.path
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _download(dataset.url, part, progress)
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise ZthError(
            tr(
                "cannot download {name} from {url} ({reason}); fetch it by other means and put "
                "it at {path}",
                name=dataset.name,
                url=dataset.url,
                reason=reason,
                path=folders()[0] / dataset.path,
            )
        ) from None
    try:
        _verify(dataset, part)
    except ZthError:
        part.unlink()
        raise
    part.replace(target)
    return target


def _download(url: str, part: Path, progress: Progress) -> None:
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            _save(response, part, have if response.status == 206 else 0, progress)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code != 416:  # 416: there is no more than what we have
            raise


def _save(response: HTTPResponse, part: Path, done: int, progress: Progress) -> None:
    total = done + int(response.headers.get("Content-Length") or 0)
    with part.open("ab" if done else "wb") as file:
        while chunk := response.read(CHUNK):
            file.write(chunk)
            done += len(chunk)
            progress(done, total)
    if done < total:
        raise ConnectionError(
            tr("the connection broke after {done:,} of {total:,} bytes", done=done, total=total)
        )


def _verify(dataset: Dataset, file: Path) -> None:
    with file.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != dataset.sha256:
        raise ZthError(
            tr(
                "{file} is not {name}: its SHA-256 is {found}…, expected {sha256}…; remove it "
                "and run: zth data fetch {name}",
                file=file,
                name=dataset.name,
                found=found[:12],
                sha256=dataset.sha256[:12],
            )
        )
