"""The board of memory: what attention in blocks takes of it, as the kernel counts it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.classroom.boards import driver
from grader.classroom.boards.lanes import Lane, ours
from grader.classroom.boards.measured import Measured
from grader.kit import NotMeasured, close
from grader.lessons.lesson3_attention import BLOCKWISE
from grader.lessons.lesson3_attention.oracle import attention
from zth.language import tr

Array = NDArray[Any]

MIB = 1 << 20
LIMIT = 60.0  # seconds that the call may take
NEAR = 1e-4  # of the largest number, as in the lesson
ROWS = 256  # queries that the oracle takes at a time


@dataclass(frozen=True)
class AttentionMemory:
    """MiB by which blockwise attention raises the peak of a worker, its own import included.

    torch has done beforehand what it does late, so that what is left is the tree's: what it keeps
    from its import on counts as well as what it takes in the call.
    """

    T: int = 8192
    d: int = 32
    block: int = 128
    limit: float = LIMIT

    def words(self) -> str:
        return tr(
            "{T:,} positions of {d} channels in blocks of {block}, float32, forward; at most "
            "{limit:g} s",
            T=self.T,
            d=self.d,
            block=self.block,
            limit=self.limit,
        )

    def run(self, mine: Lane, theirs: Lane, seed: int, reference: float | None) -> Measured:
        seed = int(np.random.default_rng([seed, 30]).integers(2**62))  # the worker sees it
        if reference is None:
            with ours():
                _, reference, _ = self._peak(theirs, seed)
        y, value, seconds = self._peak(mine, seed)
        self._judge(y, seed)
        return Measured(value, reference, tokens=self.T, seconds=seconds)

    def _peak(self, lane: Lane, seed: int) -> tuple[Array, float, float]:
        """The result, the MiB, and the seconds."""
        with lane.worker(driver, self.limit) as worker:
            worker.ask(driver.settle)
            before = worker.session.reset_peak()
            worker.load()
            sizes = self.T, self.d
            y = worker.timed(driver.blocks, seed, sizes, self.block, part=BLOCKWISE.id)
            after = worker.session.peak_memory()
        if before is None or after is None:
            raise NotMeasured(tr("only Linux tells the peak memory of another process"))
        return y, max(0, after - before) / MIB, worker.seconds

    def _judge(self, y: Array, seed: int) -> None:
        """Fails unless the result is right."""
        q, k, v = (a.astype(np.float64) for a in driver.qkv(seed, self.T, self.d))
        rows = [attention(q[i : i + ROWS], k, v, causal=False) for i in range(0, self.T, ROWS)]
        right = np.concatenate(rows)
        close(y, right, rtol=NEAR, atol=NEAR * float(np.abs(v).max()), what="y")
