"""In every tier: what a worker is, what it may use, and what is left when it ends."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from tests.zth.host import echo_driver as driver
from tests.zth.host.processes import Open, alive, ends, linux
from zth.host import Died, Nursery, Raised, TimedOut
from zth.records import Part

process_tier = pytest.mark.parametrize("nursery", ["process"], indirect=True)


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
