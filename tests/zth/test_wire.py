"""Frames: what goes in comes out, and whatever else arrives is refused."""

from __future__ import annotations

import contextlib
import pickle
import struct
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from zth import wire

Array = NDArray[Any]
DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"]


@dataclass(frozen=True)
class Answer:
    y: Array
    grads: dict[str, Array]
    loss: float
    name: str | None = None


@st.composite
def arrays(draw: st.DrawFn) -> Array:
    shape = draw(st.lists(st.integers(0, 3), max_size=4))
    dtype = draw(st.sampled_from(DTYPES))
    seed = draw(st.integers(0, 99))
    found: Array = np.random.default_rng(seed).integers(0, 2, shape).astype(dtype)
    return found


def through(value: Any, kind: Any) -> Any:
    return wire.decode(wire.encode(value), kind)


@given(arrays())
def test_an_array_survives(a: Array) -> None:
    got = through(a, Array)
    assert got.dtype == a.dtype
    assert got.shape == a.shape
    assert got.tobytes() == a.tobytes()


@pytest.mark.parametrize(
    "a",
    [
        np.array(1.5),
        np.zeros((0, 3)),
        np.arange(12.0).reshape(3, 4).T,
        np.arange(6.0)[::-2],
        np.arange(3, dtype=">f8"),
        np.array([np.nan, np.inf, -np.inf, -0.0]),
    ],
    ids=["0-d", "empty", "transposed", "strided", "big-endian", "special"],
)
def test_awkward_arrays_survive(a: Array) -> None:
    got = through(a, Array)
    np.testing.assert_array_equal(got, a)
    assert np.signbit(got).tolist() == np.signbit(a).tolist()


def test_what_arrives_is_a_view_of_the_frame_that_nobody_can_write() -> None:
    framed = wire.frame(np.arange(4.0))
    got = wire.decode(memoryview(framed)[4:], Array)
    assert np.shares_memory(got, np.frombuffer(framed, np.uint8))
    with pytest.raises(ValueError, match="read-only"):
        got[0] = 1.0


def test_a_call_is_read_as_it_is_sent() -> None:
    sent = wire.frame(wire.Calling("f", "p", (1.5, np.ones(2))))
    call = wire.decode(memoryview(sent)[4:], wire.Call)
    x, y = wire.decode(call.args, tuple[float, Array])
    assert (call.function, call.part, x, y.tolist()) == ("f", "p", 1.5, [1, 1])


def test_what_is_returned_is_read_as_it_is_sent() -> None:
    sent = wire.frame(wire.Returning(np.ones(2), ["torch"]))
    answer = wire.decode(memoryview(sent)[4:], wire.Answer)
    assert isinstance(answer, wire.Returned)
    assert answer.breaches == ["torch"]
    assert wire.decode(answer.value, Array).tolist() == [1, 1]


def test_a_record_with_arrays_survives() -> None:
    sent = Answer(np.ones(2), {"q": np.zeros((1, 2), "float32")}, float("inf"))
    got = through(sent, Answer)
    assert got.loss == sent.loss
    assert got.name is None
    np.testing.assert_array_equal(got.y, sent.y)
    np.testing.assert_array_equal(got.grads["q"], sent.grads["q"])


@pytest.mark.parametrize(
    "value",
    [np.array(["text"]), np.array([1j]), np.zeros((1,) * 9), np.array([None]), object(), 1j],
    ids=["text", "complex", "9 dimensions", "objects", "an object", "a complex number"],
)
def test_what_a_frame_cannot_carry_is_refused_on_the_way_out(value: object) -> None:
    with pytest.raises(TypeError, match="a frame cannot carry"):
        wire.encode(value)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("1.0", float),
        (1.5, int),
        ([1.0], Array),
        (None, float),
        ({"y": 1}, Answer),
        (True, int),
        (b"bytes", str),
        ([[1.0]], list[float]),
        (np.ones(2), list[float]),
        (np.ones(2), float),
    ],
)
def test_another_type_than_the_annotated_one_is_refused(value: object, kind: Any) -> None:
    with pytest.raises(wire.WireError):
        through(value, kind)


def packed(dtype: int, shape: tuple[object, ...], data: bytes) -> bytes:
    return msgspec.msgpack.encode([*shape, msgspec.msgpack.Ext(dtype, data)])


LIES = {
    "too few bytes": packed(7, (4,), b"\0" * 8),
    "too many bytes": packed(7, (1,), b"\0" * 16),
    "terabytes": packed(7, (1 << 40,), b"\0" * 8),
    "an overflowing product": packed(7, (1 << 63, 1 << 63), b""),
    "nothing, hugely": packed(7, (0, 1 << 62), b""),
    "no such dtype": packed(99, (1,), b"\0" * 8),
    "a dtype below the first": packed(-1, (1,), b"\0" * 8),
    "nine dimensions": packed(7, (1,) * 9, b"\0" * 4),
    "less than nothing": packed(7, (-1, -1), b"\0" * 4),
    "a length of True": packed(7, (True,), b"\0" * 4),
    "a length of 1.0": packed(7, (1.0,), b"\0" * 4),
    "two buffers": packed(7, (msgspec.msgpack.Ext(7, b""), 1), b"\0" * 4),
    "no shape": msgspec.msgpack.encode(msgspec.msgpack.Ext(7, b"\0" * 4)),
    "no buffer": msgspec.msgpack.encode([1]),
    "nothing at all": msgspec.msgpack.encode([]),
    "a buffer that comes first": msgspec.msgpack.encode([msgspec.msgpack.Ext(7, b"\0" * 4), 1]),
    "bytes for a buffer": msgspec.msgpack.encode([1, b"\0" * 4]),
}


@pytest.mark.parametrize("name", LIES)
def test_an_array_that_lies_is_refused(name: str) -> None:
    with pytest.raises(wire.WireError):
        wire.decode(LIES[name], Array)


KINDS = [Answer, Array, list[float], wire.Call, wire.Answer]


@given(st.binary(max_size=200), st.sampled_from(KINDS))
def test_any_bytes_decode_or_are_refused(data: bytes, kind: Any) -> None:
    with contextlib.suppress(wire.WireError):
        wire.decode(data, kind)


def test_nesting_is_bounded() -> None:
    deep = b"\x91" * 100_000 + b"\xc0"
    with pytest.raises(wire.WireError):
        wire.decode(deep, list[Any])


def test_a_pickle_is_just_bytes() -> None:
    with pytest.raises(wire.WireError):
        wire.decode(pickle.dumps({"y": 1}), Answer)


def test_a_frame_over_its_cap_is_refused_both_ways() -> None:
    with pytest.raises(wire.WireError, match="over the cap"):
        wire.frame(b"x" * 1000, cap=100)
    with pytest.raises(wire.WireError, match="over the cap"):
        wire.length(struct.pack(">I", 101), cap=100)
    whole = wire.frame([1, 2], cap=100)
    assert wire.length(whole[:4]) == len(whole) - 4


def test_a_message_is_cut_and_stripped_of_surrogates() -> None:
    assert len(wire.clip("x" * 10_000)) < 4_100
    assert wire.clip("a\ud800b") == "a?b"
