"""A GPU's devices are there for the session that may use one, and for no other."""

from __future__ import annotations

import fcntl
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.security import tries
from tests.security.conftest import ISOLATING, opened, tier_named
from zth.host import Nursery, view

linux = pytest.mark.skipif(sys.platform != "linux", reason="CUDA's driver asks this of Linux")
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


CUDA = """
import torch
def f():
    q = torch.randn(2, 2, 16, 8, device="cuda", requires_grad=True)
    torch.nn.functional.scaled_dot_product_attention(q, q, q, is_causal=True).sum().backward()
    return bool(q.grad.isfinite().all())
"""


@pytest.mark.parametrize("name", ISOLATING)
def test_cuda_computes_in_a_worker(name: str) -> None:
    import torch  # late, for the tests beside this one

    if not torch.cuda.is_available():
        pytest.skip("there is no GPU with CUDA")
    with Nursery(["torch"], tier_named(name)) as nursery, opened(nursery, gpu=True) as session:
        assert session.call(tries.run, CUDA, limit=60) == "True"


STARTS = """
import threading
def f():
    with open("/proc/sys/vm/mmap_min_addr") as least:
        least.read()
    with open(f"/proc/self/task/{threading.get_native_id()}/comm", "w+") as name:
        name.write("named")
        name.seek(0)
        return name.read().strip()
"""


@pytest.fixture
def any_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has a GPU, by what its host sees."""
    monkeypatch.setattr(view, "devices", lambda: [Path("/dev/null")])


@linux
@pytest.mark.usefixtures("any_device")
@pytest.mark.parametrize("name", ISOLATING)
def test_a_driver_reads_and_writes_what_it_starts_with(name: str) -> None:
    """CUDA asks for the least address of a mapping, and names its threads; or does not start."""
    with Nursery(tier=tier_named(name)) as nursery:
        with opened(nursery, gpu=True) as session:
            assert session.call(tries.run, STARTS) == "named"
        with opened(nursery) as session:
            assert session.call(tries.run, STARTS) == "EACCES"


SOCKET = """
import socket
def f():
    with socket.socket({family}, {kind}) as made:
        made.bind({address!r})
        made.listen()
        return {then}
"""
PACKETS = {"family": "socket.AF_UNIX", "kind": "socket.SOCK_SEQPACKET", "then": "'listens'"}
OTHERS = {
    "another family": {"family": "socket.AF_INET", "address": ("127.0.0.1", 0)},
    "another kind": {"kind": "socket.SOCK_DGRAM"},
    "a file": {"address": "/tmp/zth-test-socket"},
    "hears": {"then": "made.accept()"},
    "hears a packet": {"then": "made.recvmsg(1)"},
    "calls": {"then": "made.connect('')"},
}


@linux
@pytest.mark.parametrize("name", ISOLATING)
def test_where_there_is_no_gpu_nobody_has_a_drivers_leave(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "devices", list)
    socket = SOCKET.format(**PACKETS, address=f"\0zth-test-{os.getpid()}-{name}")
    with Nursery(tier=tier_named(name)) as nursery, opened(nursery, gpu=True) as session:
        assert session.call(tries.run, STARTS) == "EACCES"
        assert session.call(tries.run, socket) == "EPERM"


@linux
@pytest.mark.usefixtures("any_device")
@pytest.mark.parametrize("name", ISOLATING)
def test_a_driver_may_listen_and_nothing_hears(name: str) -> None:
    """CUDA starts with a socket on which its device could be asked for; no other way is open."""

    def source(**other: object) -> str:
        address = f"\0zth-test-{os.getpid()}-{name}"
        return SOCKET.format(**{**PACKETS, "address": address, **other})

    with Nursery(tier=tier_named(name)) as nursery:
        with opened(nursery, gpu=True) as session:
            assert session.call(tries.run, source()) == "listens"
            for what, other in OTHERS.items():
                assert session.call(tries.run, source(**other)) in ("EPERM", "EACCES"), what
        with opened(nursery) as session:
            assert session.call(tries.run, source()) == "EPERM"
