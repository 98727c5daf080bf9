"""A run's folder: configuration, metrics, checkpoint, curve. The host alone writes here."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from numpy.typing import NDArray

from zth.language import tr
from zth.records import Part, Recipe, ZthError

Array = NDArray[Any]
CONFIG, METRICS, MODEL, OPTIMIZER = (
    "config.json",
    "metrics.jsonl",
    "model.safetensors",
    "optimizer.safetensors",
)


@dataclass(frozen=True)
class Config:
    """What a run was started with: enough to go on with it, or to sample from it.

    `trees` says what was asked for, by slot; `digests` are those of the parts' folders;
    `learning_rate`, where it is not 0, is the peak in place of the recipe's.
    """

    recipe: Recipe
    trees: dict[str, str]
    model: Part
    slots: dict[str, Part]
    seed: int
    steps: int
    vocabulary: str
    digests: dict[str, str]
    versions: dict[str, str]
    learning_rate: float = 0.0


@dataclass(frozen=True)
class Run:
    """One training run on disk."""

    path: Path

    def vacant(self) -> None:
        """Raises ZthError where a run is there already."""
        if (self.path / CONFIG).exists():
            raise ZthError(
                tr(
                    "{path} holds a run already; go on with --resume, or choose --out",
                    path=self.path,
                )
            )

    def create(self, config: Config) -> None:
        """Makes the folder. Raises ZthError where a run is there already, or it cannot be made."""
        self.vacant()
        data = msgspec.json.format(msgspec.json.encode(config, enc_hook=str), indent=2)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self.write(CONFIG, data + b"\n")
        except OSError as error:
            raise unwritable(self.path, error) from None

    def config(self) -> Config:
        """What the run was started with. Raises ZthError where there is no run."""
        file = self.path / CONFIG
        try:
            return msgspec.json.decode(file.read_bytes(), type=Config, dec_hook=_path)
        except (FileNotFoundError, NotADirectoryError):
            raise ZthError(
                tr("there is no run in {path} (no {file})", path=self.path, file=CONFIG)
            ) from None
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise ZthError(
                tr("{file} is not the configuration of a run: {error}", file=file, error=error)
            ) from None

    def log(self, *rows: Mapping[str, Any]) -> None:
        """Adds lines to the metrics."""
        with (self.path / METRICS).open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)

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

    @property
    def failure(self) -> str:
        """Why the run ended early, where a part failed; empty where none did."""
        return next((str(r["failed"]) for r in self.metrics() if "failed" in r), "")

    def fail(self, config: Config, step: int, why: str) -> None:
        """Notes that a part failed. Makes the folder, where there is none yet."""
        if not (self.path / CONFIG).exists():
            self.create(config)
        self.log({"step": step, "failed": why})

    def rewind(self, step: int) -> None:
        """Drops metrics beyond a step: what follows the checkpoint is done again."""
        rows = [r for r in self.metrics() if r["step"] <= step and "failed" not in r]
        kept = [json.dumps(row) + "\n" for row in rows]
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
        for optimizer in (OPTIMIZER, OPTIMIZER + ".new"):
            model, step = self._load(MODEL)
            rest, other = self._load(optimizer)
            if step == other:
                return {**{f"model.{k}": a for k, a in model.items()}, **rest}
            if not (self.path / (OPTIMIZER + ".new")).is_file():
                break
        raise ZthError(
            tr(
                "the checkpoint in {path} is of two different steps: {step}, {other}",
                path=self.path,
                step=step,
                other=other,
            )
        )

    def _load(self, name: str) -> tuple[dict[str, Array], str]:
        """The arrays of a file of the checkpoint, and the step that it is stamped with."""
        from safetensors import SafetensorError, safe_open

        file = self.path / name
        if not file.is_file():
            raise ZthError(
                tr(
                    "{path} has no checkpoint (no {name}); start the run anew",
                    path=self.path,
                    name=name,
                )
            )
        try:
            with safe_open(file, "numpy") as opened:
                arrays = {key: opened.get_tensor(key) for key in opened.keys()}  # noqa: SIM118
                return arrays, (opened.metadata() or {}).get("step", "")
        except (OSError, SafetensorError) as error:
            raise ZthError(tr("{path} cannot be read: {reason}", path=file, reason=error)) from None

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


def _path(kind: type, value: Any) -> Any:
    if kind is not Path or not isinstance(value, str):
        raise NotImplementedError
    return Path(value)


def unwritable(path: Path, error: OSError) -> ZthError:
    """What to say where a run's folder cannot be written to."""
    return ZthError(
        tr("cannot write the run to {path}: {reason}", path=path, reason=error.strerror)
    )


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
        raise ZthError(
            tr(
                "there is no run of {recipe} in {parent} to resume; name one with --out",
                recipe=recipe,
                parent=parent,
            )
        )
    return max(found, key=lambda file: file.stat().st_mtime).parent
