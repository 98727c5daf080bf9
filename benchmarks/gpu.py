"""Shakespeare on a GPU: the classic configuration, and the fast parts, small and large.

    python benchmarks/gpu.py --data DIR [--device cuda] [--seeds 3] [--only NAME] [--output FILE]

DIR holds tinyshakespeare/input.txt. Needs torch, NumPy and the standard library alone, so that it
runs on a bare machine, and three to four minutes of a large GPU. First the paths that only a GPU
takes are compared with the CPU's. Then, in bfloat16, each scored on the validation split along the
way for its curve, and at the end of its schedule, where nothing is chosen any more:

- "classic": the reference GPT (context 256, width 384, 6 layers, 6 heads, dropout 0.2), AdamW along
  a cosine, as the milestone trains it
- "stopped": the same, but the step to stop at is chosen on a development split, the last tenth of
  the training part, since this model overfits
- "fast": the model of `shakespeare-fast`, Muon and AdamW, compiled
- "large": the fast parts at the classic size, with its dropout

The compiler's time, and that of the first steps which it needs, is told apart from the training.
The record is JSON, written anew after each run. Without a GPU, `--device cpu --scale 0.01` shows
that it runs.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[1]
Config = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """One way to train. `rate` is AdamW's peak, `muon` Muon's; 0: AdamW moves everything."""

    model: str
    config: Config
    steps: int
    batch: int
    rate: float
    muon: float = 0.0
    momentum: float = 0.9
    warmup: int = 0
    floor: float = 0.0
    decay: float = 1.0  # of the run; 0: a cosine
    compiled: bool = False
    stop_early: bool = False
    in_turn: bool = False  # every window once before any comes again
    every: int = 250


CLASSIC = {"block_size": 256, "n_layer": 6, "n_head": 6, "n_embd": 384, "dropout": 0.2}
SMALL = {"block_size": 256, "n_layer": 4, "n_head": 2, "n_embd": 192, "dropout": 0.0}
GPT2, FAST = "lesson5_gpt/gpt.py", "shakespeare_fast/model.py"
AS_ADAMW: Config = {"rate": 1e-3, "warmup": 100, "floor": 0.1, "decay": 0.0}
AS_MUON: Config = {"compiled": True, "in_turn": True}
PLANS = {
    "classic": Plan(GPT2, CLASSIC, 2000, 64, **AS_ADAMW),
    "stopped": Plan(GPT2, CLASSIC, 2000, 64, **AS_ADAMW, stop_early=True),
    "fast": Plan(FAST, SMALL, 700, 16, rate=8e-3, muon=0.03, every=700, **AS_MUON),
    "large": Plan(FAST, CLASSIC, 500, 64, rate=4e-3, muon=0.02, momentum=0.95, **AS_MUON),
}
ONCE = ("classic", "stopped")  # with the first seed alone


def load(path: str) -> ModuleType:
    """A file of the reference as a module."""
    name = path.replace("/", "_").removesuffix(".py")
    spec = importlib.util.spec_from_file_location(name, ROOT / "solutions" / path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"there is no solutions/{path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def build(file: str, config: Config, device: str, seed: int, **parts: Any) -> torch.nn.Module:
    gpt = load(file)
    torch.manual_seed(seed)
    model: torch.nn.Module = gpt.GPT(gpt.GPTConfig(**config, bias=False), **parts)
    return model.to(device)


# --- a GPU computes what a CPU does ---------------------------------------------------------------


def agreement(device: str) -> dict[str, float]:
    """The largest difference between this device and the CPU: logits, gradients, Muon's steps."""
    attention = load("lesson3_attention/attention.py").CausalSelfAttention
    config = {"block_size": 32, "n_layer": 2, "n_head": 6, "n_embd": 384, "vocab_size": 65}
    idx = torch.randint(65, (4, 33), generator=torch.Generator().manual_seed(1))
    ways = {
        "fused attention": (GPT2, {}),
        "written out attention": (GPT2, {"attention": attention}),
        "fast parts": (FAST, {}),
    }
    found: dict[str, float] = {}
    for name, (file, parts) in ways.items():
        answers = [_answers(build(file, config, d, 0, **parts), idx, d) for d in ("cpu", device)]
        for what, here, there in zip(("logits", "gradients"), *answers, strict=True):
            found[f"{what}, {name}"] = float((here - there).abs().max())
    orthogonalize = load("shakespeare_fast/muon.py").orthogonalize
    matrices = torch.randn(3, 64, 256, generator=torch.Generator().manual_seed(2))
    here, there = (orthogonalize(matrices.to(d)).cpu() for d in ("cpu", device))
    found["Muon's direction"] = float((here - there).abs().max())
    return found


