"""Several files of Python as the one archive that is kept of them: packed here, never unpacked."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import BinaryIO

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from zth.language import listed, tr

MOST = 20  # files at once
NAME = 100  # characters of a name
_TIME = (1980, 1, 1, 0, 0, 0)  # the same files make the same archive, whenever they are packed
_CODE = ".py"


def cleaned(name: str) -> str:
    """A file's name as people read it, without folders and signs that nobody sees."""
    name = name.replace("\\", "/").rpartition("/")[2]
    seen = "".join(c for c in name if c.isprintable()).strip()
    return seen[:NAME] or "?"


def archive(files: Sequence[UploadFile]) -> tuple[str, BinaryIO]:
    """What is kept of the files that were chosen, and its name: an archive, or what makes one.

    Raises a 422 where it is neither one archive nor some files of Python.
    """
    names = [cleaned(file.filename or "") for file in files]
    code = [name.lower().endswith(_CODE) for name in names]
    if not any(code) and len(files) == 1:
        return names[0], files[0].file
    if not all(code):
        raise HTTPException(422, tr("choose one archive, or the Python files of one lesson"))
    if len({name.casefold() for name in names}) < len(names):
        raise HTTPException(422, tr("two files have the same name"))
    return listed(names)[:NAME], _packed(dict(zip(names, files, strict=True)))


def _packed(files: dict[str, UploadFile]) -> BinaryIO:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for name, file in sorted(files.items()):
            info = zipfile.ZipInfo(name, _TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            file.file.seek(0)
            target.writestr(info, file.file.read())
    made.seek(0)
    return made
