"""The command line: one module per command; what is heavy is imported inside the bodies."""

import sys

try:
    from zth.cli.main import main
except KeyboardInterrupt:  # Ctrl-C as early as this
    print("interrupted", file=sys.stderr)
    raise SystemExit(130) from None

__all__ = ["main"]
