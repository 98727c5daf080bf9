"""What lies in a tree and is no plain file: links, pipes, holes, bytecode, other code first."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.security.conftest import opened, planted, tier_named
from tests.security.tries import play
from zth import trees
from zth.host import Nursery

MEBIBYTE = 1 << 20


def test_a_part_must_lie_in_its_tree(tmp_path: Path) -> None:
    part = planted(tmp_path / "tree", "def f(): ...")
    file = part.root / part.file
    for target in ("/proc/self/pagemap", "/etc/passwd", "../../elsewhere.py"):
        (tmp_path / "elsewhere.py").touch()
        file.unlink()
        file.symlink_to(target)
        assert "leads out of its tree" in trees.missing(part)
    file.unlink()
    (part.root / "lesson0_x" / "other.py").touch()
    file.symlink_to("other.py")
    assert trees.missing(part) == ""


def test_a_digest_waits_for_nobody_and_reads_no_further_than_a_file_may_go(tmp_path: Path) -> None:
    part = planted(tmp_path, "x = 1")
    folder = (part.root / part.file).parent
    before = trees.digest(tmp_path, ["lesson0_x"])
    os.mkfifo(folder / "pipe.py")
    (folder / "endless.py").symlink_to("/dev/zero")
    (folder / "loop.py").symlink_to("loop.py")
    (folder / "sparse.py").touch()
    os.truncate(folder / "sparse.py", 1 << 40)
    (folder / "up").symlink_to("/")
    after = trees.digest(tmp_path, ["lesson0_x"])
    assert after != before
    os.truncate(folder / "sparse.py", 2 << 40)
    assert trees.digest(tmp_path, ["lesson0_x"]) != after


def test_a_digest_goes_down_however_deep(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    place = str(tmp_path / "a")
    for _ in range(1200):
        place += "/d"
        os.mkdir(place)  # noqa: PTH102
    before = trees.digest(tmp_path, ["a"])
    Path(place, "x.py").touch()
    after = trees.digest(tmp_path, ["a"])
    subprocess.run(["rm", "-r", tmp_path / "a"], check=True)  # pytest would not get down there
    assert after != before


def test_a_folder_that_is_a_link_out_of_the_tree_is_not_walked(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "lesson0_x").symlink_to("/")
    empty = trees.digest(tmp_path / "tree", [])
    assert trees.digest(tmp_path / "tree", ["lesson0_x"]) == empty


@pytest.mark.parametrize("where", ["bytecode", "names", "links", "folders"])
def test_a_size_counts_all_that_can_carry_data(where: str, tmp_path: Path) -> None:
    (tmp_path / "__pycache__").mkdir()
    for number in range(100):
        name = f"{number:03}{'x' * 200}"
        if where == "bytecode":
            (tmp_path / "__pycache__" / f"{number}.pyc").write_bytes(bytes(200))
        elif where == "names":
            (tmp_path / name).touch()
        elif where == "links":
            (tmp_path / str(number)).symlink_to(name)
        else:
            (tmp_path / name).mkdir()
    assert trees.size(tmp_path) > 100 * 200


def test_bytecode_libraries_and_folders_do_not_take_a_files_place(tmp_path: Path) -> None:
    """The file that is looked at is the file that runs."""
    import importlib.util
    import marshal

    part = planted(tmp_path, "from .helper import WORD\ndef f(): return WORD")
    folder = (part.root / part.file).parent
    (folder / "helper.py").write_text("WORD = 'source'")
    (folder / "__pycache__").mkdir()
    other = marshal.dumps(compile("WORD = 'other'\ndef f(): return WORD", "x", "exec"))
    for name in ("file", "helper"):
        unchecked = importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little") + bytes(8)
        cached = Path(importlib.util.cache_from_source(str(folder / f"{name}.py")))
        cached.write_bytes(unchecked + other)
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text("WORD = 'other'\ndef f(): return WORD")
        (folder / f"{name}.abi3.so").write_bytes(b"no library")
    with Nursery(tier=tier_named("process")) as nursery, opened(nursery, (part,)) as session:
        assert session.call(play, part="f") == "source"


def test_a_package_in_a_tree_is_imported(tmp_path: Path) -> None:
    source = "from .inner import A\nfrom .inner.more import B\nfrom .plain.most import C\n"
    part = planted(tmp_path, source + "def f(): return A + B + C")
    folder = (part.root / part.file).parent
    for name, text in (("inner/__init__", "A = 'a'"), ("inner/more", "B = 'b'"),
                       ("plain/most", "C = 'c'")):  # fmt: skip
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / f"{name}.py").write_text(text)
    with Nursery(tier=tier_named("process")) as nursery, opened(nursery, (part,)) as session:
        assert session.call(play, part="f") == "abc"
