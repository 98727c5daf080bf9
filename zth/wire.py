"""Frames between grader and worker: typed, strictly decoded, capped; arrays as raw buffers.

A frame is four bytes of length (big-endian) and a msgpack body. Values are decoded against a type
annotation, never by what the sender says they are; nothing is ever unpickled. An array travels as a
list: its shape, then a msgpack extension with its bytes, whose code tells the dtype from a short
list. Its bytes are copied once, into the frame; what arrives is a view of the frame.
"""

from __future__ import annotations

import math
import struct
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any, get_origin

import msgspec

if TYPE_CHECKING:
    import numpy as np

FRAME_CAP = 64 << 20
DIMENSIONS_CAP = 8
TEXT_CAP = 4_000
_DTYPES = ("b1", "u1", "i1", "i2", "i4", "i8", "f2", "f4", "f8")  # kind and bytes, as NumPy says it
_HEAD = struct.Struct(">I")


class WireError(ValueError):
    """A frame that breaks the rules. The message says which."""


class Place(msgspec.Struct):
    """Where a component lies: `name` in the file `file` of the tree at `root`."""

    component: str
    root: str
    file: str
    name: str


class Call(msgspec.Struct, tag=True):
    """Asks the worker to run one function of the driver; `args` is the msgpack of the arguments.

    `part` names the component whose object comes first; empty: a loader of components. An empty
    `function` only loads the part.
    """

    function: str
    part: str
    args: msgspec.Raw


class Calling(msgspec.Struct, tag="Call"):
    """A Call as it is sent: with the arguments themselves, so that they are encoded once."""

    function: str
    part: str
    args: tuple[Any, ...]


class Fork(msgspec.Struct, tag=True):
    """Asks the nursery for a child; two descriptors travel beside it: frames, and output.

    With `confine` the child may open the `grants` alone, paths with a right of
    `zth.landlock.RIGHTS`, where `landlock`, the version to use, is not 0, and, with `gpu`, make the
    calls that a driver needs. `scratch` are the bytes that it may write, in a folder of its own; 0:
    none.
    """

    driver: str
    parts: list[Place]
    hidden: list[str]
    guarded: list[str]
    memory: int
    cpu: int
    file_size: int
    frame: int
    threads: int
    scratch: int = 0
    confine: bool = False
    landlock: int = 0
    grants: list[tuple[str, str]] = []
    gpu: bool = False


class End(msgspec.Struct, tag=True):
    """Asks the nursery to kill and reap a child and all that it left behind."""

    pid: int


class Born(msgspec.Struct, tag=True):
    """The nursery's answer to Fork: the child, as the nursery numbers it, and its scratch folder.

    Where the system has such, a descriptor of the process travels beside it.
    """

    pid: int
    scratch: str = ""


class Gone(msgspec.Struct, tag=True):
    """The nursery's answer to End: the child's wait status, and how many it left behind."""

    status: int
    orphans: int


class Returned(msgspec.Struct, tag=True):
    """The driver returned; `breaches` are forbidden names that the call used."""

    value: msgspec.Raw
    breaches: list[str] = []


class Returning(msgspec.Struct, tag="Returned"):
    """Returned as it is sent: with the value itself, so that it is encoded once."""

    value: Any
    breaches: list[str] = []


class Line(msgspec.Struct):
    """One line of the learner's own code in a traceback."""

    file: str
    line: int
    function: str
    source: str


class Raised(msgspec.Struct, tag=True):
    """An exception came out of the learner's code (or its answer was no answer: `bad_answer`).

    `text` is then the message with places for the `values`, to be looked up in a catalogue.
    """

    name: str
    message: str
    lines: list[Line]
    importing: bool = False
    bad_answer: bool = False
    breaches: list[str] = []
    text: str = ""
    values: dict[str, str] = {}


Answer = Returned | Raised
Answering = Returning | Raised
Order = Fork | End
Reply = Born | Gone


def encode(value: Any) -> bytes:
    """A value as msgpack. Raises TypeError for what a frame cannot carry."""
    return _encoder().encode(value)


def decode(data: bytes | bytearray | memoryview | msgspec.Raw, kind: Any) -> Any:
    """The value of type `kind` in `data`, of which its arrays are views that cannot be written.

    Raises WireError when it is not one.
    """
    try:
        return _decoder(kind).decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError, OverflowError) as error:
        raise WireError(" ".join(str(error).split())[:300]) from None


