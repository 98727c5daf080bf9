"""Calls whose input is not on the CPU."""

from __future__ import annotations

from dataclasses import dataclass

from grader.lessons.lesson3_attention.driver import Sizes
from grader.lessons.lesson3_attention.strategies.functions import QKV
from grader.lessons.lesson3_attention.strategies.modules import made


@dataclass(frozen=True)
class Elsewhere:
    """A call whose input is not on the CPU; the snippet shows it on a device without numbers."""

    kind: str

    @property
    def sizes(self) -> Sizes:
        return Sizes(self.kind, 4, 2, 2, 5)

    def snippet(self) -> str:
        x = "torch.empty(2, 3, 4, dtype=torch.float64, device='meta')"
        if self.kind in ("sdpa", "blockwise"):
            case = QKV((), 3, 3, 4, 4, True, 0, block=2 if self.kind == "blockwise" else 0)
            lines = [*case.given()[:2], f"q = k = v = {x}", f"y = {case.call('q', 'k', 'v')}"]
        else:
            start = made(self.sizes, {}, "eval")[:-2]
            lines = [*start, f"x = {x}", "y = module.to('meta')(x)"]
        return "\n".join([*lines, "print(y.device)  # must be meta, as that of the input"])
