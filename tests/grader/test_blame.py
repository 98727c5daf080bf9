"""`zth blame` from a run to a name, on a recipe of almost no size and a text made here."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from grader import blame as command
from grader.recipes import RECIPES
from zth import trees
from zth.blame import Trial
from zth.cli.parts import assembled, configuration
from zth.cli.train import train
from zth.plugins import Plugins
from zth.records import ZthError
from zth.runs import Config, Run
from zth.trial import Notebook, Trials

TOY = replace(
    RECIPES[0],
    name="toy",
    dataset="made",
    config={**RECIPES[0].config, "block_size": 16, "n_layer": 1, "n_head": 2, "n_embd": 16},
    short={"block_size": 8},
    steps=4,
    batch=8,
    learning_rate=1e-2,
    warmup=4,
    evaluate_every=4,
)
QUICK = ("--seeds", "4", "--steps", "20", "--sandbox", "process")
Zth = Callable[..., Result]


def text() -> str:
    """Words in which a letter depends on those before it: attention pays."""
    draw = random.Random(0)
    words = ["abcde", "acebd", "adbec", "aebdc"]
    return "".join(draw.choice(words) + " " for _ in range(3000))


@pytest.fixture
def zth(only_corpus: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Zth:
    """`zth train` and `zth blame` in this process, in a workspace that the reference fills."""
    only_corpus(text())
    monkeypatch.setattr(Plugins, "recipes", lambda self: {"toy": TOY})
    workspace = tmp_path / "my workspace"
    for folder in trees.shipped(trees.REFERENCE).glob("lesson[345]_*/*.py"):
        target = workspace / folder.parent.name / folder.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(folder.read_bytes())
    (workspace / trees.MARKER).write_text("")
    monkeypatch.chdir(workspace)

    def run(*args: str) -> Result:
        known = {"train": train, "blame": command.blame}
        return CliRunner().invoke(known[args[0]], args[1:], standalone_mode=False)

    return run


def edit(file: str, old: str, new: str) -> None:
    path = Path(file)
    source = path.read_text()
    assert source.count(old) == 1, old
    path.write_text(source.replace(old, new))


def trained(zth: Zth, *wishes: str) -> Result:
    asked = [word for wish in wishes or ("all=student",) for word in ("--with", wish)]
    return zth("train", "toy", *asked, "--sandbox", "process", "--device", "cpu")


def begun(number: int, *wishes: str, learning_rate: float = 0.0) -> Config:
    """A run that was stopped before its first step."""
    parts = assembled(TOY, wishes, Plugins.load())
    config = configuration(TOY, parts, "".join(sorted(set(text()))), learning_rate=learning_rate)
    Run(Path(f"runs/toy-{number}")).create(config)
    return config


ATTENTION = "lesson3_attention/attention.py"
ANSWER = "return self.resid_dropout(self.c_proj(y))"
HARM = (ANSWER, "return 100 * torch.sin(1e4 * self.c_proj(y))")  # as good as noise


def test_the_guilty_part_is_named_with_its_smallest_case(zth: Zth, tmp_path: Path) -> None:
    edit(ATTENTION, *HARM)
    assert trained(zth, "attention=student").return_value == 0
    got = zth("blame", "runs/toy-1", *QUICK)
    assert (got.exception, got.return_value) == (None, 1), got.output
    assert "to blame: attention" in got.output
    assert "attention fails a check of lesson3" in got.output
    rows = [json.loads(row) for row in Path("runs/toy-1/blame.jsonl").read_text().splitlines()]
    assert sorted(row[1] for row in rows) == [1, 1, 2, 2, 3, 3, 4, 4]  # two models, four seeds
    assert "</svg>" in Path("runs/toy-1/blame.svg").read_text()

    script = Path("runs/toy-1/blame_attention.py")
    assert f"python {script}" in got.output.replace("\n", "")
    debugged = subprocess.run(
        [sys.executable, str(script.resolve())],
        input="s\ns\nwhere\nq\n",  # twice: Python 3.13 stops where it is told to, not after it
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        timeout=60,
    )
    assert "(Pdb)" in debugged.stdout
    assert ATTENTION in debugged.stdout


@pytest.mark.slow
def test_two_guilty_parts_of_all_are_found_together(zth: Zth) -> None:
    edit(ATTENTION, *HARM)
    noise = "return 100 * torch.sin(1e4 * self.c_proj(x))"
    edit("lesson5_gpt/gpt.py", "return self.dropout(self.c_proj(x))", noise)
    assert trained(zth).return_value == 0
    got = zth("blame", "runs/toy-1", *QUICK)
    assert got.return_value == 1
    named = next(line for line in got.output.splitlines() if line.startswith("to blame: "))
    assert set(named.removeprefix("to blame: ").split(", ")) == {"attention", "mlp"}


@pytest.mark.slow
def test_right_parts_are_left_alone(zth: Zth) -> None:
    edit(ATTENTION, "math.sqrt(q.shape[-1])  # (B, nh", "q.shape[-1] ** 0.5  # (B, nh")
    trained(zth)
    got = zth("blame", "runs/toy-1", *QUICK)
    assert (got.exception, got.return_value) == (None, 0)
    assert "nobody is to blame: with your parts the model is no worse" in got.output


FAILURES = {
    "nan": (ANSWER, "return self.c_proj(y) * float('nan')"),
    "crash": ("B, T, C = x.shape", "B, T, C = x.shape; x @ x[0, 0, :3]"),
    "exit": ("B, T, C = x.shape", "import os; B, T, C = x.shape; os._exit(3)"),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", FAILURES)
def test_a_run_that_fails_before_its_first_step_leaves_what_blame_needs(
    kind: str, zth: Zth
) -> None:
    edit(ATTENTION, *FAILURES[kind])
    got = trained(zth)
    assert got.return_value == 1
    assert "which part is it? zth blame runs/toy-1" in got.output
    got = zth("blame", "runs/toy-1", *QUICK)
    assert got.return_value == 1
    assert "runs/toy-1 failed after step 0: " in got.output
    assert "to blame: attention\n" in got.output


@pytest.mark.slow
def test_a_part_that_hangs_is_named_and_a_slow_one_is_not(
    zth: Zth, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zth.trial.PATIENCE", 20.0)
    edit(ATTENTION, "B, T, C = x.shape", "import time; B, T, C = x.shape; time.sleep(0.05)")
    trained(zth)
    got = zth("blame", "runs/toy-1", *QUICK)
    assert "nobody is to blame" in got.output
    edit(ATTENTION, "time.sleep(0.05)", "time.sleep(1000)")
    got = zth("blame", "runs/toy-1", *QUICK)
    assert "note: since the run, the files of attention changed" in got.output
    assert "to blame: attention" in got.output
    assert "a few steps took over 20 s, or hang" in got.output.replace("\n", " ")


@pytest.mark.slow
def test_ctrl_c_keeps_what_is_done_and_the_same_command_goes_on(zth: Zth) -> None:
    edit(ATTENTION, *HARM)
    trained(zth, "attention=student")
    notes = Path("runs/toy-1/blame.jsonl")

    def stop_soon() -> None:
        while not notes.exists():
            time.sleep(0.02)
        signal.raise_signal(signal.SIGINT)

    threading.Thread(target=stop_soon, daemon=True).start()
    got = zth("blame", "runs/toy-1", *QUICK)
    assert isinstance(got.exception, KeyboardInterrupt | click.Abort)
    assert "stopped; what is done is kept: zth blame runs/toy-1 goes on" in got.output
    before = notes.read_text()
    assert 1 <= len(before.splitlines()) < 8
    assert all(not json.loads(row)[2]["failure"] for row in before.splitlines())

    assert zth("blame", "runs/toy-1", *QUICK).return_value == 1
    assert notes.read_text().startswith(before)
    assert len(notes.read_text().splitlines()) == 8


def test_what_cannot_be_blamed_is_one_line(zth: Zth, monkeypatch: pytest.MonkeyPatch) -> None:
    def said(run: str) -> str:
        got = zth("blame", run, *QUICK)
        assert isinstance(got.exception, ZthError), got.output
        assert "\n" not in str(got.exception)
        return str(got.exception)

    assert "there is no run nowhere; in " in said("nowhere")
    assert "there is no run lesson3_attention; in " in said("lesson3_attention")
    begun(1, "attention=reference")
    assert "every part of this run is the reference's" in said("runs/toy-1")
    begun(2, "attention=student")
    Path(ATTENTION).rename("elsewhere.py")
    assert "attention is not where it was: there is no file" in said("runs/toy-2")
    monkeypatch.setattr(Plugins, "recipes", lambda self: {"boy": TOY})
    assert "there is no recipe named toy; did you mean boy?" in said("runs/toy-2").replace("'", "")
    Path("runs/toy-2/config.json").write_text("{}")
    assert "is not the configuration of a run" in said("runs/toy-2")


def test_stubs_are_named_and_someone_elses_take_their_place(zth: Zth) -> None:
    stubs = trees.shipped(trees.STUBS)
    for file in ("lesson5_gpt/gpt.py", "lesson5_gpt/train.py"):
        Path(file).write_bytes((stubs / file).read_bytes())
    got = trained(zth)
    assert (got.exception, got.return_value) == (None, 0)
    assert "gpt is the reference's: GPT.__init__ in lesson5_gpt/gpt.py is not written" in got.output
    assert "training is zth's own: train in lesson5_gpt/train.py is not written" in got.output
    trees_of = Run(Path("runs/toy-1")).config().trees
    assert trees_of["attention"] == trees_of["clipping"] == "student"
    assert trees_of["gpt"] == trees_of["norm"] == "reference"
    assert "training" not in trees_of

    asked = assembled(TOY, ("all=student", "norm=student"), Plugins.load())
    assert asked.slots["norm"].root == Path.cwd()
    for folder in ("lesson3_attention", "lesson4_optimizer"):
        for mine in Path(folder).glob("*.py"):
            mine.write_bytes((stubs / mine).read_bytes())
    got = trained(zth)
    assert isinstance(got.exception, ZthError)
    assert "student has written none of these yet: gpt, attention" in str(got.exception)


@pytest.mark.usefixtures("zth")
def test_the_rate_that_was_asked_for_goes_with_its_optimizer() -> None:
    run = begun(1, "optimizer=student", learning_rate=0.5)
    config, reference, corpus = command.prepared(run, Plugins.load())
    trials = Trials(config, reference, corpus, [1])
    assert trials.model(frozenset({"optimizer"}), 1).learning_rate == 0.5
    assert trials.model(frozenset(), 1).learning_rate == 0.0
    assert trials.model(frozenset(), 1).slots["optimizer"] == reference["optimizer"]


def test_a_notebook_remembers_whole_lines_only(tmp_path: Path) -> None:
    notes = Notebook(tmp_path / "blame.jsonl")
    assert notes.read() == {}
    trial = Trial(((10, 2.5),), "NaN", ("a.py:3",))
    notes.add(("k", 1), trial)
    notes.add(("k", 2), Trial())
    with (tmp_path / "blame.jsonl").open("a") as file:
        file.write('["k",3,{"curve":[[10')
    assert notes.read() == {("k", 1): trial, ("k", 2): Trial()}
