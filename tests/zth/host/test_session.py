"""In every tier: what a worker is, what it may use, and what is left when it ends."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.zth.host import echo_driver as driver
from zth.host import Died, Limits, Malformed, Nursery, Raised, Session, TimedOut
from zth.host.sandbox import TIERS
from zth.records import Part, ZthError

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

Open = Callable[..., Session]


process_tier = pytest.mark.parametrize("nursery", ["process"], indirect=True)


@pytest.fixture(scope="module", params=[tier.name for tier in TIERS])
def nursery(request: pytest.FixtureRequest) -> Iterator[Nursery]:
    [tier] = [tier for tier in TIERS if tier.name == request.param]
    if reason := tier.why_not():
        pytest.skip(f"{tier.name}: {reason}")
    with Nursery(tier=tier) as nursery:
        yield nursery
        if not tier.wrap:
            assert children(nursery.pid) == []


@pytest.fixture
def opened(nursery: Nursery, tmp_path: Path) -> Iterator[Open]:
    """Opens sessions on a function `f` of this source."""
    sessions: list[Session] = []

    def start(source: str, **limits: int) -> Session:
        folder = tmp_path / "lesson0_x"
        folder.mkdir(exist_ok=True)
        (folder / "file.py").write_text(source, "utf-8")
        part = Part("f", tmp_path, "lesson0_x/file.py", "f")
        sessions.append(
            nursery.session(driver=Path(driver.__file__), parts=[part], limits=Limits(**limits))
        )
        return sessions[-1]

    yield start
    for session in sessions:
        session.close()


def children(pid: int) -> list[int]:
    found: list[int] = []
    for thread in Path(f"/proc/{pid}/task").iterdir():
        found += map(int, (thread / "children").read_text().split())
    return found


def alive(pid: int) -> bool:
    """Whether the process runs; one that waits to be reaped, by init say, does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def ends(pid: int) -> bool:
    """Whether the process ends within some seconds."""
    deadline = time.monotonic() + 5
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not alive(pid)


def test_a_call_goes_there_and_back(opened: Open) -> None:
    session = opened("def f(x): return x + 1")
    assert session.call(driver.play, 1.5, part="f") == 2.5


def test_an_own_session_group_and_clean_surroundings(opened: Open, monkeypatch) -> None:
    monkeypatch.setenv("SECRET", "42")
    source = (
        "import os, sys\n"
        "def f(): return [os.getsid(0), os.getpgid(0), os.getpid(), sys.flags.isolated,\n"
        "    sys.dont_write_bytecode, os.environ.get('SECRET'), os.getcwd(), sys.stdin.read()]\n"
    )
    sid, pgid, pid, isolated, dont_write, secret, cwd, stdin = opened(source).call(
        driver.listing, part="f"
    )
    assert sid == pgid == pid
    assert (isolated, dont_write, secret, cwd, stdin) == ("1", "True", "None", "/", "")
    assert int(sid) != os.getsid(0)


@linux
def test_only_the_frames_descriptor_is_open(opened: Open) -> None:
    source = (
        "import os\n"
        "def f(): return [os.readlink(f'/proc/self/fd/{n}') for n in os.listdir('/proc/self/fd')\n"
        "    if os.path.exists(f'/proc/self/fd/{n}')]\n"
    )
    kinds = sorted(x.partition(":")[0] for x in opened(source).call(driver.listing, part="f"))
    assert kinds.count("socket") == 1
    assert kinds.count("pipe") == 2
    assert len([k for k in kinds if k not in ("socket", "pipe", "/dev/null")]) <= 1


ENDS = {
    "exit": ("import os\ndef f(x): os._exit(3)", Died, "exit status 3"),
    "segfault": ("import ctypes\ndef f(x): ctypes.string_at(0)", Died, "SIGSEGV"),
    "kill": ("import os\ndef f(x): os.kill(os.getpid(), 9)", Died, "SIGKILL"),
    "loop": ("def f(x):\n    while True: pass", TimedOut, "within 0.5 s"),
    "sleep": ("import time\ndef f(x): time.sleep(1e9)", TimedOut, "within"),
    "stop": (
        "import os, signal\ndef f(x): os.kill(os.getpid(), signal.SIGSTOP)",
        TimedOut,
        "within",
    ),
    "flood": ("def f(x):\n    while True: print('x' * 100_000)", Died, "MiB were printed"),
}


