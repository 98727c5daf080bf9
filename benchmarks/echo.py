"""The smallest driver: what a call costs apart from the work that it asks for."""

from __future__ import annotations

from typing import Any


def echo(function: Any, x: float) -> float:
    result: float = function(x)
    return result
