"""Shakespeare on a GPU: the classic configuration, scored once on the validation split.

    python benchmarks/gpu.py --data DIR [--steps 2000] [--seed 0] [--device cuda] [--output FILE]

DIR holds tinyshakespeare/input.txt. Needs torch, NumPy and the standard library alone, so that it
runs on a bare machine. First the paths that only a GPU takes are compared with the CPU's, then the
reference GPT (context 256, width 384, 6 layers, 6 heads, dropout 0.2) is trained in bfloat16 along
a cosine, twice, since this model overfits and the number of steps matters:

- "schedule": on the whole training part, to the end of the schedule, as the milestone does;
- "stopped": the step to stop at is chosen on a development split, the last tenth of that part.

Each run scores the validation split once, at its end. The record is JSON. Without a GPU,
`--device cpu --steps 20` shows that it runs.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import platform
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[1]
CLASSIC = {"block_size": 256, "n_layer": 6, "n_head": 6, "n_embd": 384, "dropout": 0.2}
BATCH, PEAK, FLOOR, WARMUP = 64, 1e-3, 1e-4, 100


def load(path: str) -> ModuleType:
    """A file of the reference as a module."""
    name = Path(path).stem
    spec = importlib.util.spec_from_file_location(name, ROOT / "solutions" / path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"there is no solutions/{path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def build(config: dict[str, Any], device: str, seed: int, **parts: Any) -> torch.nn.Module:
    gpt = load("lesson5_gpt/gpt.py")
    torch.manual_seed(seed)
    model: torch.nn.Module = gpt.GPT(gpt.GPTConfig(**config, bias=False), **parts)
    return model.to(device)


def agreement(device: str) -> dict[str, float]:
    """The largest difference between this device and the CPU: logits, gradients, attention."""
    attention = load("lesson3_attention/attention.py").CausalSelfAttention
    config = {**CLASSIC, "block_size": 32, "n_layer": 2, "dropout": 0.0, "vocab_size": 65}
    idx = torch.randint(65, (4, 33), generator=torch.Generator().manual_seed(1))
    found: dict[str, float] = {}
    answers: dict[str, list[torch.Tensor]] = {}
    for where in ("cpu", device):
        for name, parts in (("fused", {}), ("written out", {"attention": attention})):
            model = build(config, where, 0, **parts)
            logits, loss = model(idx[:, :-1].to(where), idx[:, 1:].to(where))
            loss.backward()
            gradients = [p.grad.flatten().cpu() for p in model.parameters()]
            answers[name] = [*answers.get(name, []), logits.detach().cpu(), torch.cat(gradients)]
    for name, (logits, gradient, there, their_gradient) in answers.items():
        found[f"logits, {name} attention"] = float((logits - there).abs().max())
        found[f"gradients, {name} attention"] = float((gradient - their_gradient).abs().max())
    return found


def tokens(folder: Path) -> tuple[torch.Tensor, int]:
    """The corpus as a tensor of characters, and how many distinct ones there are."""
    text = (folder / "tinyshakespeare" / "input.txt").read_text(encoding="utf-8")
    places = {c: i for i, c in enumerate(sorted(set(text)))}
    return torch.tensor([places[c] for c in text]), len(places)


def rate(step: int, steps: int) -> float:
    if step < WARMUP:
        return PEAK * (step + 1) / WARMUP
    fall = 0.5 * (1 + math.cos(math.pi * (step - WARMUP) / max(1, steps - WARMUP)))
    return FLOOR + fall * (PEAK - FLOOR)


@torch.no_grad()
def score(model: torch.nn.Module, text: torch.Tensor, T: int) -> float:
    """The mean loss in nats over a whole split, in consecutive windows; softmax in float64."""
    model.eval()
    count = (len(text) - 1) // T
    x, y = text[: count * T].view(count, T), text[1 : count * T + 1].view(count, T)
    total = 0.0
    for i in range(0, count, 64):
        logits, _ = model(x[i : i + 64])
        log_p = logits.double().log_softmax(-1)
        total -= float(log_p.gather(-1, y[i : i + 64, :, None]).sum())
    model.train()
    return total / y.numel()


def train(
    text: torch.Tensor,
    vocab_size: int,
    device: str,
    *,
    steps: int,
    seed: int,
    every: int,
    stop_early: bool,
) -> dict[str, Any]:
    """One run; returns its record. `stop_early`: keep the step that is best on its own split."""
    T = int(CLASSIC["block_size"])
    text = text.to(device)
    if "cuda" in device:
        torch.cuda.reset_peak_memory_stats()
    cut, dev_cut = int(0.9 * len(text)), int(0.81 * len(text))
    learn, dev, val = text[: dev_cut if stop_early else cut], text[dev_cut:cut], text[cut:]
    model = build({**CLASSIC, "vocab_size": vocab_size}, device, seed)
    optimizer = optimizer_of(model, device)
    draw = torch.Generator(device).manual_seed(seed)
    offsets = torch.arange(T + 1, device=device)
    curve: list[dict[str, float]] = []
    best: tuple[float, int, dict[str, torch.Tensor]] | None = None
    seconds, start = 0.0, time.perf_counter()
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = rate(step, steps)
        starts = torch.randint(len(learn) - T, (BATCH, 1), generator=draw, device=device)
        rows = learn[starts + offsets]
        with torch.autocast(device.partition(":")[0], torch.bfloat16):
            loss = model(rows[:, :-1], rows[:, 1:])[1]
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if (step + 1) % every == 0 or step + 1 == steps:
            seconds += settled(device) - start
            now = {"step": step + 1, "train": float(loss.detach()), "seconds": round(seconds, 3)}
            if stop_early:
                now["dev"] = score(model, dev, T)
                if best is None or now["dev"] < best[0]:
                    kept = {n: p.detach().clone() for n, p in model.state_dict().items()}
                    best = now["dev"], step + 1, kept
            curve.append(now)
            print("  ".join(f"{name} {value:.4g}" for name, value in now.items()), flush=True)
            start = settled(device)
    if best is not None:
        model.load_state_dict(best[2])
    return {
        "seed": seed,
        "steps": steps,
        "tokens": steps * BATCH * T,
        "training_seconds": round(seconds, 3),
        "tokens_per_second": round(steps * BATCH * T / seconds),
        "stopped_at": best[1] if best else steps,
        "dev_loss": best[0] if best else None,
        "val_loss": score(model, val, T),
        "peak_memory_mib": torch.cuda.max_memory_allocated() >> 20 if "cuda" in device else None,
        "curve": curve,
    }


def optimizer_of(model: torch.nn.Module, device: str) -> torch.optim.Optimizer:
    """AdamW; matrices decay, gains do not."""
    parameters = list(model.parameters())
    groups = [
        {"params": [p for p in parameters if p.dim() >= 2], "weight_decay": 0.1},
        {"params": [p for p in parameters if p.dim() < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, PEAK, betas=(0.9, 0.99), fused="cuda" in device)


def settled(device: str) -> float:
    """The time, once the device has done what it was asked."""
    if "cuda" in device:
        torch.cuda.synchronize()
    return time.perf_counter()


def main() -> None:
    parser = argparse.ArgumentParser(description="Shakespeare on a GPU.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--every", type=int, default=250)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--output", type=Path, default=ROOT / "benchmarks/results/gpu.json")
    options = parser.parse_args()
    torch.set_float32_matmul_precision("high" if "cuda" in options.device else "highest")
    text, vocab_size = tokens(options.data)
    how = {"steps": options.steps, "seed": options.seed, "every": options.every}
    cuda = "cuda" in options.device
    record = {
        "device": torch.cuda.get_device_name() if cuda else "cpu",
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": np.__version__,
        },
        "agreement_with_cpu": agreement(options.device),
        "config": {**CLASSIC, "batch": BATCH, "peak": PEAK, "floor": FLOOR, "warmup": WARMUP},
        "runs": {
            name: train(text, vocab_size, options.device, **how, stop_early=early)
            for name, early in (("schedule", False), ("stopped", True))
        },
    }
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    for name, run in record["runs"].items():
        print(
            f"{name}: validation loss {run['val_loss']:.4f} at step {run['stopped_at']}, "
            f"{run['training_seconds']:.1f} s of training"
        )


if __name__ == "__main__":
    main()
