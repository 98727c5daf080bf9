"""What a worker gives up before it loads a learner's code, rule by rule."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.security import tries
from tests.security.conftest import Try, opened, planted, tier_named
from zth import landlock, seccomp
from zth.host import Nursery, Raised, Session
from zth.trees import shipped

COLUMN = {"x86_64": 0, "aarch64": 1}.get(platform.machine(), 0)
linux = pytest.mark.skipif(sys.platform != "linux", reason="makes calls of Linux")


@pytest.fixture(scope="module")
def session(nursery: Nursery) -> Iterator[Session]:
    """One worker for tries that leave it as it was."""
    with opened(nursery) as session:
        yield session


@pytest.fixture(scope="module")
def filtered() -> Iterator[Session]:
    """A worker under the filter alone, so that no other rule hides a missing one."""
    with pytest.MonkeyPatch.context() as patch, Nursery(tier=tier_named("landlock")) as nursery:
        patch.setattr(landlock, "abi", lambda: 0)
        with opened(nursery) as session:
            yield session


# --- the filter of calls --------------------------------------------------------------------------

HERE = sorted(name for name, call in seccomp.DENIED.items() if call[COLUMN] is not None)


@linux
@pytest.mark.parametrize("name", HERE)
def test_a_denied_call_is_refused_before_its_arguments_are_looked_at(
    name: str, session: Session
) -> None:
    number = seccomp.DENIED[name][COLUMN]
    assert number is not None
    assert session.call(tries.call, number, []) == "EPERM"


@linux
@pytest.mark.parametrize("number", [435, 437, seccomp.NEWEST + 1, 0x40000000 + 39])
def test_what_is_not_known_is_not_there(number: int, session: Session) -> None:
    """clone3 and openat2, whose arguments no filter sees; newer calls; x32's."""
    assert session.call(tries.call, number, []) == "ENOSYS"


INIT, TRUNCATE = 1, 0o1000
# Calls whose arguments decide: without the filter the kernel would find another fault in them.
ARGUMENTS = {
    "kill": ((62, 129), [INIT, 0]),
    "tgkill": ((234, 131), [INIT, INIT, 0]),
    "prlimit64": ((302, 261), [INIT]),
    "sched_setaffinity": ((203, 122), [INIT, 0, 0]),
    "sched_setscheduler": ((144, 119), [INIT]),
    "sched_setparam": ((142, 118), [INIT, 0]),
    "sched_setattr": ((314, 274), [INIT, 0, 0]),
    "setpriority": ((141, 140), [-1, INIT]),
    "ioprio_set": ((251, 30), [-1, INIT]),
    "sendto": ((44, 206), [-1, 0, 0, 0, 4096, 16]),
    "sendto, above 4 GiB": ((44, 206), [-1, 0, 0, 0, 1 << 32, 16]),
    "prctl": ((157, 167), [1, -1]),
    "prctl, out of sight": ((157, 167), [4, 0]),
    "fcntl": ((72, 25), [-1, 8, 1]),
    "ioctl": ((16, 29), [-1, 0x5412, 0]),
    "open": ((2, None), [0, TRUNCATE]),
    "openat": ((257, 56), [-100, 0, TRUNCATE]),
    "openat, for nothing": ((257, 56), [-100, 0, TRUNCATE | 3]),
}


@linux
@pytest.mark.parametrize("name", ARGUMENTS)
def test_a_call_is_refused_for_its_arguments(name: str, filtered: Session) -> None:
    call, arguments = ARGUMENTS[name]
    number = call[COLUMN]
    if number is None:
        pytest.skip(f"there is no {name} on {platform.machine()}")
    assert filtered.call(tries.call, number, arguments) == "EPERM"


PRCTL = "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\n"
FAILED = "    if {}: raise OSError(ctypes.get_errno(), '')\n"
CONDITIONS = {
    "a signal to its parent": "import os\ndef f(): os.kill(os.getppid(), 0)",
    "a signal to its group": "import os\ndef f(): os.kill(0, 0)",
    "a signal to everybody": "import os\ndef f(): os.kill(-1, 0)",
    "a signal to another's thread": (
        PRCTL + "def f():\n" + FAILED.format("libc.tgkill(os.getppid(), os.getppid(), 0)")
    ),
    "outliving its parent": PRCTL + "def f():\n" + FAILED.format("libc.prctl(1, 0, 0, 0, 0)"),
    "signals by way of a file": (
        "import fcntl, os\ndef f(): fcntl.fcntl(os.pipe()[0], fcntl.F_SETOWN, os.getppid())"
    ),
    "another's nice value": "import os\ndef f(): os.setpriority(os.PRIO_PROCESS, os.getppid(), 5)",
    "another's processors": "import os\ndef f(): os.sched_setaffinity(os.getppid(), {0})",
    "another's limits": (
        "import os, resource\ndef f(): resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (1, 1))"
    ),
    "cutting off by opening": "import os\ndef f(): os.open(os.__file__, os.O_RDONLY | os.O_TRUNC)",
    "a process": "import subprocess, sys\ndef f(): subprocess.run([sys.executable, '-c', ''])",
    "posix_spawn": "import os, sys\ndef f(): os.posix_spawn(sys.executable, ['python'], {})",
    "a pool": (
        "import multiprocessing\n"
        "def f(): return multiprocessing.get_context('fork').Process(target=print).start()"
    ),
}


