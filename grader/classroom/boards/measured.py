"""What came of measuring a tree on a board, and on which machine."""

from __future__ import annotations

import contextlib
import math
import os
import platform
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from grader.classroom.records import Measurement

GPUS = Path("/proc/driver/nvidia/gpus")


@dataclass(frozen=True)
class Measured:
    """One tree on one board, with one seed; the fields are those of `records.Measurement`.

    Where there is a `problem` there is no number: value and reference are NaN.
    """

    value: float = math.nan
    reference: float = math.nan
    tokens: int = 0
    seconds: float = 0.0
    machine: str = ""
    curve: tuple[tuple[int, float], ...] = ()
    problem: str = ""

    def entered(
        self, board: str, submission: int, seed_id: str, at: datetime, grader: str
    ) -> Measurement:
        """The record for the store."""
        return Measurement(
            board=board,
            submission=submission,
            seed_id=seed_id,
            at=at,
            value=self.value,
            reference=self.reference,
            tokens=self.tokens,
            seconds=self.seconds,
            machine=self.machine,
            grader=grader,
            curve=self.curve,
            problem=self.problem,
        )


def machine(packages: tuple[str, ...] = (), *, gpu: bool = False, gpus: Path = GPUS) -> str:
    """What this machine is: processor and cores, GPUs where they count, Python, main packages."""
    parts = [f"{_processor()} × {_cores()}"]
    parts += sorted(_gpus(gpus)) if gpu else []
    parts.append(f"Python {platform.python_version()}")
    parts += [f"{name} {version(name)}" for name in packages if "." not in name]
    return ", ".join(parts)


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _processor() -> str:
    """The processor's name, as Linux has it; else its kind."""
    return _named(Path("/proc/cpuinfo"), "model name") or platform.machine()


def _gpus(folder: Path) -> list[str]:
    """The names of NVIDIA's GPUs, as their driver has them."""
    return [_named(file, "Model") for file in folder.glob("*/information")]


def _named(file: Path, field: str) -> str:
    """What a file of "field : value" lines says first of a field; empty where it says nothing."""
    with contextlib.suppress(OSError):
        for line in file.read_text("utf-8", "replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == field:
                return " ".join(value.split())
    return ""
