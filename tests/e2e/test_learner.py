"""The learner's loop as a shell sees it: begin, look where you are, take a hint, start over."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from click.testing import CliRunner

from zth import trees
from zth.cli.main import cli
from zth.plugins import Plugins
from zth.trees import REFERENCE, shipped

Run = Callable[..., "CompletedProcess[str]"]


def one_line(done: CompletedProcess[str]) -> str:
    """What a mistake says: one line, with exit status 2, and nothing else."""
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line


# --- zth init -------------------------------------------------------------------------------------


def test_init_begins_in_a_folder_with_spaces_and_chinese(zth: Run, tmp_path: Path) -> None:
    done = zth("init", "我的 工作区", "--path", "zero-to-hero", cwd=tmp_path)
    assert done.returncode == 0
    assert "next: cd '我的 工作区' && zth grade lesson1\n" in done.stdout
    folder = tmp_path / "我的 工作区"
    assert 'path = "zero-to-hero"' in (folder / "zth.toml").read_text("utf-8")
    graded = zth("grade", "lesson1", "--component", "layer", cwd=folder / "lesson1_autograd")
    assert graded.returncode == 1
    assert graded.stderr == ""


def test_zth_leads_to_init(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trees, "workspace", lambda: None)
    assert "\nnext: zth init my-way " in CliRunner().invoke(cli, []).stdout


def test_init_leads_to_the_chapter(zth: Run, tmp_path: Path) -> None:
    done = zth("init", "my-way", cwd=tmp_path)
    assert "to read first: cd my-way && zth play lesson1\n" in done.stdout


def test_init_adds_to_a_folder_that_is_there(zth: Run, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine", "utf-8")
    assert zth("init", cwd=tmp_path).stdout.endswith("next: zth grade lesson1\n")
    assert (tmp_path / "README.md").read_text("utf-8") == "mine"
    (tmp_path / "lesson1_autograd" / "mlp.py").unlink()
    again = zth("init", "--path", "zero-to-hero", cwd=tmp_path)
    assert "written to .: 1 exercise file" in again.stdout
    assert "zth.toml was there already and stays" in again.stdout
    assert "nothing to add" in zth("init", cwd=tmp_path).stdout


def test_init_with_a_path_that_does_not_exist_is_one_line(zth: Run, tmp_path: Path) -> None:
    line = one_line(zth("init", "--path", "zero-to-her", cwd=tmp_path))
    assert "no path named 'zero-to-her'; did you mean zero-to-hero?" in line
    assert [*tmp_path.iterdir()] == [tmp_path / "elsewhere"]


def test_init_leaves_the_clones_own_stubs_alone(zth: Run, root: Path) -> None:
    assert "workspace already" in one_line(zth("init", root / "exercises"))
    assert not (root / "exercises" / "zth.toml").exists()


def test_the_workspaces_readme_names_commands_that_exist(zth: Run, tmp_path: Path) -> None:
    zth("init", cwd=tmp_path)
    text = (tmp_path / "README.md").read_text("utf-8")
    named = set(re.findall(r"(?:^ *|`)zth ([a-z]+)", text, re.MULTILINE))
    assert "grade" in named
    assert named <= Plugins.load().commands().keys()


# --- where you are --------------------------------------------------------------------------------


@pytest.fixture
def mine(zth: Run, tmp_path: Path) -> Path:
    """A fresh workspace."""
    folder = tmp_path / "my way"
    assert zth("init", folder).returncode == 0
    return folder


def solve(mine: Path, *files: str) -> None:
    """Puts the reference's files into a workspace."""
    for file in files:
        (mine / file).write_bytes((shipped(REFERENCE) / file).read_bytes())


def next_step(done: CompletedProcess[str]) -> str:
    """The last line of a status, which ends well."""
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.splitlines()[-1]


