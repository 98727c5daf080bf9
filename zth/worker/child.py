"""A session's process: confines itself, loads the driver, then answers one call after another."""

from __future__ import annotations

import contextlib
import importlib.util
import inspect
import linecache
import os
import re
import signal
import socket
import sys
import types
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, get_type_hints

import msgspec

from zth import wire
from zth.worker import confine, loader, processes, scratch
from zth.worker.answers import BadAnswer

LINES_CAP = 12
REFUSED = re.compile(r"allocate memory: you tried to allocate (\d+) bytes")  # torch's words


def become(wanted: wire.Fork, frames: int, output: int, folder: str) -> None:
    """Turns this fresh fork into the session's worker; returns when the host hangs up.

    `folder` is its scratch folder; empty where it has none.
    """
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    null = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((null, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    for fd in (null, output):
        os.close(fd)
    sys.stdin = open(0, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
    for name, fd in (("stdout", 1), ("stderr", 2)):
        stream = open(fd, "w", encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    processes.limit(wanted.memory, wanted.cpu, wanted.file_size)
    if wanted.threads and "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(wanted.threads)
    grants = list(wanted.grants)
    if folder:
        grants.append((folder, "scratch"))
    if folder or wanted.confine:
        scratch.use(folder or "/tmp")
    if wanted.confine:
        confine.confine(grants, wanted.landlock, gpu=wanted.gpu)
    Server(wanted).serve(socket.socket(fileno=frames), wanted.frame)


class Server:
    """The driver and the learner's parts, and what became of a call to them."""

    def __init__(self, wanted: wire.Fork) -> None:
        self.driver = _load(Path(wanted.driver))
        places = [(p.component, p.root, p.file, p.name) for p in wanted.parts]
        self.load = loader.Loader(places)
        self.guarded: list[str] = []
        loader.guard(wanted.guarded, self.guarded)
        self.forbidden = frozenset(wanted.hidden)
        self.memory = wanted.memory
        self.hidden = loader.hide(loader.HIDDEN | self.forbidden)

    def serve(self, frames: socket.socket, cap: int) -> None:
        while True:
            head = frames.recv(4, socket.MSG_WAITALL)
            if len(head) < 4:
                return
            body = frames.recv(wire.length(head, cap), socket.MSG_WAITALL)
            answer = self.answer(wire.decode(body, wire.Call))
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(Exception):
                    stream.flush()
            frames.sendall(self._framed(answer, cap))

    def answer(self, call: wire.Call) -> wire.Answering:
        """Runs a call. Whatever the learner's code raises becomes the answer."""
        self.load.importing = False
        self.guarded.clear()
        self.hidden.tried.clear()
        try:
            if not call.function:
                self.load(call.part)
                return wire.Returning(None, self._breaches())
            function = getattr(self.driver, call.function)
            args = wire.decode(call.args, _parameters(function, _count(call.args)))
            first = self.load(call.part) if call.part else self.load
            value = function(first, *args)
        except BaseException as error:
            return self._raised(error)
        return wire.Returning(value, self._breaches())

    def _raised(self, error: BaseException) -> wire.Raised:
        return wire.Raised(
            name=type(error).__name__,
            message=wire.clip(self._memory(error) or _message(error, self.load.folders)),
            lines=_lines(error, self.load.roots),
            importing=self.load.importing,
            bad_answer=isinstance(error, BadAnswer),
            breaches=self._breaches(),
            text=error.text if isinstance(error, BadAnswer) else "",
            values=error.values if isinstance(error, BadAnswer) else {},
        )

    def _memory(self, error: BaseException) -> str:
        """What was asked for and what there is, where memory was refused; else empty."""
        asked = REFUSED.search(str(error)) if type(error) is RuntimeError else None
        if not self.memory or not (asked or type(error) is MemoryError):
            return ""
        wanted = f"it asked for {int(asked[1]) / 2**30:.3g} GiB of memory; " if asked else ""
        return f"{wanted}this process may use {self.memory / 2**30:g} GiB"

    def _breaches(self) -> list[str]:
        return list(dict.fromkeys(self.guarded)) + [
            n for n in dict.fromkeys(self.hidden.tried) if n in self.forbidden
        ]

    def _framed(self, answer: wire.Answering, cap: int) -> bytearray:
        try:
            return wire.frame(answer, cap)
        except wire.WireError as error:
            return wire.frame(wire.Raised("TooLarge", f"the answer is too large: {error}", []))
        except BaseException as error:  # the value is none that a frame can carry
            return wire.frame(self._raised(error), cap)


def _load(path: Path) -> ModuleType:
    """The driver's module, by path; a package, by that of its `__init__.py`."""
    spec = importlib.util.spec_from_file_location("_driver", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"no driver at {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules["_driver"] = module
    spec.loader.exec_module(module)
    return module


def _count(args: msgspec.Raw) -> int:
    return len(msgspec.msgpack.decode(args, type=list[msgspec.Raw]))


@lru_cache(maxsize=256)
def _parameters(function: Callable[..., Any], count: int) -> Any:
    """The tuple type of the first `count` parameters after the learner's object."""
    hints = get_type_hints(function)
    names = list(inspect.signature(function).parameters)[1 : count + 1]
    return types.GenericAlias(tuple, tuple(hints[name] for name in names))


def _message(error: BaseException, places: Sequence[Path]) -> str:
    if isinstance(error, SyntaxError):
        return str(error.msg)
    try:
        own = str(error)
    except Exception:  # the learner's own __str__
        return ""
    text = loader.public(own)
    if isinstance(error, ModuleNotFoundError) and text == own:  # else it is one of the tree's own
        text += _relative(str(error.name), places) or _ungranted(text)
    return text


def _relative(name: str, places: Sequence[Path]) -> str:
    """How to import a file of one's own tree, where the module that is not found is one."""
    first, _, rest = name.partition(".")
    for folder in places:
        if (folder / f"{first}.py").is_file():
            return f"; a file beside yours is imported with a dot: from .{first} import …"
        if first == folder.name and rest:
            return f"; a file beside yours is imported with a dot: from .{rest} import …"
    return ""


def _ungranted(text: str) -> str:
    """Why a package is not found that may well be installed, in the words of a whole error."""
    if not text.startswith("No module named"):
        return ""
    return "; here your code has the standard library and the lesson's packages alone"


def _lines(error: BaseException, roots: Sequence[str]) -> list[wire.Line]:
    """The learner's own lines of the traceback, the innermost last."""
    lines: list[wire.Line] = []
    if error.__traceback__ is not None:
        lines = _walk(error.__traceback__, roots)[-LINES_CAP:]
    if isinstance(error, SyntaxError) and isinstance(error.filename, str):
        file = _inside(error.filename, roots) or Path(error.filename).name
        number = error.lineno if isinstance(error.lineno, int) else 0
        lines.append(wire.Line(file, number, "", wire.clip(str(error.text or "").strip(), 200)))
    return lines


def _walk(traceback: TracebackType, roots: Sequence[str]) -> list[wire.Line]:
    found: list[wire.Line] = []
    step: TracebackType | None = traceback
    while step is not None:
        code = step.tb_frame.f_code
        file = _inside(code.co_filename, roots)
        if file:
            found.append(
                wire.Line(
                    file, step.tb_lineno, code.co_name, _source(code.co_filename, step.tb_lineno)
                )
            )
        step = step.tb_next
    return found


def _inside(file: str, roots: Sequence[str]) -> str:
    """The file relative to the tree that it lies in; empty when it lies in none."""
    for root in roots:
        if file.startswith(root + os.sep):
            return file[len(root) + 1 :]
    return ""


def _source(file: str, number: int) -> str:
    return wire.clip(linecache.getline(file, number).strip(), 200)
