"""A report as text: one module per format, each with `render: Report -> str`."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from zth.records import Report

FORMATS = ("terminal", "json", "junit", "gradescope", "html", "markdown", "classroom")


def renderer(format: str) -> Callable[[Report], str]:
    """The function that renders one of FORMATS, without colour."""
    render: Callable[[Report], str] = import_module(f"zth.render.{format}").render
    return render
