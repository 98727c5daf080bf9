"""Real trees on the boards: the reference, and what would gain something that it did not earn."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from grader.classroom.boards import driver, lanes
from grader.classroom.boards.board import Board, Task, boards
from grader.classroom.boards.driver import Sizes
from grader.classroom.boards.lanes import Lane, Worker
from grader.classroom.boards.losses import ON_CPU, ON_GPU, Floor
from grader.classroom.boards.measured import Measured
from grader.classroom.boards.measuring import barred, measure
from grader.classroom.boards.memory import AttentionMemory
from grader.classroom.boards.speeds import AttentionSpeed, BpeSpeed, TrainingSpeed
from grader.scoring import TREE, Budget
from grader.sources import Markov
from zth import trees
from zth.host import Nursery
from zth.records import Breach, LessonReport, Result, Tree, Verdict, ZthError

LOSS = "        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten())\n"
TINY = {"n_layer": 1, "n_head": 2, "n_embd": 32, "dropout": 0.0, "bias": False}
SMALL = Budget(steps=20, batch=16, T=15, seconds=20)
TASKS: dict[str, Task] = {
    "entropy": Floor(SMALL),
    "shakespeare-cpu": replace(ON_CPU, size=TINY, budget=SMALL, text=lambda: PUBLIC),
    "shakespeare-gpu": replace(ON_GPU, size=TINY, budget=SMALL, text=lambda: PUBLIC),
    "bpe-speed": BpeSpeed(size=3_000, merges=40, blocks=1, limit=10),
    "attention-speed": AttentionSpeed(Sizes(B=2, T=16, C=12, n_head=3), blocks=1, limit=10),
    "attention-memory": AttentionMemory(T=2048, d=8, block=64, limit=20),
    "tokens-per-second": TrainingSpeed(Budget(steps=4, batch=8, T=16, seconds=20), blocks=1),
}
PUBLIC = "".join(map(chr, 97 + Markov(8, seed=1).windows(1, 6000, np.random.default_rng(9))[0]))
SEED = 2**62 + 12345


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery(["torch", "torch._dynamo", "regex"]) as nursery:
        yield nursery


def board(name: str) -> Board:
    """A board with a small budget."""
    return replace(boards()[name], task=TASKS[name])


def passing(on: Board) -> LessonReport:
    """The report of a tree that passes what the board needs."""
    check = Result("x.right", "Right", on.component.id, Verdict.PASSED, points=2, earned=2)
    return LessonReport(on.lesson.id, on.lesson.title, "", (check,))


def reference() -> Tree:
    return Tree("reference", trees.shipped(trees.REFERENCE))


def edited(root: Path, on: Board, old: str, new: str) -> Tree:
    """The reference's lesson with one edit, in the file that has the component of the board."""
    shutil.copytree(reference().root / on.lesson.folder, root / on.lesson.folder)
    for file in sorted((root / on.lesson.folder).glob("*.py")):
        text = file.read_text("utf-8")
        if text.count(old) == 1:
            file.write_text(text.replace(old, new), "utf-8")
            return Tree("edited", root)
    raise AssertionError(old)


def measured(name: str, tree: Tree, nursery: Nursery, known: float | None = None) -> Measured:
    on = board(name)
    return measure(on, tree, nursery, SEED, report=passing(on), reference=known)


# --- the reference ------------------------------------------------------------------------------


def test_the_reference_has_a_loss_and_a_curve_on_a_public_text(nursery: Nursery) -> None:
    found = measured("shakespeare-cpu", reference(), nursery, known=1.0)
    assert not found.problem
    assert 0 < found.value < np.log(8)
    assert [step for step, _ in found.curve] == [0, 10, 20]
    assert found.curve[0][1] > found.curve[-1][1] == found.value
    assert found.tokens == SMALL.tokens
    assert found.seconds > 0
    assert "torch" in found.machine


@pytest.mark.parametrize("name", ["bpe-speed", "attention-speed", "tokens-per-second"])
def test_the_reference_has_a_time_beside_its_own(name: str, nursery: Nursery) -> None:
    found = measured(name, reference(), nursery)
    assert not found.problem
    assert found.reference == 1.0
    assert found.value > 0
    assert found.tokens > 0
    assert found.seconds > 0
    assert found.curve == ()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak")
def test_the_reference_takes_as_much_memory_as_itself(nursery: Nursery) -> None:
    found = measured("attention-memory", reference(), nursery)
    assert not found.problem
    assert 0 < found.value < 16
    assert found.value == pytest.approx(found.reference, abs=4)


def test_a_known_reference_is_not_measured_again(nursery: Nursery) -> None:
    found = measured("attention-memory", reference(), nursery, known=123.0)
    assert found.reference == 123.0