@pytest.mark.parametrize("name", ENDS)
def test_a_worker_that_ends_is_reaped_and_its_end_is_named(name: str, opened: Open) -> None:
    source, kind, words = ENDS[name]
    session = opened(source)
    with pytest.raises(kind, match=words):
        session.call(driver.play, 1.0, part="f", limit=0.5)
    assert not session.alive
    assert not alive(session.pid)
    with pytest.raises(Died):
        session.call(driver.play, 1.0, part="f")


def test_ignored_signals_do_not_help(opened: Open) -> None:
    source = (
        "import signal\ndef f(x):\n"
        "    for n in range(1, 64):\n"
        "        try: signal.signal(n, signal.SIG_IGN)\n"
        "        except (OSError, ValueError): pass\n"
        "    while True: pass\n"
    )
    session = opened(source)
    with pytest.raises(TimedOut):
        session.call(driver.play, 1.0, part="f", limit=0.3)
    assert not alive(session.pid)


RAISES = {
    "exception": ("def f(x): raise ValueError('no')", "ValueError: no"),
    "sys.exit": ("def f(x): raise SystemExit(0)", "SystemExit: 0"),
    "recursion": ("def f(x): return f(x)", "RecursionError"),
    "a bad str": (
        "class E(Exception):\n    def __str__(self): raise OSError\ndef f(x): raise E",
        "E",
    ),
    "surrogates": ("def f(x): raise ValueError('\\ud800')", r"ValueError: \?"),
    "base": ("def f(x): raise KeyboardInterrupt", "KeyboardInterrupt"),
}


@pytest.mark.parametrize("name", RAISES)
def test_an_exception_is_told_and_the_worker_lives(name: str, opened: Open) -> None:
    source, words = RAISES[name]
    session = opened(source)
    for _ in range(2):
        with pytest.raises(Raised, match=words) as caught:
            session.call(driver.play, 1.0, part="f")
        assert {f.file for f in caught.value.frames} <= {"lesson0_x/file.py"}
    assert session.alive


@linux
def test_memory_is_capped(opened: Open) -> None:
    session = opened("def f(x): return len(bytearray(2 << 30))", memory=1 << 30)
    with pytest.raises(Raised, match="MemoryError"):
        session.call(driver.play, 1.0, part="f")


@process_tier
def test_files_are_capped(opened: Open, tmp_path: Path) -> None:
    path = tmp_path / "big"
    source = (
        "def f(x):\n"
        f"    with open({str(path)!r}, 'wb', 0) as file:\n"
        "        for _ in range(4): file.write(bytes(1 << 19))\n"
        "    return 1\n"
    )
    session = opened(source, file_size=1 << 20)
    with pytest.raises(Raised, match="File too large"):
        session.call(driver.play, 1.0, part="f")
    assert path.stat().st_size == 1 << 20


def test_processor_time_is_capped(opened: Open) -> None:
    session = opened("def f(x):\n    while True: pass", cpu=1)
    with pytest.raises(Died, match="processor time"):
        session.call(driver.play, 1.0, part="f", limit=20)


def test_what_is_printed_is_capped_and_told_with_the_failure(opened: Open) -> None:
    session = opened("def f(x):\n    print('y' * 1_000_000)\n    1 / 0")
    with pytest.raises(Raised) as caught:
        session.call(driver.play, 1.0, part="f")
    assert caught.value.output.startswith("yyy")
    assert "more bytes" in caught.value.output
    assert len(caught.value.output) < 40_000


MALFORMED = {
    "type": "def f(): return 'text'",
    "nothing": "def f(): return None",
}


@pytest.mark.parametrize("name", MALFORMED)
def test_an_answer_of_another_type_is_malformed(name: str, opened: Open) -> None:
    session = opened(MALFORMED[name])
    with pytest.raises(Malformed, match="Expected `float`"):
        session.call(driver.loose, part="f")
    assert not session.alive


def test_an_answer_that_no_frame_can_carry_is_told(opened: Open) -> None:
    session = opened("def f(): return object()")
    with pytest.raises(Raised, match="a frame cannot carry a object") as caught:
        session.call(driver.loose, part="f")
    assert caught.value.name == "TypeError"
    assert session.alive


FORGED = {
    "garbage": "b'\\0\\0\\0\\4abcd'",
    "a huge length": "b'\\xff\\xff\\xff\\xff'",
    "a cut frame": "b'\\0\\0\\0\\4ab'",
}


