"""How a call to a worker can go wrong."""

from __future__ import annotations

from zth.records import Frame


class CallFailed(Exception):
    """A call that brought no value. `output` is what the worker had printed, capped."""

    def __init__(self, message: str, output: str = "") -> None:
        super().__init__(message)
        self.message, self.output = message, output


class Raised(CallFailed):
    """The learner's code raised an exception (or its result was no answer: `bad_answer`)."""

    def __init__(
        self,
        name: str,
        message: str,
        frames: tuple[Frame, ...],
        *,
        importing: bool = False,
        bad_answer: bool = False,
        output: str = "",
    ) -> None:
        super().__init__(f"{name}: {message}" if message else name, output)
        self.name, self.text, self.frames = name, message, frames
        self.importing, self.bad_answer = importing, bad_answer


class TimedOut(CallFailed):
    """The call outlived its limit; the worker was killed."""


class Died(CallFailed):
    """The worker ended in the middle of the call."""


class Malformed(CallFailed):
    """The worker sent what is no answer to the call; it was killed."""