def _answers(model: torch.nn.Module, idx: torch.Tensor, device: str) -> list[torch.Tensor]:
    with torch.no_grad():  # what begins at 0 would hide what comes before it
        generator = torch.Generator().manual_seed(3)
        for p in model.parameters():
            if not p.any():
                p.copy_(0.02 * torch.randn(p.shape, generator=generator))
    logits, loss = model(idx[:, :-1].to(device), idx[:, 1:].to(device))
    loss.backward()
    gradients = [p.grad.flatten().cpu() for p in model.parameters() if p.grad is not None]
    return [logits.detach().cpu(), torch.cat(gradients)]


# --- training -------------------------------------------------------------------------------------


def tokens(folder: Path) -> tuple[torch.Tensor, int]:
    """The corpus as a tensor of characters, and how many distinct ones there are."""
    text = (folder / "tinyshakespeare" / "input.txt").read_text(encoding="utf-8")
    places = {c: i for i, c in enumerate(sorted(set(text)))}
    return torch.tensor([places[c] for c in text]), len(places)


def factor(step: int, plan: Plan) -> float:
    """The learning rate of a step, as a fraction of its peak."""
    if step < plan.warmup:
        return (step + 1) / plan.warmup
    if plan.decay:
        return plan.floor + (1 - plan.floor) * min(
            1.0, (plan.steps - step) / (plan.decay * plan.steps)
        )
    done = (step - plan.warmup) / max(1, plan.steps - plan.warmup)
    return plan.floor + (1 - plan.floor) * 0.5 * (1 + math.cos(math.pi * done))


def optimizers(
    model: torch.nn.Module, plan: Plan, device: str
) -> list[tuple[torch.optim.Optimizer, float]]:
    """What moves the model, with the peak of each; matrices decay under AdamW, gains do not."""
    parameters = dict(model.named_parameters())
    inner = [p for n, p in parameters.items() if plan.muon and ".h." in n and p.dim() == 2]
    known = {id(p) for p in inner}
    rest = [p for p in parameters.values() if id(p) not in known]
    decay = 0.0 if plan.muon else 0.1
    groups = [
        {"params": [p for p in rest if p.dim() >= 2], "weight_decay": decay},
        {"params": [p for p in rest if p.dim() < 2], "weight_decay": 0.0},
    ]
    betas = (0.9, 0.98) if plan.muon else (0.9, 0.99)
    adamw = torch.optim.AdamW(
        [g for g in groups if g["params"]], plan.rate, betas=betas, fused="cuda" in device
    )
    if not inner:
        return [(adamw, plan.rate)]
    muon = load("shakespeare_fast/muon.py").Muon(inner, plan.muon, momentum=plan.momentum)
    return [(adamw, plan.rate), (muon, plan.muon)]


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