@linux
@pytest.mark.parametrize("name", FORGED)
def test_a_forged_frame_is_refused(name: str, opened: Open) -> None:
    source = (
        "import os\ndef f(x):\n"
        "    for n in range(3, 64):\n"
        "        try: os.write(n, " + FORGED[name] + ")\n"
        "        except OSError: pass\n"
        "    os._exit(0)\n"
    )
    session = opened(source)
    with pytest.raises((Malformed, Died)):
        session.call(driver.play, 1.0, part="f", limit=2)
    assert not session.alive


SOCKET = """
import os, socket, stat, struct, time
def frames():
    [n] = [n for n in range(3, 64) if os.path.exists(f"/proc/self/fd/{n}")
           and stat.S_ISSOCK(os.fstat(n).st_mode)]
    return socket.socket(fileno=os.dup(n))
def frame(value):
    import msgspec
    body = msgspec.msgpack.encode({"type": "Returned", "value": value})
    return struct.pack(">I", len(body)) + body
"""
ABUSES = {
    "closed": (
        "import os\ndef f(x):\n    os.closerange(0, 64)\n    return x",
        "closed|exit status",
    ),
    "closed half": (
        "def f(x):\n    frames().shutdown(1)\n    time.sleep(9)",
        "closed its connection",
    ),
    "two answers": (
        "def f(x):\n    frames().sendall(frame(7.0) * 2)\n    return x",
        "more than one",
    ),
    "an endless answer": (
        (
            "def f(x):\n    s = frames()\n    s.sendall(b'\\3\\0\\0\\0')\n"
            "    while True: s.sendall(bytes(1 << 20))"
        ),
        "malformed",
    ),
    "another tag": (
        "def f(x):\n    frames().sendall(b'\\0\\0\\0\\1\\xc0')\n    time.sleep(9)",
        "malformed",
    ),
}


@linux
@pytest.mark.parametrize("name", ABUSES)
def test_an_abused_connection_ends_the_call_at_once(name: str, opened: Open) -> None:
    source, words = ABUSES[name]
    session = opened(SOCKET + source)
    start = time.monotonic()
    with pytest.raises((Died, Malformed), match=words):
        session.call(driver.play, 1.0, part="f", limit=8)
    assert time.monotonic() - start < 4
    assert not alive(session.pid)


def test_another_thread_can_end_a_call(opened: Open) -> None:
    session = opened("def f(x):\n    while True: pass")
    timer = threading.Timer(0.1, session.interrupt)
    timer.start()
    with pytest.raises(Died, match="SIGKILL"):
        session.call(driver.play, 1.0, part="f", limit=60)
    session.interrupt()  # of one that has ended already, it is nothing
    assert opened("def f(x): return x").call(driver.play, 1.0, part="f") == 1.0


@linux
def test_a_trickle_does_not_stretch_the_limit(opened: Open) -> None:
    source = (
        "def f(x):\n    s = frames()\n    s.send(b'\\0\\0\\1\\0')\n    while True: s.send(b'x'); "
    )
    session = opened(SOCKET + source + "time.sleep(0.01)")
    with pytest.raises(TimedOut):
        session.call(driver.play, 1.0, part="f", limit=0.3)


@linux
def test_an_answer_that_comes_unasked_is_not_taken_for_the_next(opened: Open) -> None:
    source = (
        "import threading\ndef f(x):\n"
        "    s = frames()\n"
        "    threading.Timer(0.1, lambda: s.sendall(frame(7.0))).start()\n"
        "    return x\n"
    )
    session = opened(SOCKET + source)
    assert session.call(driver.play, 1.0, part="f") == 1.0
    time.sleep(0.3)
    with pytest.raises(Malformed, match="before it was asked for"):
        session.call(driver.play, 2.0, part="f")


@linux
@process_tier
def test_children_and_threads_are_found_and_killed(opened: Open, tmp_path: Path) -> None:
    note = tmp_path / "pids"
    source = (
        "import os, time, threading\n"
        "def f(x):\n"
        "    threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()\n"
        "    for _ in range(3):\n"
        "        if os.fork() == 0:\n"
        "            os.setsid()\n"
        "            if os.fork() == 0:\n"
        f"                open({str(note)!r}, 'a').write(f'{{os.getpid()}} ')\n"
        "                time.sleep(1000)\n"
        "            time.sleep(1000)\n"
        "    time.sleep(0.3)\n"
        "    return x\n"
    )
    session = opened(source)
    assert session.call(driver.play, 1.0, part="f") == 1.0
    assert len(session.children()) == 3
    session.close()
    pids = [int(pid) for pid in note.read_text().split()]
    assert len(pids) == 3
    assert not any(alive(pid) for pid in pids)