def test_status_leads_from_the_first_grading_to_the_next_lesson(zth: Run, mine: Path) -> None:
    def here() -> CompletedProcess[str]:
        return zth("status", cwd=mine)

    begin = "next: zth grade lesson1  (begin with value, in lesson1_autograd/value.py)"
    assert next_step(here()) == begin
    assert here().stdout == zth(cwd=mine / "lesson1_autograd").stdout
    zth("grade", "lesson1", cwd=mine)
    assert "(after you wrote value, in" in next_step(here())
    solve(mine, "lesson1_autograd/value.py", "lesson1_autograd/mlp.py")
    assert "(lesson1_autograd/value.py changed)" in next_step(here())
    zth("grade", "lesson1", "--component", "value", cwd=mine)
    assert "lesson1_autograd/mlp.py changed since it was graded" in here().stdout
    assert "value ✓  neuron 0/" in here().stdout
    zth("grade", "lesson1", cwd=mine)
    assert "(begin with basic, in" in next_step(here())
    assert "✓ lesson1" in here().stdout
    assert "★ Two moons, told apart by your own engine" in here().stdout


def test_who_begins_elsewhere_goes_on_there(zth: Run, mine: Path) -> None:
    solve(mine, "lesson2_tokenizer/basic.py")
    zth("grade", "lesson2", "--component", "basic", cwd=mine)
    assert "next: zth grade lesson2  (after you wrote regex, in" in next_step(zth(cwd=mine))
    assert "▸ lesson2" in zth(cwd=mine).stdout


def test_status_follows_the_path(zth: Run, tmp_path: Path) -> None:
    zth("init", "--path", "zero-to-hero", cwd=tmp_path)
    done = zth(cwd=tmp_path)
    assert "in the order of the videos" in done.stdout
    order = re.findall(r"^[▸·] (lesson\d+)", done.stdout, re.MULTILINE)
    assert order == [f"lesson{number}" for number in (1, 6, 7, 8, 9, 10, 3, 5, 2, 4)]


def test_another_tree_is_not_your_progress(zth: Run, mine: Path) -> None:
    zth("grade", "lesson1", "--impl", "reference", "--component", "layer", cwd=mine)
    assert "0 points so far" in zth(cwd=mine).stdout
    assert not (mine / ".zth").exists()


def test_a_damaged_record_or_marker_is_one_line(zth: Run, mine: Path) -> None:
    record = mine / ".zth" / "progress" / "lesson1.json"
    record.parent.mkdir(parents=True)
    record.write_text('{"format": "zth-progress/1", "entries": [', "utf-8")
    done = zth(cwd=mine)
    assert "is damaged; this writes it anew: zth grade lesson1" in done.stdout
    record.write_text('{"format": "zth-progress/9"}', "utf-8")
    assert "another version of zth" in zth(cwd=mine).stdout
    graded = zth("grade", "lesson1", "--component", "layer", cwd=mine)
    assert graded.returncode == 1
    assert graded.stderr.startswith("warning: this grading is not recorded: ")
    assert len(graded.stderr.splitlines()) == 1
    (mine / "zth.toml").write_text('path = "zero-to-her"\n', "utf-8")
    assert "did you mean zero-to-hero?" in one_line(zth(cwd=mine))
    (mine / "zth.toml").write_text("path = \n", "utf-8")
    assert "zth.toml is no TOML" in one_line(zth("status", cwd=mine))


# --- hints ----------------------------------------------------------------------------------------


def test_hints_come_one_by_one_and_are_remembered(zth: Run, mine: Path) -> None:
    solve(mine, "lesson1_autograd/value.py")
    value = mine / "lesson1_autograd" / "value.py"
    right = value.read_text("utf-8")
    value.write_text(
        right.replace("(self, other), (1.0, 1.0)", "(self, other), (1.0, 2.0)"), "utf-8"
    )
    zth("grade", "lesson1", "--component", "value", cwd=mine)
    assert next_step(zth(cwd=mine)).startswith("next: zth hint lesson1  (value, in")
    told = [zth("hint", "lesson1", cwd=mine).stdout for _ in range(4)]
    assert "value.add\nfailed: b.grad is wrong\n" in told[0]
    assert "hint 2 of 3; one more: zth hint lesson1 value.add" in told[0]  # the report gave one
    assert [max(n for n in "1234" if f"\n{n}  " in text) for text in told] == list("2333")
    assert "where to read: zth explain value.add" in told[1]
    value.write_text(right, "utf-8")
    changed = zth("hint", "lesson1", cwd=mine).stdout
    assert "value.py changed since; is it right now? zth grade lesson1" in changed
    zth("grade", "lesson1", "--component", "value", cwd=mine)
    assert "All checks of value pass" in zth("hint", "lesson1", "value", cwd=mine).stdout