# --- who has no number --------------------------------------------------------------------------


def test_a_tree_that_does_not_pass_has_no_number_and_a_reason(
    nursery: Nursery, tmp_path: Path
) -> None:
    on = board("attention-speed")
    mask = "causal_mask(T, T, x.device)"
    found = measure(on, edited(tmp_path, on, mask, f"{mask}.T"), nursery, SEED)
    assert np.isnan(found.value)
    assert found.problem == (
        "attention.attention_matches_the_formula: failed; what is measured must pass its checks"
    )


def test_what_is_forbidden_has_no_number_where_the_checks_did_not_see_it(
    nursery: Nursery, tmp_path: Path
) -> None:
    on = board("attention-speed")
    fused = """        if T > 10:
            y = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            return self.c_proj(y.transpose(1, 2).reshape(B, T, C))
"""
    scores = "        scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])  # (B, nh, T, T)\n"
    found = measured("attention-speed", edited(tmp_path, on, scores, fused + scores), nursery)
    assert "scaled_dot_product_attention, which its lesson forbids" in found.problem


def test_a_breach_that_the_report_names_is_the_reason(nursery: Nursery) -> None:
    on = board("attention-speed")
    breach = Breach("attention", "torch.nn.MultiheadAttention", "attention.py:3")
    other = Breach("head", "torch.nn.MultiheadAttention", "attention.py:9")
    assert not barred(on, replace(passing(on), breaches=(other,)))
    assert "MultiheadAttention" in barred(on, replace(passing(on), breaches=(other, breach)))


def test_milestones_and_advice_bar_nobody() -> None:
    on = board("bpe-speed")
    report = passing(on)
    failed = replace(report.results[0], verdict=Verdict.FAILED, earned=0)
    advice = replace(failed, points=0, advisory=True)
    others = (replace(failed, component="basic"), replace(failed, milestone=True), advice)
    assert not barred(on, replace(report, results=(*report.results, *others)))
    assert barred(on, replace(report, results=(*report.results, failed)))


def test_what_was_not_graded_has_no_number() -> None:
    on = board("bpe-speed")
    assert barred(on, passing(board("entropy"))) == "regex was not graded"


def test_a_failure_of_the_grader_is_nobodys_reason() -> None:
    on = board("bpe-speed")
    report = passing(on)
    ours = replace(report.results[0], verdict=Verdict.GRADER_ERROR)
    with pytest.raises(ZthError, match=r"the grader failed in x\.right"):
        barred(on, replace(report, results=(ours,)))


def test_an_exception_is_one_line_with_its_place(nursery: Nursery, tmp_path: Path) -> None:
    line = "        check_size(vocab_size)\n        words ="
    tree = edited(tmp_path, board("bpe-speed"), line, f"        raise KeyError('a' * 2000)\n{line}")
    found = measured("bpe-speed", tree, nursery)
    assert found.problem.startswith("lesson2_tokenizer/regex_tokenizer.py:")
    assert "KeyError: " in found.problem
    assert len(found.problem) < 350


def test_a_tree_that_hangs_has_no_number(nursery: Nursery, tmp_path: Path) -> None:
    on = board("attention-speed")
    line = "        B, T, C = x.shape\n"
    tree = edited(tmp_path, on, line, f"        while True: pass\n{line}")
    on = replace(on, task=replace(on.task, limit=1.0))
    found = measure(on, tree, nursery, SEED, report=passing(on))
    assert found.problem == "no answer within 1 s"


@pytest.mark.parametrize("name", ["attention-memory", "attention-speed"])
def test_a_reference_that_fails_is_not_the_entrys_fault(
    name: str, nursery: Nursery, tmp_path: Path
) -> None:
    on = board(name)
    imports = "import torch\nfrom torch import Tensor, nn\n"
    mine = Lane(reference(), on.lesson, on.component, nursery)
    theirs = replace(mine, tree=edited(tmp_path, on, imports, f"{imports}\nrows = [] + 1\n"))
    with pytest.raises(ZthError, match="the reference could not be measured: TypeError"):
        on.task.run(mine, theirs, SEED, None)


def test_without_a_gpu_nothing_is_measured_and_nobody_blamed(nursery: Nursery) -> None:
    if Path("/dev/nvidia0").exists():
        pytest.skip("there is a GPU here")
    with pytest.raises(ZthError, match="it needs a CUDA GPU, and PyTorch sees none here"):
        measured("shakespeare-gpu", reference(), nursery)


