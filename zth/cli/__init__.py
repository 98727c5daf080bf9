"""The command line: one module per command; what is heavy is imported inside the bodies."""

from zth.cli.main import main

__all__ = ["main"]
