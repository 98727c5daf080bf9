"""`zth watch` as its users meet it: in a terminal, played in tmux, and on a pipe."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Run = Callable[..., "CompletedProcess[str]"]
LONG = 60.0  # seconds; a machine may be busy

needs_tmux = pytest.mark.skipif(
    shutil.which("tmux") is None, reason="tmux is not installed; it plays the terminal"
)


TOYS = {
    "toys-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: toys\nVersion: 1\n",
    "toys-1.dist-info/entry_points.txt": "[zth]\ntoys = toys.plugin\n",
    "toys/__init__.py": "",
    "toys/driver.py": "def play(function, x: int) -> int:\n    return function(x)\n",
    "toys/plugin.py": """
from zth.hookspecs import hookimpl
from zth.records import Component, Lesson

def lesson(number, *names):
    file = f"toy{number}_numbers/numbers.py"
    components = tuple(Component(name, name.title(), file, name) for name in names)
    return Lesson(f"toy{number}", f"Numbers {number}", file[:12], components, "toys.driver",
                  f"toys.checks{number}", chapter="docs/numbers.md")

LESSONS = lesson(1, "double", "triple"), lesson(2, "half")

@hookimpl
def zth_lessons():
    return LESSONS
""",
    "toys/checks1.py": """
from hypothesis import strategies as st
from grader.kit import close, milestone, property_check
from toys import driver
from toys.plugin import LESSONS

DOUBLE, TRIPLE = LESSONS[0].components
NUMBERS = st.integers(0, 999)

@property_check(DOUBLE, points=2, case=NUMBERS, hint="Think of two.", steps=["Add it to itself."])
def doubles(remote, x):
    '''Twice the number.'''
    close(remote(driver.play, x), 2 * x, what="double(x)")

@property_check(TRIPLE, points=1, case=NUMBERS, hint="Think of three.")
def triples(remote, x):
    '''Thrice the number.'''
    close(remote(driver.play, x), 3 * x, what="triple(x)")

@milestone(DOUBLE)
def reaches(remote, seed):
    '''A large number.'''
    return str(remote(driver.play, 500))
""",
    "toys/checks2.py": """
from hypothesis import strategies as st
from grader.kit import close, property_check
from toys import driver
from toys.plugin import LESSONS

@property_check(LESSONS[1].components[0], points=1, case=st.integers(0, 9))
def halves(remote, x):
    '''Half the number.'''
    close(remote(driver.play, 2 * x), x, what="half(x)")
""",
}
RIGHT = "def double(x): return x + x\ndef triple(x): return 3 * x\n"
WRONG = "def double(x): return 2 * x if x < 5 else 7\ndef triple(x): return 3 * x if x < 6 else 8\n"
STUBS = "def double(x): raise NotImplementedError\ndef triple(x): raise NotImplementedError\n"


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace of two toy lessons, which a plugin offers; nothing in it is written yet."""
    site, folder = tmp_path / "site", tmp_path / "my way"
    half = "def half(x): raise NotImplementedError\n"
    workspace = {"zth.toml": "", "toy1_numbers/numbers.py": STUBS, "toy2_numbers/numbers.py": half}
    for place, files in ((site, TOYS), (folder, workspace)):
        for name, text in files.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_text(text, "utf-8")
    monkeypatch.setenv("PYTHONPATH", str(site))
    return folder


def save(mine: Path, text: str, lesson: str = "toy1_numbers") -> None:
    """Saves as vim does: writes another file and renames it."""
    file = mine / lesson / "numbers.py"
    other = file.with_name(".numbers.py~")
    other.write_text(text, "utf-8")
    other.rename(file)


def eventually(true: Callable[[], bool], what: Callable[[], str]) -> None:
    deadline = time.monotonic() + LONG
    while not true():
        assert time.monotonic() < deadline, what()
        time.sleep(0.05)


