"""On the boards: what would gain something that it did not earn, and whose time is taken."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from grader.classroom.boards import driver, lanes
from grader.classroom.boards.lanes import Lane, Worker
from grader.classroom.boards.speeds import BpeSpeed
from grader.scoring import TREE
from tests.grader.classroom.small_boards import (
    LOSS,
    SEED,
    SMALL,
    TASKS,
    board,
    edited,
    measured,
    reference,
)
from zth.host import Nursery

# --- what would gain something ------------------------------------------------------------------


def test_a_cache_of_earlier_answers_is_never_asked_twice(warm: Nursery, tmp_path: Path) -> None:
    """Each text is learned and encoded once: whoever meets one again would answer nonsense."""
    line = "        check_size(vocab_size)\n        words ="
    remembering = f"        assert not SEEN, 'met before'\n        SEEN.add(text)\n{line}"
    tree = edited(tmp_path, board("bpe-speed"), line, remembering)
    file = tree.root / "lesson2_tokenizer" / "regex_tokenizer.py"
    file.write_text(file.read_text("utf-8") + "\n\nSEEN = set()\n", "utf-8")
    assert not measured("bpe-speed", tree, warm).problem
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
def test_a_fast_wrong_answer_has_no_number(name: str, warm: Nursery, tmp_path: Path) -> None:
    cheat = WRONG[name]
    tree = edited(tmp_path, board(cheat.board), cheat.old, cheat.new)
    found = measured(cheat.board, tree, warm, known=1.0)
    assert cheat.said in found.problem
    assert np.isnan(found.value)


def test_a_run_that_claims_other_numbers_is_measured_as_it_is(
    warm: Nursery, tmp_path: Path
) -> None:
    """The gradients are the reference's, and so is what comes of them, whatever is said."""
    claim = LOSS.replace("return logits,", "loss =") + (
        "        return logits, loss - loss.detach() + 0.001\n"
    )
    found = measured("entropy", edited(tmp_path, board("entropy"), LOSS, claim), warm)
    assert 0 < found.value < np.log(16)
    assert found.value == pytest.approx(found.reference, abs=1e-4)
    assert [step for step, _ in found.curve] == [0, 10, 20]
    assert found.curve[0][1] > found.curve[-1][1] == found.value
    assert found.tokens == 2 * SMALL.tokens


def test_a_large_tree_is_not_measured_on_a_public_text(warm: Nursery, tmp_path: Path) -> None:
    on = board("shakespeare-cpu")
    tree = edited(tmp_path, on, LOSS, LOSS)
    (tree.root / "lesson5_gpt" / "text.txt").write_text("x" * TREE, "utf-8")
    assert "move data elsewhere" in measured("shakespeare-cpu", tree, warm).problem


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak")
def test_what_a_tree_keeps_from_its_import_on_counts_as_its_memory(
    warm: Nursery, tmp_path: Path
) -> None:
    on = board("attention-memory")
    imports = "import torch\nfrom torch import Tensor, nn\n"
    tree = edited(tmp_path, on, imports, f"{imports}\nPOOL = torch.ones(16 << 20)\n")
    found = measured("attention-memory", tree, warm)
    assert found.value > 60
    assert found.reference < 16


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak")
def test_a_tree_cannot_have_its_peak_forgotten(warm: Nursery, tmp_path: Path) -> None:
    if not warm.tier.isolates:
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
    assert measured("attention-memory", tree, warm, known=1.0).value > 60


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


def test_nothing_of_the_entry_runs_in_the_references_turns(warm: Nursery, tmp_path: Path) -> None:
    """It can neither see them nor be in their way: its process is gone, threads and all."""
    on = board("attention-speed")
    imports = "import torch\nfrom torch import Tensor, nn\n"
    tree = edited(tmp_path, on, imports, imports + BURNING)
    mine = Watched(tree, on.lesson, on.component, warm)
    theirs = Watched(reference(), on.lesson, on.component, warm, others=(mine,))
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
    warm: Nursery,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The processor's, or the host's without the time in which there was no processor."""
    on = board("attention-memory")
    monkeypatch.setattr(lanes, "_processor", lambda _: processor.pop(0))
    monkeypatch.setattr(lanes, "_waited", lambda _: waited.pop(0))
    lane = Lane(reference(), on.lesson, on.component, warm)
    with lane.worker(driver, limit=20) as worker:
        worker.timed(driver.settle)
    assert low <= worker.seconds <= high
