"""`python -m zth`."""

import sys
from pathlib import Path

# `python -m` looks for modules in the present folder first. A learner's files lie there, and a
# `random.py` among them is not to be ours.
if not sys.flags.safe_path and Path(sys.path[0]) != Path(__file__).resolve().parents[1]:
    del sys.path[0]

from zth.cli import main

main()
