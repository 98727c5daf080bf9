"""A GPU's devices are there for the session that may use one, and for no other."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.security import tries
from tests.security.conftest import ISOLATING, opened, tier_named
from zth.host import Nursery

# There is one device, so only one of these tests at a time.
pytestmark = pytest.mark.xdist_group("devices")

DEVICE = Path("/dev/nvidia-zth-test")
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
