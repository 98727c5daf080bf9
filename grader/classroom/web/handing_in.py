"""Uploads: stored as they come and queued, never looked into here."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from grader.classroom.records import Stage, Student, Upload
from grader.classroom.store.base import now
from grader.classroom.web import packing, pages
from grader.classroom.web.forms import FIELDS, SMALL, capped
from grader.classroom.web.site import Site, id_in, site_of
from grader.classroom.web.visitors import (
    STUDENT,
    check_mark,
    student_needed,
    visitor_of,
)
from zth.language import tr

DAY = timedelta(days=1)
_NEW = ".new-"  # how a file is called that is not whole yet
LOG = logging.getLogger(__name__)


async def receive(request: Request) -> Response:
    """Takes a file from whoever is signed in; answers when it is safe, and in the queue."""
    student = await run_in_threadpool(student_needed, request)
    site = site_of(request)
    most = site.settings.limits.bytes + SMALL  # what stands around the file in a form
    limited = Request(request.scope, capped(request.receive, most, _too_large(site)))
    async with limited.form(max_files=packing.MOST, max_fields=FIELDS) as form:
        return await run_in_threadpool(_take, request, student, form)


def _take(request: Request, student: Student, form: FormData) -> Response:
    visitor = visitor_of(request)
    check_mark(visitor, STUDENT, str(form.get("mark", "")))
    site = site_of(request)
    files = [file for file in form.getlist("file") if isinstance(file, UploadFile) and file.size]
    if not files:
        raise HTTPException(422, tr("there is no file in it, or it is empty"))
    if sum(file.size or 0 for file in files) > site.settings.limits.bytes:
        raise HTTPException(413, _too_large(site))
    name, kept = packing.archive(files)
    digest = _digest(kept)
    if left(site, student) <= 0 and not _waits(site, student, digest):
        raise _no_more(site)  # before it is kept
    _store(kept, site.classroom.uploads / digest)
    upload = Upload(student=student.id, received=now(), name=name, file=digest)
    queued = site.store.admit(upload, site.settings.limits.uploads_per_day, now() - DAY)
    if queued is None:
        raise _no_more(site)
    if visitor.bearer:
        return JSONResponse(told(site, queued), 201, {"Location": f"/uploads/{queued.id}"})
    return RedirectResponse("/me#uploads", 303)


def left(site: Site, student: Student) -> int:
    """How many files a student may still hand in now."""
    handed_in = site.store.count_since(student.id, now() - DAY)
    return site.settings.limits.uploads_per_day - handed_in


def _too_large(site: Site) -> str:
    most = pages.size(site.settings.limits.bytes)
    return tr("the file has more than {most}: hand in the folders of the lessons alone", most=most)


def _no_more(site: Site) -> HTTPException:
    most = site.settings.limits.uploads_per_day
    return HTTPException(
        429, tr("you have handed in {most} files in 24 hours, and no more are taken", most=most)
    )


def _waits(site: Site, student: Student, digest: str) -> bool:
    """Whether this very file waits already, as when the answer to it was lost."""
    waiting = (u for u in site.store.uploads(student.id) if u.stage is Stage.WAITING)
    return any(upload.file == digest for upload in waiting)


def _digest(source: BinaryIO) -> str:
    digest = hashlib.sha256()
    source.seek(0)
    while chunk := source.read(1 << 16):
        digest.update(chunk)
    return digest.hexdigest()


def _store(source: BinaryIO, file: Path) -> None:
    """Keeps the bytes in a file that is named by them, all at once and for good."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor, made = tempfile.mkstemp(dir=file.parent, prefix=_NEW)
        try:
            with os.fdopen(descriptor, "wb") as target:
                source.seek(0)
                shutil.copyfileobj(source, target)
                target.flush()
                os.fsync(target.fileno())
            Path(made).replace(file)
            _settle(file.parent)
        except BaseException:
            Path(made).unlink(missing_ok=True)
            raise
    except OSError as error:
        LOG.error("an upload cannot be kept: %s", error)
        raise HTTPException(
            503, tr("the file cannot be kept at the moment; try again later")
        ) from None


def sweep(folder: Path) -> None:
    """Removes what was half there when an earlier server was killed."""
    old = time.time() - DAY.total_seconds()
    for file in folder.glob(f"{_NEW}*"):
        with contextlib.suppress(OSError):  # another server may do the same
            if file.stat().st_mtime < old:
                file.unlink()


def _settle(folder: Path) -> None:
    """Has the disk keep the names in a folder, too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def state(request: Request) -> Response:
    """How far an upload has come, for programs."""
    student = student_needed(request)
    site = site_of(request)
    upload = site.store.upload(id_in(request.path_params["id"]))
    if upload is None or upload.student != student.id:
        raise HTTPException(404)
    return JSONResponse(told(site, upload))


def told(site: Site, upload: Upload) -> Mapping[str, object]:
    """An upload, and what came of it."""
    found: dict[str, object] = {"id": upload.id, "name": upload.name, "stage": upload.stage.value}
    if upload.stage is Stage.WAITING:
        found["position"] = site.store.position(upload.id)
    if upload.problem:
        found["problem"] = upload.problem
    if upload.submission:
        found["lessons"] = {
            grade.outcome.lesson: _grade(grade.outcome.points, grade.outcome.earned)
            | ({"problem": tr("not graded: the fault is ours")} if grade.outcome.fault else {})
            for grade in site.store.history(upload.submission)
        }
    return found


def _grade(points: int, earned: int) -> dict[str, object]:
    return {"points": points, "earned": earned}