class Run:
    """A model in training on one device."""

    def __init__(self, plan: Plan, text: torch.Tensor, vocab_size: int, device: str, seed: int):
        self.plan, self.device, self.seed = plan, device, seed
        self.T = int(plan.config["block_size"])
        text = text.to(device)
        cut, early = int(0.9 * len(text)), int(0.81 * len(text))
        self.learn = text[: early if plan.stop_early else cut]
        self.dev, self.val = text[early:cut], text[cut:]
        config = {**plan.config, "vocab_size": vocab_size}
        self.model = build(plan.model, config, device, seed)
        self.fresh()
        self.call: Callable[..., Any] = self.model
        if plan.compiled and "cuda" in device:
            self.call = torch.compile(self.model, mode="reduce-overhead")
        self.offsets = torch.arange(self.T + 1, device=device)

    def fresh(self) -> None:
        """Optimizers and batches from the beginning."""
        self.optimizers = optimizers(self.model, self.plan, self.device)
        self.draw = torch.Generator(self.device).manual_seed(self.seed)
        self.waiting = torch.empty(0, dtype=torch.int64, device=self.device)

    def starts(self) -> torch.Tensor:
        """Where the windows of the next batch begin: (B, 1)."""
        size, here = self.plan.batch, {"generator": self.draw, "device": self.device}
        if not self.plan.in_turn:
            return torch.randint(len(self.learn) - self.T, (size, 1), **here)
        count = (len(self.learn) - 1) // self.T  # windows side by side, wherever the first begins
        while len(self.waiting) < size:
            first = torch.randint(len(self.learn) - count * self.T, (1,), **here)
            turn = first + self.T * torch.randperm(count, **here)
            self.waiting = torch.cat([self.waiting, turn])
        now, self.waiting = self.waiting[:size], self.waiting[size:]
        return now[:, None]

    def step(self, number: int) -> torch.Tensor:
        now = factor(number, self.plan)
        for optimizer, peak in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = peak * now
        rows = self.learn[self.starts() + self.offsets]
        with torch.autocast(self.device.partition(":")[0], torch.bfloat16):
            loss: torch.Tensor = self.call(rows[:, :-1], rows[:, 1:])[1]
        loss.backward()
        if not self.plan.muon:
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer, _ in self.optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        return loss.detach()

    def compile(self) -> float:
        """Takes a few steps, so that all is compiled, and takes them back; seconds that it took."""
        start = settled(self.device)
        kept = {name: p.detach().clone() for name, p in self.model.state_dict().items()}
        for _ in range(4):
            self.step(0)
        self.model.load_state_dict(kept)
        self.fresh()
        return settled(self.device) - start

    def train(self) -> dict[str, Any]:
        """To the end of the plan; returns its record."""
        plan, curve = self.plan, []
        compiling = self.compile() if plan.compiled else 0.0
        if "cuda" in self.device:
            torch.cuda.reset_peak_memory_stats()
        best: tuple[float, int, Config] | None = None
        total, looked = torch.zeros((), device=self.device), 0
        seconds, start = 0.0, settled(self.device)
        for number in range(plan.steps):
            total += self.step(number)
            if (number + 1) % plan.every and number + 1 < plan.steps:
                continue
            seconds += settled(self.device) - start
            train = float(total) / (number + 1 - looked)  # the mean since the last look
            total, looked = torch.zeros_like(total), number + 1
            now = {"step": number + 1, "train": train, "seconds": round(seconds, 3)}
            if plan.stop_early:
                now["dev"] = score(self.model, self.dev, self.T)
                if best is None or now["dev"] < best[0]:
                    state = self.model.state_dict().items()
                    best = now["dev"], number + 1, {n: p.detach().clone() for n, p in state}
            elif number + 1 < plan.steps:
                now["val"] = score(self.model, self.val, self.T)  # for the curve alone
            curve.append(now)
            print("  ".join(f"{name} {value:.4g}" for name, value in now.items()), flush=True)
            start = settled(self.device)
        if best is not None:
            self.model.load_state_dict(best[2])
        count = plan.steps * plan.batch * self.T
        cuda = "cuda" in self.device
        return {
            "seed": self.seed,
            "parameters": sum(p.numel() for p in self.model.parameters()),
            "steps": plan.steps,
            "tokens": count,
            "compile_seconds": round(compiling, 3),
            "training_seconds": round(seconds, 3),
            "tokens_per_second": round(count / seconds),
            "stopped_at": best[1] if best else plan.steps,
            "dev_loss": best[0] if best else None,
            "val_loss": score(self.model, self.val, self.T),
            "peak_memory_mib": torch.cuda.max_memory_allocated() >> 20 if cuda else None,
            "curve": curve,
        }


def settled(device: str) -> float:
    """The time, once the device has done what it was asked."""
    if "cuda" in device:
        torch.cuda.synchronize()
    return time.perf_counter()


# --- the command ----------------------------------------------------------------------------------


def scaled(plan: Plan, by: float) -> Plan:
    """A shorter plan, for a look at whether it runs."""
    steps = max(4, round(plan.steps * by))
    return Plan(**{**asdict(plan), "steps": steps, "every": max(2, round(plan.every * by))})


def main() -> None:
    parser = argparse.ArgumentParser(description="Shakespeare on a GPU.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", choices=PLANS, action="append", help="repeatable")
    parser.add_argument("--scale", type=float, default=1.0, help="of the numbers of steps")
    parser.add_argument("--output", type=Path, default=ROOT / "benchmarks/results/gpu.json")
    options = parser.parse_args()
    cuda = "cuda" in options.device
    torch.set_float32_matmul_precision("highest")
    record: dict[str, Any] = {
        "date": time.strftime("%Y-%m-%d"),
        "device": torch.cuda.get_device_name() if cuda else "cpu",
        "threads": torch.get_num_threads(),
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": np.__version__,
        },
        "agreement_with_cpu": agreement(options.device),
        "plans": {name: asdict(plan) for name, plan in PLANS.items()},
        "runs": {},
    }
    torch.set_float32_matmul_precision("high" if cuda else "highest")
    text, vocab_size = tokens(options.data)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    for name in options.only or PLANS:
        plan = scaled(PLANS[name], options.scale)
        record["runs"][name] = []
        for seed in range(1 if name in ONCE else options.seeds):
            found = Run(plan, text, vocab_size, options.device, seed).train()
            record["runs"][name].append(found)
            options.output.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
            print(
                f"{name}, seed {seed}: validation loss {found['val_loss']:.4f} at step "
                f"{found['stopped_at']}, {found['training_seconds']:.1f} s of training, "
                f"{found['compile_seconds']:.1f} s of compiling"
            )


if __name__ == "__main__":
    main()
