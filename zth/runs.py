"""A run's folder: configuration, metrics, checkpoint, curve. The host alone writes here."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from zth.records import ZthError

Array = NDArray[Any]
CONFIG, METRICS, MODEL, OPTIMIZER = (
    "config.json",
    "metrics.jsonl",
    "model.safetensors",
    "optimizer.safetensors",
)


@dataclass(frozen=True)
class Run:
    """One training run on disk."""

    path: Path

    def create(self, config: Mapping[str, Any]) -> None:
        """Makes the folder. Raises ZthError where a run is there already, or it cannot be made."""
        if (self.path / CONFIG).exists():
            raise ZthError(f"{self.path} holds a run already; go on with --resume, or choose --out")
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self.write(CONFIG, json.dumps(config, indent=2, ensure_ascii=False) + "\n")
        except OSError as error:
            raise ZthError(f"cannot write the run to {self.path}: {error.strerror}") from None

    def config(self) -> dict[str, Any]:
        """What the run was started with. Raises ZthError where there is no run."""
        try:
            found = json.loads((self.path / CONFIG).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise ZthError(f"there is no run in {self.path} (no {CONFIG})") from None
        except (OSError, ValueError) as error:
            raise ZthError(f"{self.path / CONFIG} cannot be read: {error}") from None
        if not isinstance(found, dict) or "recipe" not in found:
            raise ZthError(f"{self.path / CONFIG} is not the configuration of a run")
        return found

    def log(self, row: Mapping[str, Any]) -> None:
        """Adds one line to the metrics."""
        with (self.path / METRICS).open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")

    def metrics(self) -> list[dict[str, Any]]:
        """The metrics so far, without a line that was cut off."""
        rows = []
        if (self.path / METRICS).is_file():
            for line in (self.path / METRICS).read_text(encoding="utf-8").splitlines():
                try:
                    rows.append(json.loads(line))
                except ValueError:
                    break
        return rows

    def rewind(self, step: int) -> None:
        """Drops metrics beyond a step: what follows the checkpoint is done again."""
        kept = [json.dumps(row) + "\n" for row in self.metrics() if row["step"] <= step]
        self.write(METRICS, "".join(kept))

    def save(self, state: Mapping[str, Array]) -> None:
        """Writes a checkpoint; an older one is there until the new one is whole."""
        from safetensors.numpy import save

        model = {k.removeprefix("model."): a for k, a in state.items() if k.startswith("model.")}
        rest = {k: a for k, a in state.items() if not k.startswith("model.")}
        stamp = {"step": str(int(state["step"]))}
        self.write(OPTIMIZER + ".new", save(rest, metadata=stamp))
        self.write(MODEL, save(model, metadata=stamp))
        (self.path / (OPTIMIZER + ".new")).replace(self.path / OPTIMIZER)

    def checkpoint(self) -> dict[str, Array]:
        """The last whole checkpoint. Raises ZthError where there is none, or it is damaged."""
        from safetensors import SafetensorError
        from safetensors.numpy import load

        try:
            model = load((self.path / MODEL).read_bytes())
            rest = load((self.path / OPTIMIZER).read_bytes())
        except FileNotFoundError:
            raise ZthError(f"{self.path} has no checkpoint yet; start the run again") from None
        except (OSError, SafetensorError) as error:
            raise ZthError(f"the checkpoint in {self.path} cannot be read: {error}") from None
        return {**{f"model.{k}": a for k, a in model.items()}, **rest}

    def write(self, name: str, content: str | bytes) -> None:
        """Writes a file of the run whole or not at all."""
        target = self.path / name
        part = target.with_name(f".{name}.part")
        data = content.encode("utf-8") if isinstance(content, str) else content
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)


def fresh(parent: Path, recipe: str) -> Path:
    """A folder for a new run: runs/shakespeare-tiny-1, -2, …"""
    number = 1
    while (parent / f"{recipe}-{number}").exists():
        number += 1
    return parent / f"{recipe}-{number}"


def newest(parent: Path, recipe: str) -> Path:
    """The latest run of a recipe. Raises ZthError where there is none."""
    found = list(parent.glob(f"{recipe}-*/{CONFIG}"))
    if not found:
        raise ZthError(f"there is no run of {recipe} in {parent} to resume; name one with --out")
    return max(found, key=lambda file: file.stat().st_mtime).parent