class Pane:
    """A terminal of its own, in which a shell runs."""

    def __init__(self, folder: Path, width: int, height: int, **environment: str) -> None:
        self.socket = str(folder / "tmux")
        settings = {"TERM": "screen", "LANG": "C.UTF-8", "PS1": "ready> ", **environment}
        given = [f"{k}={v}" for k, v in os.environ.items() if not k.startswith(("TMUX", "LC_"))]
        shell = ["env", "-i", *given, *(f"{k}={v}" for k, v in settings.items()), "sh"]
        size = ["-x", str(width), "-y", str(height)]
        self.tmux("-f", "/dev/null", "new-session", "-d", *size, shlex.join(shell))

    def tmux(self, *arguments: str) -> str:
        command = ["tmux", "-S", self.socket, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.stdout

    def keys(self, *names: str) -> None:
        self.tmux("send-keys", *names)

    def screen(self) -> str:
        return self.tmux("capture-pane", "-p")

    def shows(self, *texts: str) -> str:
        """Waits until all of these are on the screen; gives the screen."""
        eventually(lambda: all(text in self.screen() for text in texts), self.screen)
        return self.screen()

    def run(self, *command: str | Path, cwd: Path) -> None:
        self.keys(f"cd {shlex.quote(str(cwd))}; {shlex.join(map(str, command))}", "Enter")

    def processes(self) -> list[int]:
        """The shell's descendants."""
        found, waiting = [], [int(self.tmux("display", "-p", "#{pane_pid}"))]
        while waiting:
            for child in children(waiting.pop()):
                found.append(child)
                waiting.append(child)
        return found


def children(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(x) for task in tasks for x in (task / "children").read_text().split()]
    except OSError:
        return []


@pytest.fixture
def pane(tmp_path: Path) -> Iterator[Callable[..., Pane]]:
    """Opens terminals."""
    panes: list[Pane] = []

    def open_pane(width: int = 80, height: int = 24, **environment: str) -> Pane:
        folder = tmp_path / f"pane{len(panes)}"
        folder.mkdir()
        panes.append(Pane(folder, width, height, **environment))
        return panes[-1]

    yield open_pane
    for one in panes:
        one.tmux("kill-server")


WATCH = (sys.executable, "-m", "zth", "watch")


@needs_tmux
def test_a_session_in_a_terminal(pane: Callable[..., Pane], mine: Path) -> None:
    there = pane(60, 20)
    there.run(*WATCH, "toy1", cwd=mine)
    seen = there.shows("not implemented yet: double, in toy1_numbers/numbers.py", "judged in")
    assert "· double 0/2   · triple 0/1" in seen
    assert seen.splitlines()[-1] == "h hint  c chapter  m milestone  a all again  q quit"
    save(mine, WRONG)
    seen = there.shows("✗ Twice the number  double.doubles", "double(x) is wrong", "judged in")
    assert "✗ double 0/2   ✗ triple 0/1" in seen
    assert "n next of 2 failures" in seen
    there.keys("h")
    there.shows("hint 2 of 2  Add it to itself.", "that was the last hint")
    there.keys("n")
    there.shows("✗ Thrice the number  triple.triples")
    there.keys("c")
    there.shows("the chapter: zth play toy1")
    there.keys("m")
    there.shows("milestone not reached: A large number: it needs")
    there.tmux("resize-window", "-x", "100", "-y", "30")
    eventually(lambda: len(there.screen().rstrip().splitlines()) == 30, there.screen)
    save(mine, "def double(x")
    there.shows("SyntaxError")
    save(mine, RIGHT)
    seen = there.shows("✓ All checks of toy1 pass.", "☆ A large number", "Next: toy2")
    assert "3 of 3 points" in seen
    there.keys("m")
    there.shows("★ A large number  1000", "★ milestone reached")
    there.keys("Enter")
    there.shows("toy2  Numbers 2", "not implemented yet: half")
    assert there.processes()
    there.keys("q")
    there.shows("toy2: 0 of 1 points\n")
    eventually(lambda: not there.processes(), lambda: str(there.processes()))
    assert is_sane(there)


def is_sane(there: Pane) -> bool:
    """Whether the terminal waits for whole lines, and echoes them."""
    asked = f"raw{time.monotonic_ns()}"
    there.keys(f"echo {asked}=$(stty -a | grep -c ' -icanon\\| -echo ')", "Enter")
    eventually(lambda: f"\n{asked}=" in there.screen(), there.screen)
    return f"\n{asked}=0" in there.screen()


@needs_tmux
@pytest.mark.parametrize("ending", ["C-c", "TERM", "C-z"])
def test_the_terminal_is_left_as_it_was(ending: str, pane: Callable[..., Pane], mine: Path) -> None:
    there = pane(LANG="zh_CN.UTF-8")
    there.run(*WATCH, "toy1", cwd=mine)
    there.shows("q 退出", "评完")
    if ending == "TERM":
        os.kill(there.processes()[0], signal.SIGTERM)
    else:
        there.keys(ending)
    if ending == "C-z":
        there.shows("Stopped")
        assert is_sane(there)
        there.keys("fg", "Enter")
        there.shows("q 退出", "评完")
        there.keys("q")
    eventually(lambda: not there.processes(), lambda: str(there.processes()))
    assert is_sane(there)


# --- on a pipe ------------------------------------------------------------------------------------


class Piped:
    """`zth watch` with its output in a pipe."""

    def __init__(self, mine: Path, *arguments: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [*WATCH, *arguments],
            cwd=mine,
            env=os.environ | {"PYTHONUNBUFFERED": "1", **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        self.timer = threading.Timer(LONG, self.process.kill)
        self.timer.start()

    def until(self, text: str) -> str:
        """The lines up to the one that holds this text."""
        assert self.process.stdout is not None
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if text in line:
                return "".join(lines)
        raise AssertionError(f"{text!r} was never said in: {''.join(lines)}")


@pytest.fixture
def piped(mine: Path) -> Iterator[Callable[..., Piped]]:
    started: list[Piped] = []

    def start(*arguments: str, **environment: str) -> Piped:
        started.append(Piped(mine, *arguments, **environment))
        return started[-1]

    yield start
    for one in started:
        one.timer.cancel()
        one.process.kill()
        one.process.communicate()


@pytest.mark.parametrize("polling", ["", pytest.param("1", marks=pytest.mark.slow)])
def test_on_a_pipe_it_says_lines(polling: str, piped: Callable[..., Piped], mine: Path) -> None:
    there = piped("toy1", WATCHFILES_FORCE_POLLING=polling)
    assert "not implemented yet: double" in there.until("numbers.py")
    save(mine, WRONG)
    assert there.until("toy1: ").startswith("numbers.py saved: judging double, triple\n")
    save(mine, RIGHT)
    said = there.until("Next: toy2, Numbers 2: save a file of it.")
    assert "✓ Twice the number  double.doubles\n" in said
    assert "toy1: 3 of 3 points, judged in" in said
    assert not [c for c in said if ord(c) < 32 and c != "\n"]
    save(mine, "def half(x): return x / 2\n", "toy2_numbers")
    assert "toy2: 0 of 1 points" in there.until("toy2: ")
    there.process.send_signal(signal.SIGINT)
    assert there.process.wait(LONG) == 0


def test_what_cannot_be_watched_is_one_line(zth: Run, mine: Path) -> None:
    def line(*arguments: str) -> str:
        done = zth("watch", *arguments, cwd=mine)
        assert (done.returncode, done.stdout) == (2, "")
        (said,) = done.stderr.splitlines()
        return said

    assert "did you mean lesson3?" in line("lesson33")
    assert "lesson3_attention; zth init adds it" in line("lesson3")
