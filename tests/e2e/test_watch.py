"""`zth watch` as its users meet it: in a terminal, played in tmux, and on a pipe."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from zth.trees import REFERENCE, shipped

Run = Callable[..., "CompletedProcess[str]"]
LONG = 180.0  # seconds; a machine may be busy
RIGHT, WRONG = "(self, other), (1.0, 1.0)", "(self, other), (1.0, 2.0)"

needs_tmux = pytest.mark.skipif(
    shutil.which("tmux") is None, reason="tmux is not installed; it plays the terminal"
)


@pytest.fixture
def mine(zth: Run, tmp_path: Path) -> Path:
    """A workspace, as it is given."""
    folder = tmp_path / "my way"
    assert zth("init", folder).returncode == 0
    return folder


def reference(name: str) -> str:
    return (shipped(REFERENCE) / "lesson1_autograd" / name).read_text("utf-8")


def save(mine: Path, text: str, name: str = "value.py") -> None:
    """Saves as vim does: writes another file and renames it."""
    file = mine / "lesson1_autograd" / name
    other = file.with_name(".#" + name + "~")
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
    save(mine, reference("value.py"))
    there.run(*WATCH, "lesson1", cwd=mine)
    seen = there.shows("not implemented yet: neuron, in lesson1_autograd/mlp.py", "judged in")
    assert "✓ value 33/33   · neuron 0/4" in seen
    assert seen.splitlines()[-1] == "h hint  c chapter  m milestone  a all again  q quit"
    save(mine, reference("value.py").replace(RIGHT, WRONG))
    seen = there.shows("a + b, and a + b + c  value.add", "b.grad is wrong", "judged in")
    assert "✗ value" in seen
    there.keys("h")
    assert "the gradients." in there.shows("hint 2 of 3")
    there.keys("n")
    there.shows("value.same_node_twice")
    there.keys("c")
    there.shows("chapter: ", "lesson1_autograd.md")
    there.tmux("resize-window", "-x", "100", "-y", "30")
    eventually(lambda: "q quit" in there.screen().splitlines()[-1], there.screen)
    assert len(there.screen().splitlines()) == 30
    save(mine, reference("value.py"))
    there.shows("✓ value 33/33", "not implemented yet: neuron", "judged in")
    assert "value.same_node_twice" not in there.screen()
    assert there.processes()
    there.keys("q")
    there.shows("lesson1: 33 of 50 points\n")
    eventually(lambda: not there.processes(), lambda: str(there.processes()))
    there.keys("stty -a | grep -c ' -icanon\\| -echo '", "Enter")  # what only we turn off
    there.shows("\n0\n")
    assert not subprocess.run(["sh", "-c", f"ls -A {shlex.quote(str(mine))} | grep '#'"]).stdout


@needs_tmux
@pytest.mark.parametrize("ending", ["C-c", "TERM", "C-z"])
def test_the_terminal_is_left_as_it_was(ending: str, pane: Callable[..., Pane], mine: Path) -> None:
    there = pane(LANG="zh_CN.UTF-8")
    there.run(*WATCH, "lesson1", cwd=mine)
    there.shows("q 退出", "…")
    if ending == "TERM":
        os.kill(there.processes()[0], signal.SIGTERM)
    else:
        there.keys(ending)
    there.shows("ready> ")
    if ending == "C-z":
        there.keys("stty -a | grep -c ' -icanon\\| -echo '", "Enter")
        there.shows("\n0\n")
        there.keys("fg", "Enter")
        there.shows("q 退出")
        there.keys("q")
    eventually(lambda: not there.processes(), lambda: str(there.processes()))
    there.keys("stty -a | grep -c ' -icanon\\| -echo '", "Enter")
    there.shows("\n0\n")


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
        one.process.kill()
        one.process.communicate()


@pytest.mark.parametrize("polling", ["", pytest.param("1", marks=pytest.mark.slow)])
def test_on_a_pipe_it_says_lines(polling: str, piped: Callable[..., Piped], mine: Path) -> None:
    save(mine, reference("value.py"))
    there = piped("lesson1", WATCHFILES_FORCE_POLLING=polling)
    assert "33 of 50 points" in there.until("lesson1: ")
    save(mine, reference("mlp.py"), "mlp.py")
    said = there.until("Next: lesson2")
    assert said.splitlines()[1] == "mlp.py saved: judging neuron, layer, mlp"
    assert "47 of 50 points, mlp.py saved: judged neuron, layer, mlp in" in said
    assert not [c for c in said if ord(c) < 32 and c != "\n"]
    (mine / "lesson2_tokenizer" / "mine.py").write_text("", "utf-8")
    assert "not implemented yet: basic" in there.until("lesson2_tokenizer/basic.py")
    there.process.send_signal(signal.SIGINT)
    assert there.process.wait(LONG) == 0


def test_what_cannot_be_watched_is_one_line(zth: Run, mine: Path, tmp_path: Path) -> None:
    def line(*arguments: str, cwd: Path) -> str:
        done = zth("watch", *arguments, cwd=cwd)
        assert (done.returncode, done.stdout) == (2, "")
        (said,) = done.stderr.splitlines()
        return said

    assert "did you mean lesson3?" in line("lesson33", cwd=mine)
    shutil.rmtree(mine / "lesson3_attention")
    assert "lesson3_attention; zth init adds it" in line("lesson3", cwd=mine)
