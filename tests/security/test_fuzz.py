"""Whatever arrives on the wire is what its type says, or is refused; cheaply in any case."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from zth import wire

Array = NDArray[Any]


@dataclass(frozen=True)
class Played:
    """A record such as drivers return."""

    y: Array
    grads: dict[str, Array]
    loss: float | None
    steps: list[int]
    name: str
    pairs: list[tuple[int, int]] = field(default_factory=list)


SENT = Played(
    np.arange(6.0).reshape(2, 3), {"q": np.ones(2, "float32")}, 0.5, [1, 2], "é", [(1, 2)]
)
RAISED = wire.Raised("ValueError", "no", [wire.Line("a.py", 3, "f", "x")], breaches=["torch"])
SAMPLES: list[tuple[Any, Any]] = [
    (SENT, Played),
    ([[1.0, 2.0], []], list[list[float]]),
    ({"a": 1, "b": -(2**40)}, dict[str, int]),
    (np.zeros((2, 0, 3), "int8"), Array),
    (wire.Returned(msgspec.Raw(wire.encode(1.5))), wire.Answer),
    (RAISED, wire.Answer),
    (wire.Gone(9, 1), wire.Reply),
]
KINDS = [kind for _, kind in SAMPLES]


def is_one(value: Any, kind: Any) -> bool:
    """Whether a value is of the type that was asked for, all the way down."""
    if kind is Played:
        return (
            isinstance(value, Played)
            and isinstance(value.y, np.ndarray)
            and all(isinstance(a, np.ndarray) for a in value.grads.values())
            and (value.loss is None or type(value.loss) is float)
            and all(type(i) is int for i in value.steps)
            and all(type(i) is int for pair in value.pairs for i in pair)
        )
    if kind == Array:
        return isinstance(value, np.ndarray)
    if kind == list[list[float]]:
        return all(type(x) is float for row in value for x in row)
    if kind == dict[str, int]:
        return all(type(k) is str and type(v) is int for k, v in value.items())
    return isinstance(value, kind)


def received(data: bytes, kind: Any) -> bool:
    """Whether the bytes were taken; anything else than a value of the type or WireError fails."""
    try:
        value = wire.decode(data, kind)
    except wire.WireError:
        return False
    assert is_one(value, kind), (data, kind, value)
    return True


# --- malformed frames, by the million -----------------------------------------------------------


def flipped(data: bytearray, draw: random.Random) -> bytearray:
    for _ in range(draw.randint(1, 3)):
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    return data


def replaced(data: bytearray, draw: random.Random) -> bytearray:
    data[draw.randrange(len(data))] = draw.choice((0x00, 0x7F, 0xC1, 0xC9, 0xDB, 0xDD, 0xDF, 0xFF))
    return data


def cut(data: bytearray, draw: random.Random) -> bytearray:
    return data[: draw.randrange(len(data))]


def longer(data: bytearray, draw: random.Random) -> bytearray:
    at = draw.randrange(len(data) + 1)
    data[at:at] = draw.randbytes(draw.randint(1, 8))
    return data


def spliced(data: bytearray, draw: random.Random) -> bytearray:
    other = ENCODED[draw.randrange(len(ENCODED))]
    return data[: draw.randrange(len(data))] + other[draw.randrange(len(other)) :]


def noise(data: bytearray, draw: random.Random) -> bytearray:
    return bytearray(draw.randbytes(draw.randint(0, len(data))))


ENCODED = [wire.encode(value) for value, _ in SAMPLES]
DAMAGE: list[Callable[[bytearray, random.Random], bytearray]] = [
    flipped,
    replaced,
    cut,
    longer,
    spliced,
    noise,
]


def shower(count: int, seed: int) -> int:
    """Sends so many damaged frames, each asked for as its own type or as another; those taken."""
    draw = random.Random(seed)
    taken = 0
    for _ in range(count):
        i = draw.randrange(len(ENCODED))
        data = draw.choice(DAMAGE)(bytearray(ENCODED[i]), draw)
        kind = KINDS[i] if draw.random() < 0.8 else draw.choice(KINDS)
        taken += received(bytes(data), kind)
    return taken


def test_some_damaged_frames_are_refused_and_some_are_harmless() -> None:
    taken = shower(20_000, seed=0)
    assert 0 < taken < 10_000


@pytest.mark.slow
def test_a_million_damaged_frames() -> None:
    for seed in range(1, 11):
        assert 0 < shower(100_000, seed) < 50_000


# --- any bytes at all ---------------------------------------------------------------------------

HUGE = b"\xff\xff\xff\xff"
MOST = b"\xcf" + HUGE * 2  # the integer 2⁶⁴ − 1


@given(st.binary(max_size=200), st.sampled_from(KINDS))
@example(b"\xdd" + HUGE, list[list[float]])  # a list of 2³² elements, and none of them there
@example(b"\xdf" + HUGE, dict[str, int])  # the same, a map
@example(b"\xdb" + HUGE, wire.Answer)  # a text of 4 GiB
@example(b"\x92\x01\xc9" + HUGE + b"\x08", Array)  # an array of 4 GiB
@example(b"\x93" + MOST * 2 + b"\xc7\x00\x08", Array)  # a shape of 2⁶⁴ − 1 squared
@example(b"\x93\x00" + MOST + b"\xc7\x00\x08", Array)  # nothing, 2⁶⁴ − 1 times
@example(b"\x91" * 200, list[list[float]])  # lists in lists in lists
@settings(max_examples=300)
def test_any_bytes_are_of_the_type_or_refused(data: bytes, kind: Any) -> None:
    received(data, kind)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\xdd" + HUGE + b"\xc0" * 1000, list[list[float]]),
        (b"\xdf" + HUGE + b"\xa0\x00" * 500, dict[str, int]),
        (b"\xdd\x00\x0f\xff\xff" * 200, Any),
        (b"\x91" * 100_000, Any),
        (b"\x92\x01\xc9" + HUGE + b"\x08" + b"\x00" * 1000, Array),
        (b"\xdd" + HUGE + b"\x01" * 1000, Array),
        (wire.encode(SENT)[:-5] + b"\xff" * 5, Played),
    ],
    ids=["list", "map", "lists of a million", "depth", "extension", "shape", "record"],
)
def test_a_small_frame_costs_little(data: bytes, kind: Any) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(wire.WireError):
            wire.decode(data, kind)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 << 20  # what is claimed is never set aside, nor worked through


@given(st.binary(min_size=4, max_size=4), st.integers(0, 1 << 32))
def test_a_length_is_within_the_cap_or_refused(head: bytes, cap: int) -> None:
    claimed = int.from_bytes(head, "big")
    if claimed > cap:
        with pytest.raises(wire.WireError, match="over the cap"):
            wire.length(head, cap)
    else:
        assert wire.length(head, cap) == claimed