def test_a_hint_before_any_grading_is_for_the_first_check(zth: Run, mine: Path) -> None:
    assert "value.starts" in zth("hint", "lesson1", cwd=mine).stdout
    assert "sdpa.gradients" in zth("hint", "lesson3", "gradients", cwd=mine).stdout
    (mine / ".zth" / "hints" / "lesson1.json").write_text("{", "utf-8")
    assert "hint 1 of 3" in zth("hint", "lesson1", cwd=mine).stdout


def test_a_hint_for_a_crash_says_where_it_was(zth: Run, mine: Path) -> None:
    (mine / "lesson1_autograd" / "value.py").write_text("x = 1\ny = (\n", "utf-8")
    zth("grade", "lesson1", "--component", "value", cwd=mine)
    assert "lesson1_autograd/value.py:2  y = (\n" in zth("hint", "lesson1", cwd=mine).stdout


def test_a_hint_for_what_does_not_exist_is_one_line(zth: Run, mine: Path) -> None:
    assert "did you mean sdpa?" in one_line(zth("hint", "lesson3", "sdp", cwd=mine))
    assert "did you mean lesson3?" in one_line(zth("hint", "lesson33", cwd=mine))
    (mine / ".zth").write_text("in the way", "utf-8")
    assert "cannot be read" in one_line(zth("hint", "lesson3", cwd=mine))


# --- what changed, and back -----------------------------------------------------------------------


def everything(folder: Path) -> dict[str, str]:
    return {str(f.relative_to(folder)): f.read_text("utf-8") for f in folder.glob("lesson*/*.py")}


def run_as_told(done: CompletedProcess[str], cwd: Path) -> None:
    """Runs the command that a reset ends with."""
    assert done.returncode == 0, done.stderr
    command = done.stdout.splitlines()[-1].removeprefix("to get yours back: ")
    subprocess.run(command, shell=True, cwd=cwd, check=True)


def test_diff_and_reset_of_a_lesson_and_back_again(zth: Run, mine: Path) -> None:
    stubs = everything(mine)
    assert "Everything is as the course gave it" in zth("diff", cwd=mine).stdout
    solve(
        mine, "lesson1_autograd/value.py", "lesson1_autograd/mlp.py", "lesson2_tokenizer/basic.py"
    )
    solved = everything(mine)
    assert {"stub/lesson1_autograd/mlp.py", "stub/lesson2_tokenizer/basic.py"} <= set(
        re.findall(r"^--- (.*)$", zth("diff", cwd=mine).stdout, re.MULTILINE)
    )
    assert "-        raise NotImplementedError\n" in zth("diff", "lesson1", cwd=mine).stdout
    done = zth("reset", "lesson1", cwd=mine / "lesson2_tokenizer")
    changed = {name for name in stubs if stubs[name] != solved[name]}
    left = everything(mine)
    assert {name for name in changed if left[name] != stubs[name]} == {"lesson2_tokenizer/basic.py"}
    run_as_told(done, mine / "lesson2_tokenizer")
    assert everything(mine) == solved


def test_reset_of_one_component_leaves_its_neighbours(zth: Run, mine: Path) -> None:
    solve(mine, "lesson3_attention/attention.py")
    file = mine / "lesson3_attention" / "attention.py"
    solved = file.read_text("utf-8")
    done = zth("reset", "lesson3", "--component", "head", cwd=mine)
    assert "reset: head in lesson3_attention/attention.py" in done.stdout
    changed = zth("diff", "lesson3", cwd=mine).stdout
    assert "class MultiHeadAttention" not in re.sub(r"^ .*$|^@.*$", "", changed, flags=re.MULTILINE)
    here = zth("diff", "lesson3", "--component", "head", cwd=mine).stdout
    assert here == "head is as the course gave it.\n"
    assert "nothing to reset" in zth("reset", "lesson3", "--component", "head", cwd=mine).stdout
    run_as_told(done, mine)
    assert file.read_text("utf-8") == solved