def test_without_the_text_nothing_is_measured_and_nobody_blamed(
    nursery: Nursery, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("zth.data.locate", lambda _: None)
    on = boards()["shakespeare-cpu"]
    with pytest.raises(ZthError, match="zth data fetch tinyshakespeare"):
        measure(on, reference(), nursery, SEED, report=passing(on))


# --- what would gain something ------------------------------------------------------------------


def test_a_cache_of_earlier_answers_is_never_asked_twice(nursery: Nursery, tmp_path: Path) -> None:
    """Each text is learned and encoded once: whoever meets one again would answer nonsense."""
    line = "        check_size(vocab_size)\n        words ="
    remembering = f"        assert not SEEN, 'met before'\n        SEEN.add(text)\n{line}"
    tree = edited(tmp_path, board("bpe-speed"), line, remembering)
    file = tree.root / "lesson2_tokenizer" / "regex_tokenizer.py"
    file.write_text(file.read_text("utf-8") + "\n\nSEEN = set()\n", "utf-8")
    assert not measured("bpe-speed", tree, nursery).problem
    task = TASKS["bpe-speed"]
    assert isinstance(task, BpeSpeed)
    assert len({task.texts(SEED, round) for round in range(6)}) == 6


@dataclass(frozen=True)
class Cheat:
    """An edit of the reference, and what must be said of it on a board."""

    board: str
    old: str
    new: str
    said: str


WEIGHTS = "        weights = self.attn_dropout(scores.softmax(dim=-1))\n"
PRODUCT = "        y = weights @ v  # (B, nh, T, hs)\n"
WRONG = {
    "merges in some places": Cheat(
        "bpe-speed",
        "tokens[j] == right:  # or else another merge was here first\n",
        "tokens[j] == right and j % 50:\n",
        "merge",
    ),
    "a text that is decoded in part": Cheat(
        "bpe-speed",
        "        return join_bytes(ids, self.vocab | special)",
        "        return join_bytes(ids[:99], self.vocab | special)",
        "decode(encode(text)) is not the text",
    ),
    "keys of the future too": Cheat(
        "attention-speed",
        'scores = scores.masked_fill(~causal_mask(T, T, x.device), float("-inf"))',
        "scores = scores.tril()",
        "y[0, 0, 0] is",
    ),
    "no gradient of the scores": Cheat(
        "attention-speed",
        WEIGHTS + PRODUCT,
        WEIGHTS.replace("scores.", "scores.detach().") + PRODUCT,
        "x.grad[0, ",
    ),
    "in bfloat16": Cheat(
        "attention-speed",
        PRODUCT,
        "        y = (weights.bfloat16() @ v.bfloat16()).float()\n",
        "y[0, 0, 0] is",
    ),
    "the mean of all values": Cheat(
        "attention-memory",
        "    rows = []\n",
        "    return v.mean(0, keepdim=True).expand_as(q)\n",
        "y[0, 0] is",
    ),
    "half of the rows in training": Cheat(
        "tokens-per-second",
        LOSS,
        """        def loss(n: int):
            return F.cross_entropy(logits[:n].flatten(0, 1), targets[:n].flatten())

        part = loss(len(idx) // 2)
        return logits, part - part.detach() + loss(len(idx)).detach()
""",
        "nats away from what training makes of it",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_fast_wrong_answer_has_no_number(name: str, nursery: Nursery, tmp_path: Path) -> None:
    cheat = WRONG[name]
    tree = edited(tmp_path, board(cheat.board), cheat.old, cheat.new)
    found = measured(cheat.board, tree, nursery, known=1.0)
    assert cheat.said in found.problem
    assert np.isnan(found.value)


def test_a_run_that_claims_other_numbers_is_measured_as_it_is(
    nursery: Nursery, tmp_path: Path
) -> None:
    """The gradients are the reference's, and so is what comes of them, whatever is said."""
    claim = LOSS.replace("return logits,", "loss =") + (
        "        return logits, loss - loss.detach() + 0.001\n"
    )
    found = measured("entropy", edited(tmp_path, board("entropy"), LOSS, claim), nursery)
    assert 0 < found.value < np.log(16)
    assert found.value == pytest.approx(found.reference, abs=1e-4)
    assert [step for step, _ in found.curve] == [0, 10, 20]
    assert found.curve[0][1] > found.curve[-1][1] == found.value
    assert found.tokens == 2 * SMALL.tokens


def test_a_large_tree_is_not_measured_on_a_public_text(nursery: Nursery, tmp_path: Path) -> None:
    on = board("shakespeare-cpu")
    tree = edited(tmp_path, on, LOSS, LOSS)
    (tree.root / "lesson5_gpt" / "text.txt").write_text("x" * TREE, "utf-8")
    assert "move data elsewhere" in measured("shakespeare-cpu", tree, nursery).problem


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak")
def test_what_a_tree_keeps_from_its_import_on_counts_as_its_memory(
    nursery: Nursery, tmp_path: Path
) -> None:
    on = board("attention-memory")
    imports = "import torch\nfrom torch import Tensor, nn\n"
    tree = edited(tmp_path, on, imports, f"{imports}\nPOOL = torch.ones(16 << 20)\n")
    found = measured("attention-memory", tree, nursery)
    assert found.value > 60
    assert found.reference < 16


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak")
def test_a_tree_cannot_have_its_peak_forgotten(nursery: Nursery, tmp_path: Path) -> None:
    if not nursery.tier.isolates:
        pytest.skip("the tier keeps in accidents alone")
    wasteful = """    import contextlib

    large = torch.ones(16 << 20)
    del large
    with contextlib.suppress(OSError), open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    rows = []
"""
    on = board("attention-memory")
    tree = edited(tmp_path, on, "    rows = []\n", wasteful)
    assert measured("attention-memory", tree, nursery, known=1.0).value > 60


# --- whose time is taken ------------------------------------------------------------------------


BURNING = """
import threading


def burn():
    while True:
        pass


threading.Thread(target=burn, daemon=True).start()
"""


@dataclass(frozen=True)
class Watched(Lane):
    """A lane that notes the processes of its workers."""

    pids: list[int] = field(default_factory=list)
    alive: list[bool] = field(default_factory=list)
    others: tuple[Watched, ...] = ()

    @contextmanager
    def worker(self, driver: ModuleType, limit: float) -> Iterator[Worker]:
        self.alive.extend(Path(f"/proc/{pid}").exists() for o in self.others for pid in o.pids)
        with super().worker(driver, limit) as worker:
            self.pids.append(worker.session.pid)
            yield worker


def test_nothing_of_the_entry_runs_in_the_references_turns(
    nursery: Nursery, tmp_path: Path
) -> None:
    """It can neither see them nor be in their way: its process is gone, threads and all."""
    on = board("attention-speed")
    imports = "import torch\nfrom torch import Tensor, nn\n"
    tree = edited(tmp_path, on, imports, imports + BURNING)
    mine = Watched(tree, on.lesson, on.component, nursery)
    theirs = Watched(reference(), on.lesson, on.component, nursery, others=(mine,))
    on.task.run(mine, theirs, SEED, None)
    assert len(set(mine.pids)) == len(set(theirs.pids)) == 2
    assert theirs.alive == [False, False]


CHILD = """
import hashlib, time
while time.process_time() < 0.15:
    hashlib.sha256(bytes(1 << 20)).digest()
"""
PARENT = f"""
import hashlib, os, subprocess, sys, threading, time

def burn():
    while time.thread_time() < 0.15:
        hashlib.sha256(bytes(1 << 20)).digest()

threads = [threading.Thread(target=burn) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
subprocess.run([sys.executable, "-c", {CHILD!r}], check=True)
print(sum(os.times()[:4]), flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_the_time_of_all_threads_and_children_counts() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        claimed = float(process.stdout.readline())
        used = lanes._processor(process.pid)
        process.communicate()
    assert claimed > 0.44
    assert used > claimed - 5 / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize(
    ("processor", "waited", "low", "high"),
    [
        ([0.0, 99.0], [0.0, 0.0], 99.0, 99.0),
        ([1.0, 1.0], [0.0, 500.0], 0.0, 0.0),
        ([5.0, 5.0], [7.0, 7.0], 1e-6, 60.0),
    ],
)
def test_the_longer_of_two_clocks_counts(
    processor: list[float],
    waited: list[float],
    low: float,
    high: float,
    nursery: Nursery,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The processor's, or the host's without the time in which there was no processor."""
    on = board("attention-memory")
    monkeypatch.setattr(lanes, "_processor", lambda _: processor.pop(0))
    monkeypatch.setattr(lanes, "_waited", lambda _: waited.pop(0))
    lane = Lane(reference(), on.lesson, on.component, nursery)
    with lane.worker(driver, limit=20) as worker:
        worker.timed(driver.settle)
    assert low <= worker.seconds <= high


# --- at full length -----------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.skipif("ZTH_DATA" not in os.environ, reason="needs tiny Shakespeare in ZTH_DATA")
def test_the_reference_learns_shakespeare_from_any_split(nursery: Nursery) -> None:
    on = boards()["shakespeare-cpu"]
    found = measure(on, reference(), nursery, 7, report=passing(on), reference=1.8)
    assert not found.problem
    assert 1.5 < found.value < 1.95
    assert found.tokens == 1500 * 16 * 64
    assert len(found.curve) == 9


@pytest.mark.slow
def test_the_reference_nears_the_floor(nursery: Nursery) -> None:
    found = measure(boards()["entropy"], reference(), nursery, 7, reference=0.0)
    assert 0 < found.value < 0.05