@linux
@pytest.mark.parametrize(("number", "kind"), [("SIGKILL", Died), ("SIGSTOP", TimedOut)])
def test_a_worker_that_ends_or_stops_the_nursery_costs_its_own_session(
    number: str, kind: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zth.host.started.ANSWERING", 0.5)
    folder = tmp_path / "lesson0_x"
    folder.mkdir()
    source = (
        "import os, signal, time\ndef f(x):\n    if x:\n"
        f"        os.kill(os.getppid(), signal.{number})\n        time.sleep(10)\n    return x\n"
    )
    (folder / "file.py").write_text(source, "utf-8")
    part = Part("f", tmp_path, "lesson0_x/file.py", "f")
    with Nursery(tier="process") as nursery:
        first = nursery.session(driver=Path(driver.__file__), parts=[part])
        with pytest.raises(kind):
            first.call(driver.play, 1.0, part="f", limit=0.5)
        assert ends(first.pid)
        with nursery.session(driver=Path(driver.__file__), parts=[part]) as second:
            assert second.call(driver.play, 0.0, part="f") == 0.0


def test_nothing_is_kept_from_one_session_to_the_next(opened: Open) -> None:
    source = (
        "import math\nn = [0]\ndef f(x):\n    n[0] += 1\n    math.seen = n[0]\n    return n[0]\n"
    )
    session = opened(source)
    assert [session.call(driver.play, 1.0, part="f") for _ in range(2)] == [1.0, 2.0]
    fresh = opened(source)
    assert fresh.call(driver.play, 1.0, part="f") == 1.0
    probe = opened("import math\ndef f(): return getattr(math, 'seen', 'nothing')")
    assert probe.call(driver.text, part="f") == "nothing"


@linux
def test_a_peak_is_read_from_the_kernel(opened: Open) -> None:
    session = opened("def f(x):\n    bytearray(b'x' * (64 << 20))\n    return x")
    session.load("f")
    before = session.reset_peak()
    session.call(driver.play, 1.0, part="f")
    after = session.peak_memory()
    assert before is not None
    assert after is not None
    assert after - before > 60 << 20


def test_the_end_of_the_host_is_the_end_of_all(nursery: Nursery, tmp_path: Path) -> None:
    script = (
        "import os, sys, time\n"
        "from zth.host import Nursery\n"
        f"n = Nursery(tier={nursery.tier.name!r})\n"
        "print(n.pid, flush=True)\n"
        "time.sleep(100)\n"
    )
    import subprocess

    host = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert host.stdout is not None
    started = int(host.stdout.readline())
    host.send_signal(signal.SIGKILL)
    host.wait()
    host.stdout.close()
    assert ends(started)


def test_an_unknown_tier_and_a_missing_package_are_said() -> None:
    with pytest.raises(ZthError, match="there is no sandbox 'castle'"):
        Nursery(tier="castle")
    with pytest.raises(ZthError, match="pip install no_such_package"):
        Nursery(["no_such_package"])


def test_a_package_that_is_broken_is_said_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_package").mkdir()
    (tmp_path / "broken_package" / "__init__.py").write_text("raise OSError('no libgone.so')")
    monkeypatch.syspath_prepend(str(tmp_path))
    with Nursery(["broken_package"]) as nursery, pytest.raises(ZthError) as caught:
        nursery.session(driver=Path(driver.__file__), parts=[])
    assert str(caught.value) == (
        "the process that runs workers does not start: OSError: no libgone.so"
    )


def test_a_package_is_found_where_the_host_finds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "a user's own:site"
    site.mkdir()
    (site / "own_package.py").write_text("answer = 42.0")
    monkeypatch.syspath_prepend(str(site))
    folder = tmp_path / "lesson0_x"
    folder.mkdir()
    (folder / "file.py").write_text("import own_package\ndef f(x): return own_package.answer")
    part = Part("f", tmp_path, "lesson0_x/file.py", "f")
    with (
        Nursery(["own_package"]) as nursery,
        nursery.session(driver=Path(driver.__file__), parts=[part]) as session,
    ):
        assert session.call(driver.play, 1.0, part="f") == 42.0
