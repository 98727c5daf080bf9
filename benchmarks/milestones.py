"""The milestones of training, by the reference, with several seeds each.

    python benchmarks/milestones.py [--seeds 5] [--milestone shakespeare_cpu] [--output FILE]

Runs `zth grade lesson5 --impl reference` with another seed each time and keeps what the grader
measured: the loss with its interval, and whether it passes. Needs tiny Shakespeare (`zth data fetch
tinyshakespeare`).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import record

ROOT = Path(__file__).resolve().parents[1]


def graded(milestone: str, seed: int) -> dict[str, Any]:
    """What the report says of one milestone."""
    which = ["lesson5", "--impl", "reference", "--component", "gpt", "--milestone", milestone]
    done = subprocess.run(
        [sys.executable, "-m", "zth", "grade", *which, "--seed", str(seed), "--format", "json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode > 1:
        raise SystemExit(done.stderr)
    report = json.loads(done.stdout)
    results = {r["id"].partition(".")[2]: r for r in report["lessons"][0]["results"]}
    found = results[milestone]
    return {
        "seed": seed,
        "verdict": found["verdict"],
        "reached": found["detail"] or (found["finding"] or {}).get("message", ""),
        "versions": report["versions"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="The milestones of training, with several seeds.")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--milestone", default="shakespeare_cpu")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    runs = []
    for seed in range(options.seeds):
        runs.append(graded(options.milestone, seed))
        print(f"seed {seed}: {runs[-1]['verdict']}, {runs[-1]['reached']}", flush=True)
    found = {**record.made(), "milestone": options.milestone, "runs": runs}
    found["versions"] = [run.pop("versions") for run in runs][-1]
    record.write(options.output or record.file(options.milestone), found)


if __name__ == "__main__":
    main()