def test_reset_says_what_else_it_resets_and_brings_lost_files_back(zth: Run, mine: Path) -> None:
    solve(mine, "lesson2_tokenizer/regex_tokenizer.py")
    shared = zth("reset", "lesson2", "--component", "special", cwd=mine).stdout
    assert "regex shares that definition, and is reset with it" in shared
    shutil.rmtree(mine / "lesson3_attention")
    assert "to get yours back" not in zth("reset", "lesson3", cwd=mine).stdout
    assert "as the course gave it" in zth("diff", "lesson3", cwd=mine).stdout


def test_reset_and_diff_with_a_mistake_are_one_line(zth: Run, mine: Path) -> None:
    assert "did you mean head?" in one_line(
        zth("reset", "lesson3", "--component", "heads", cwd=mine)
    )
    assert "of which lesson?" in one_line(zth("diff", "--component", "head", cwd=mine))
    file = mine / "lesson3_attention" / "attention.py"
    file.write_text("def f(:\n", "utf-8")
    line = one_line(zth("reset", "lesson3", "--component", "head", cwd=mine))
    assert "attention.py, line 1: invalid syntax; until that is mended" in line
    assert file.read_text("utf-8") == "def f(:\n"
    assert zth("reset", "lesson3", cwd=mine).returncode == 0
    (mine / ".zth").rename(mine / "aside")
    (mine / ".zth").touch()
    file.write_text("mine", "utf-8")
    assert "cannot write to" in one_line(zth("reset", "lesson3", cwd=mine))
    assert file.read_text("utf-8") == "mine"


# --- the reference --------------------------------------------------------------------------------


def test_the_reference_is_shown_after_full_marks_or_on_request(zth: Run, mine: Path) -> None:
    refused = one_line(zth("solution", "lesson1", cwd=mine))
    assert "lesson1 was not graded yet" in refused
    assert refused.endswith("or now: zth solution lesson1 --spoil")
    zth("grade", "lesson1", "--component", "value", cwd=mine)
    refused = one_line(zth("solution", "lesson1", "--component", "value", cwd=mine))
    assert "value does not pass all checks yet (value.starts is the first of " in refused
    spoilt = zth("solution", "lesson1", "--component", "value", "--spoil", cwd=mine)
    assert spoilt.returncode == 0
    assert "the reference" in spoilt.stdout.splitlines()[0]
    assert re.search(r"^ +raise NotImplementedError +\| +self", spoilt.stdout, re.MULTILINE)
    assert "A number that remembers where it came from" not in spoilt.stdout
    solve(mine, "lesson1_autograd/value.py")
    zth("grade", "lesson1", "--component", "value", cwd=mine)
    assert zth("solution", "lesson1", "--component", "value", cwd=mine).returncode == 0
    assert "lesson1 does not pass all checks yet" in one_line(zth("solution", "lesson1", cwd=mine))
    assert "did you mean value?" in one_line(
        zth("solution", "lesson1", "--component", "valu", cwd=mine)
    )


# --- what a check means ---------------------------------------------------------------------------


def test_explain_tells_why_with_cases_and_where_to_read(zth: Run, mine: Path) -> None:
    done = zth("explain", "same_node_twice", cwd=mine)
    assert done.returncode == 0
    assert done.stderr == ""
    assert "the chain rule adds up over all ways" in " ".join(done.stdout.split())
    assert done.stdout.count("\n  from lesson1_autograd.value import Value") == 3
    assert done.stdout.endswith("the chapter: zth play lesson1#chain-rule\n")
    assert "did you mean same_node_twice?" in one_line(zth("explain", "same_node", cwd=mine))
    assert "did you mean lesson1?" in one_line(zth("explain", "add", "--lesson", "lesson11"))
