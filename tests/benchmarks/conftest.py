"""The benchmarks are scripts: their folder is where they find each other, and where tests do.

It comes last, so that a benchmark's name hides no other module.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "benchmarks"))