def prepare() -> None:
    """Builds the decoders of the frames themselves, before modules are hidden from a worker."""
    for kind in (Call, Answer, Order, Reply):
        _decoder(kind)


def frame(value: Any, cap: int = FRAME_CAP) -> bytearray:
    """A value as a whole frame. Raises WireError above the cap, and TypeError as `encode` does."""
    framed = bytearray(_HEAD.size)
    _encoder().encode_into(value, framed, _HEAD.size)
    size = len(framed) - _HEAD.size
    if size > cap:
        raise WireError(f"a frame of {size:,} bytes is over the cap of {cap:,}")
    _HEAD.pack_into(framed, 0, size)
    return framed


def length(head: bytes, cap: int = FRAME_CAP) -> int:
    """The body's length from a frame's first four bytes. Raises WireError above the cap."""
    size: int = _HEAD.unpack(head)[0]
    if size > cap:
        raise WireError(f"a frame of {size:,} bytes is over the cap of {cap:,}")
    return size


def clip(text: str, cap: int = TEXT_CAP) -> str:
    """Text from a worker, cut to the cap and free of what UTF-8 cannot carry."""
    cut = text if len(text) <= cap else text[:cap] + " …"
    return cut.encode("utf-8", "replace").decode("utf-8")


@lru_cache(maxsize=1)
def _encoder() -> msgspec.msgpack.Encoder:
    return msgspec.msgpack.Encoder(enc_hook=_pack)


@lru_cache(maxsize=512)
def _decoder(kind: Any) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(kind, strict=True, dec_hook=_rebuild, ext_hook=_Packed)


class _Packed:
    """An array's extension as it arrived; becomes an array only where the type asks for one."""

    __slots__ = ("code", "data")

    def __init__(self, code: int, data: memoryview) -> None:
        self.code, self.data = code, data.toreadonly()


@lru_cache(maxsize=2)
def _dtypes(order: str) -> tuple[np.dtype[Any], ...]:
    """What each code of an array means, its bytes in this order."""
    import numpy as np

    return tuple(np.dtype(order + kind) for kind in _DTYPES)


def _pack(value: Any) -> list[Any]:
    numpy = sys.modules.get("numpy")
    if numpy is None or not isinstance(value, numpy.ndarray):
        raise TypeError(f"a frame cannot carry a {type(value).__name__}")
    kind = value.dtype.str[1:]
    if kind not in _DTYPES or value.ndim > DIMENSIONS_CAP:
        name = value.dtype.name
        raise TypeError(f"a frame cannot carry an array of {name} with {value.ndim} dimensions")
    code = _DTYPES.index(kind)
    little = value.astype(_dtypes("<")[code], order="C", copy=False)
    plain = little.reshape(-1).view(numpy.uint8)
    return [*value.shape, msgspec.msgpack.Ext(code, plain.data)]


def _rebuild(kind: type, packed: Any) -> Any:
    import numpy as np

    if kind is not np.ndarray and get_origin(kind) is not np.ndarray:
        raise TypeError(f"a frame cannot hold a {kind}")
    if type(packed) is not list or not packed or not isinstance(packed[-1], _Packed):
        raise ValueError("an array was due")
    return _unpack(packed[:-1], packed[-1])


def _unpack(shape: list[Any], packed: _Packed) -> np.ndarray[Any, Any]:
    import numpy as np

    if not 0 <= packed.code < len(_DTYPES):
        raise ValueError("an array of no known dtype")
    if len(shape) > DIMENSIONS_CAP or not all(type(n) is int and 0 <= n for n in shape):
        raise ValueError("an array with a bad shape")
    dtype = _dtypes("<")[packed.code]
    if math.prod(shape) * dtype.itemsize != len(packed.data) or max(shape, default=0) > FRAME_CAP:
        raise ValueError("an array whose bytes do not fill its shape")
    flat = np.frombuffer(packed.data, dtype=dtype)
    if dtype.kind == "b":
        flat = flat.view(np.uint8) != 0
    return flat.reshape(shape).astype(_dtypes("=")[packed.code], copy=False)
