"""A report as text: one function per format, `Report -> str`."""

from __future__ import annotations

from collections.abc import Callable

from zth.records import Report

FORMATS = ("terminal", "json")


def renderer(format: str) -> Callable[[Report], str]:
    """The function that renders this format, without colour."""
    if format == "json":
        from zth.render.json import render
    else:
        from zth.render.terminal import render
    return render
