"""The command line: one module per command; what is heavy is imported inside the bodies."""

try:
    from zth.cli.main import main
except KeyboardInterrupt:  # Ctrl-C as early as this
    raise SystemExit(130) from None

__all__ = ["main"]
