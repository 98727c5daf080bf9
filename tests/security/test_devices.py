"""A GPU's devices are there for the session that may use one, and for no other."""

from __future__ import annotations

import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.security import tries
from tests.security.conftest import ISOLATING, opened, tier_named
from zth.host import Nursery

DEVICE = Path("/dev/nvidia-zth-test")
LOCK = Path(tempfile.gettempdir(), "zth-test-device.lock")
ZEROS = os.makedev(1, 5)
SOURCE = f"""
def f():
    with open({str(DEVICE)!r}, "r+b", buffering=0) as device:
        device.write(b"any")
        return device.read(2)
"""


@pytest.fixture
def device() -> Iterator[Path]:
    """A device by a name that GPUs have, which gives zeros; only root can make one."""
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one machine, one device, one test at a time
        DEVICE.unlink(missing_ok=True)  # of a test that was killed
        try:
            os.mknod(DEVICE, stat.S_IFCHR, ZEROS)
        except PermissionError:
            pytest.skip("only root can make a device that stands in for a GPU")
        try:
            DEVICE.chmod(0o666)
            yield DEVICE
        finally:
            DEVICE.unlink()


@pytest.mark.parametrize("name", ISOLATING)
def test_a_device_is_passed_through_to_whom_it_was_given(name: str, device: Path) -> None:
    with Nursery(tier=tier_named(name)) as nursery:
        with opened(nursery, gpu=True) as session:
            assert session.call(tries.run, SOURCE) == r"b'\x00\x00'"
        with opened(nursery) as session:
            assert session.call(tries.run, SOURCE) in ("EACCES", "ENOENT")
