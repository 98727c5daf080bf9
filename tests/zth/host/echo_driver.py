"""A driver that hands one value to the learner's function and back."""

from __future__ import annotations

from typing import Any


def play(function: Any, x: float) -> float:
    return float(function(x))


def text(function: Any) -> str:
    return str(function())


def listing(function: Any) -> list[str]:
    return [str(x) for x in function()]


def loose(function: Any) -> float:
    return function()
