"""What Gradescope's exports say."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader.classroom.gradescope import METADATA, Said, Submitter, moment, read
from zth.records import ZthError

EXPORT = """\
---
submission_1:
  :submitters:
  - :name: Jürgen "J" O'Müller
    :sid: '00123'
    :email: j@x.edu
  - :name: Ann
    :sid:
    :email: ann@x.edu
  :created_at: 2026-02-03 04:05:06.789012345 Z
  :score: !ruby/object:BigDecimal 18:0.1e1
  :results: !ruby/hash:ActiveSupport::HashWithIndifferentAccess
    output: |
      submission_9:
        :submitters:
    "yes": no
  :history:
  - :created_at: 2026-01-03 04:05:06 Z
submission_2:
  :submitters:
  - :name: 10
    :sid: 20
submission_3: {}
"""


def write(folder: Path, text: str | bytes) -> Path:
    file = folder / METADATA
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def test_whose_each_is_and_when_it_came(tmp_path: Path) -> None:
    when = datetime(2026, 2, 3, 4, 5, 6, 789012, UTC)
    jurgen, ann = (
        Submitter("00123", "j@x.edu", 'Jürgen "J" O\'Müller'),
        Submitter("", "ann@x.edu", "Ann"),
    )
    assert read(write(tmp_path, EXPORT)) == {
        "submission_1": Said((jurgen, ann), when),
        "submission_2": Said((Submitter("20", "", "10"),), None),
        "submission_3": Said((), None),
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-02-03 04:05:06.789012345 Z", datetime(2026, 2, 3, 4, 5, 6, 789012, UTC)),
        ("2026-02-03 04:05:06.5 -08:00", datetime(2026, 2, 3, 12, 5, 6, 500000, UTC)),
        ("2026-02-03T04:05:06+0530", datetime(2026, 2, 2, 22, 35, 6, 0, UTC)),
        ("2026-02-03 04:05:06 UTC", datetime(2026, 2, 3, 4, 5, 6, 0, UTC)),
        ("2026-02-03 04:05:06", datetime(2026, 2, 3, 4, 5, 6, 0, UTC)),
        ("2026-02-31 04:05:06 Z", None),
        ("0001-01-01 00:00:00 +23:59", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_times_as_ruby_writes_them(text: str, said: datetime | None) -> None:
    assert moment(text) == said


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a\n- b\n",
        "just a text",
        "a: [",
        "? [a]\n: b",
        "x: &x [*x]",
        "\t\0",
        b"\xff\xfe\x00",
        "../../etc: {}",
        "..: {}",
        '"a\\0b": {}',
        "/etc/passwd: {}",
        "[" * 5000,
    ],
)
def test_what_gradescope_does_not_write_is_refused(text: str | bytes, tmp_path: Path) -> None:
    file = write(tmp_path, text)
    with pytest.raises(ZthError) as error:
        read(file)
    assert str(error.value) == f"{file} is not what Gradescope exports; download it again"


def test_a_file_that_is_too_large_or_is_not_there(tmp_path: Path) -> None:
    file = write(tmp_path, "")
    os.truncate(file, 1 << 40)
    with pytest.raises(ZthError, match="not what Gradescope exports"):
        read(file)
    with pytest.raises(ZthError, match="cannot be read: No such file"):
        read(tmp_path / "missing.yml")


@pytest.mark.parametrize(
    "entry", ["[]", "text", '{":submitters": text}', '{":submitters": [text, [], {}]}']
)
def test_entries_of_another_shape_say_nothing(entry: str, tmp_path: Path) -> None:
    said = read(write(tmp_path, f"submission_1: {entry}"))["submission_1"]
    assert said.received is None
    assert {s.id + s.email + s.name for s in said.submitters} <= {""}
