"""Answers that are none, and connections that are abused: each ends in one line."""

from __future__ import annotations

import threading
import time

import pytest

from tests.zth.host import echo_driver as driver
from tests.zth.host.processes import Open, alive, linux
from zth.host import Died, Malformed, Raised, TimedOut

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