@linux
@pytest.mark.parametrize("name", CONDITIONS)
def test_what_depends_on_its_arguments(name: str, attempt: Try) -> None:
    assert attempt(CONDITIONS[name]) == "EPERM"


WORKS = {
    "a signal to itself": "import os\ndef f(): os.kill(os.getpid(), 0); return 'ok'",
    "threads": (
        "import threading\ndef f():\n    done = []\n"
        "    t = threading.Thread(target=done.append, args=('ok',)); t.start(); t.join()\n"
        "    return done[0]"
    ),
    "a pool of threads": (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "def f(): return ThreadPoolExecutor(4).submit(str, 'ok').result()"
    ),
    "its own limits": (
        "import resource\ndef f(): resource.setrlimit(resource.RLIMIT_CORE, (0, 0)); return 'ok'"
    ),
    "numpy": "import numpy\ndef f(): return {2: 'ok'}[int(numpy.ones(2).sum())]",
    "the library, late": "def f(): import sqlite3, decimal, ssl, zoneinfo, asyncio; return 'ok'",
    "time zones": "def f(): import zoneinfo; zoneinfo.ZoneInfo('Europe/Paris'); return 'ok'",
    "metadata": "def f(): import importlib.metadata as m; return m.version('numpy') and 'ok'",
    "random numbers": "import os\ndef f(): os.urandom(8); open('/dev/urandom'); return 'ok'",
    "/dev/null": "def f(): open('/dev/null', 'w').write('x'); return 'ok'",
    "about itself": "def f(): open('/proc/self/status').read(); return 'ok'",
}


@pytest.mark.parametrize("name", WORKS)
def test_what_a_learners_code_may_need_works(name: str, attempt: Try) -> None:
    assert attempt(WORKS[name]) == "ok"


@linux
def test_the_state_of_the_worker(attempt: Try) -> None:
    source = (
        "def f():\n"
        "    lines = open('/proc/self/status').read().split('\\n')\n"
        "    return dict(line.split(':\\t', 1) for line in lines if ':\\t' in line)"
    )
    state = attempt(source)
    for line in ("'NoNewPrivs': '1'", "'Seccomp': '2'", f"'CapEff': '{0:016x}'"):
        assert line in state
    assert f"'CapPrm': '{0:016x}'" in state


def test_few_files_may_be_open_at_a_time(attempt: Try) -> None:
    source = "import resource as r\ndef f(): return r.getrlimit(r.RLIMIT_NOFILE)"
    assert attempt(source) == "(512, 512)"


@linux
def test_inside_bubblewrap_a_worker_has_its_own_user_host_and_processes(
    attempt: Try, nursery: Nursery
) -> None:
    if nursery.tier.name != "bwrap":
        pytest.skip("a claim of bwrap alone")
    source = (
        "import os, platform\n"
        "def f(): return [os.getuid(), os.getgid(), platform.node(), os.getppid() < 10]"
    )
    assert attempt(source) == "[65534, 65534, 'sandbox', True]"


# --- files ----------------------------------------------------------------------------------------

ROOT = Path(__file__).resolve().parents[2]
FILES = {
    "the solutions": str(shipped("solutions") / "lesson1_autograd" / "value.py"),
    "the stubs": str(shipped("exercises") / "lesson1_autograd" / "value.py"),
    "the checks": str(ROOT / "grader/lessons/lesson1_autograd/checks/operations.py"),
    "the mutants": str(ROOT / "grader/mutants/lesson1_autograd.toml"),
    "the project": str(ROOT / "pyproject.toml"),
    "its history": str(ROOT / ".git"),
    "a package that the lesson does not use": str(Path(pytest.__file__)),
    "accounts": "/etc/passwd",
    "another process": "/proc/1/environ",
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_none_of_its_business_cannot_be_read(name: str, attempt: Try) -> None:
    path = FILES[name]
    if not Path(path).exists():
        pytest.skip(f"there is no {path}")
    assert attempt(f"def f(): return open({path!r}).read(8)") in ("EACCES", "ENOENT")


FOLDERS = ["/", "/etc", "/home", "/tmp", "/proc", str(ROOT), str(ROOT / "grader")]


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_that_is_none_of_its_business_shows_nothing(
    folder: str, attempt: Try, nursery: Nursery
) -> None:
    said = attempt(f"import os\ndef f(): return os.listdir({folder!r})")
    assert said in ("EACCES", "ENOENT")


CHANGES = {
    "append": "def f(): open({path!r}, 'a')",
    "overwrite": "def f(): open({path!r}, 'r+')",
    "truncate": "def f(): open({path!r}, 'w')",
    "delete": "import os\ndef f(): os.remove({path!r})",
    "rename": "import os\ndef f(): os.rename({path!r}, {path!r} + '.old')",
    "link": "import os\ndef f(): os.link({path!r}, {path!r} + '.too')",
    "symlink": "import os\ndef f(): os.symlink({path!r}, {path!r} + '.too')",
    "new file": "def f(): open({path!r} + '.too', 'x')",
    "new folder": "import os\ndef f(): os.mkdir({path!r} + '.too')",
    "fifo": "import os\ndef f(): os.mkfifo({path!r} + '.too')",
    "mode": "import os\ndef f(): os.chmod({path!r}, 0)",
    "times": "import os\ndef f(): os.utime({path!r}, (0, 0))",
    "attributes": "import os\ndef f(): os.setxattr({path!r}, 'user.zth', b'x')",
    "owner": "import os\ndef f(): os.chown({path!r}, 1, 1)",
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_worker_cannot_change_its_own_tree(name: str, attempt: Try, tmp_path: Path) -> None:
    part = planted(tmp_path, "def f(): pass")
    path = tmp_path / part.file
    before = path.stat()
    said = attempt(CHANGES[name].format(path=str(path)), (part,))
    assert said in ("EACCES", "EPERM", "EROFS", "ENOENT", "EXDEV")
    assert path.read_text() == "def f(): pass"
    assert path.stat().st_mode == before.st_mode
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert [p.name for p in path.parent.iterdir()] == ["file.py"]


@pytest.mark.parametrize("folder", ["/tmp", "/var/tmp", "/dev/shm", "/", "/run", "/home"])
def test_there_is_no_place_to_write_to(folder: str, attempt: Try) -> None:
    said = attempt(f"def f(): open({folder!r} + '/zth-test', 'x')")
    assert said in ("EACCES", "ENOENT", "EROFS", "EPERM")
    assert not Path(folder, "zth-test").exists()


@pytest.mark.parametrize("what", ["a link in its folder", "its folder", "the tree beside it"])
def test_a_tree_shows_its_own_files_and_nothing_through_them(
    what: str, nursery: Nursery, tmp_path: Path
) -> None:
    secret = tmp_path / "another" / "lesson0_x"
    secret.mkdir(parents=True)
    (secret / "file.py").write_text("def f(): return 'a secret'")
    mine = tmp_path / "mine"
    if what == "its folder":
        mine.mkdir()
        (mine / "lesson0_x").symlink_to(secret)
        part = planted(tmp_path / "other", "")
        part = type(part)("f", mine, part.file, "f")
    elif what == "a link in its folder":
        part = planted(mine, "")
        (mine / part.file).unlink()
        (mine / part.file).symlink_to(secret / "file.py")
    else:
        part = planted(mine, f"def f():\n    return open({str(secret / 'file.py')!r}).read()")
    refused = pytest.raises(Raised, match=r"PermissionError|FileNotFoundError|ModuleNotFoundError")
    with opened(nursery, (part,)) as session, refused:
        session.call(tries.play, part="f")


@pytest.mark.parametrize("name", ["grader", "pytest", "hypothesis", "torch", "exercises"])
def test_a_package_that_was_not_granted_cannot_be_imported(name: str, attempt: Try) -> None:
    assert attempt(f"def f(): import {name}").startswith("ModuleNotFoundError")


def test_a_package_that_was_not_granted_is_explained(nursery: Nursery, tmp_path: Path) -> None:
    part = planted(tmp_path, "import pytest\ndef f(): pass")
    words = "No module named 'pytest'; here your code has the standard library"
    with opened(nursery, (part,)) as session, pytest.raises(Raised, match=words):
        session.call(tries.play, part="f")


# --- the process tier says what it is -------------------------------------------------------------


def test_packages_are_granted_entry_by_entry_in_the_process_tier_too() -> None:
    with Nursery(tier=tier_named("process")) as nursery, opened(nursery) as session:
        said = session.call(tries.run, "def f(): import pytest")
        assert said.startswith("ModuleNotFoundError")
