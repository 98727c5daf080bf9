"""One example of a check, or its milestone, played once, and what became of it."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from grader.bench import RemoteCalls
from grader.kit import Check, Failed, NotMeasured
from zth.host import CallFailed, Died, Malformed, Raised, TimedOut
from zth.language import tr
from zth.records import Finding, Verdict, ZthError

IMPORT = "import"  # the kind of an outcome that says nothing of the check itself


@dataclass(frozen=True)
class Outcome:
    """How one example went. `kind` tells failures of different causes apart."""

    verdict: Verdict
    finding: Finding | None = None
    kind: str = ""

    @property
    def final(self) -> bool:
        """Whether there is no point in a smaller example, or in trying again."""
        never = Verdict.TIMED_OUT, Verdict.NOT_IMPLEMENTED, Verdict.SKIPPED, Verdict.GRADER_ERROR
        return self.verdict in never or self.kind == "died"


def play(check: Check, remote: RemoteCalls, case: Any) -> Outcome:
    """One example, once."""
    return _attempt(lambda: check.function(remote, case), lambda: _snippet(case))


def play_import(remote: RemoteCalls) -> Outcome:
    """Has the worker import the component's file: PASSED, or why not."""
    return _attempt(remote.load)


def play_milestone(check: Check, remote: RemoteCalls, seed: int) -> tuple[Outcome, str]:
    reached: list[str] = []
    outcome = _attempt(lambda: reached.append(check.function(remote, seed)))
    return outcome, reached[0] if reached else ""


def _attempt(run: Callable[[], None], snippet: Callable[[], str] = str) -> Outcome:
    """What became of it, with the learner's failures and ours kept apart.

    Most examples pass, so the snippet is made only of one that does not.
    """
    try:
        run()
    except Failed as error:
        finding = Finding(
            error.message,
            snippet(),
            error.expected,
            error.actual,
            error.where,
            windows=error.windows,
        )
        return Outcome(Verdict.FAILED, finding, "property")
    except Raised as error:
        return _raised(error, snippet())
    except TimedOut as error:
        finding = Finding(error.message, snippet(), output=error.output)
        return Outcome(Verdict.TIMED_OUT, finding)
    except (Died, Malformed) as error:
        finding = Finding(error.message, snippet(), output=error.output)
        return Outcome(Verdict.CRASHED, finding, "died")
    except NotMeasured as error:
        return Outcome(Verdict.SKIPPED, Finding(str(error)))
    except ZthError:
        raise  # there is no worker to be had, or no room for the tree: not for one check to tell
    except (CallFailed, Exception):
        return our_fault()
    return Outcome(Verdict.PASSED)


def _raised(error: Raised, snippet: str) -> Outcome:
    """NOT_IMPLEMENTED, FAILED or CRASHED, by what was raised and where."""
    last = error.frames[-1].source if error.frames else ""
    if error.name in ("Missing", "FileNotFoundError") and not error.frames:
        return Outcome(Verdict.NOT_IMPLEMENTED, Finding(error.text))
    if error.name == "NotImplementedError" and "NotImplementedError" in last:
        return Outcome(
            Verdict.NOT_IMPLEMENTED, Finding(tr("not implemented yet"), trace=error.frames)
        )
    verdict = Verdict.FAILED if error.bad_answer else Verdict.CRASHED
    message = error.text if error.bad_answer else error.message
    if error.importing and not error.frames:
        message = tr("its file cannot be imported: {message}", message=message)
    finding = Finding(
        message,
        "" if error.importing else snippet,
        trace=() if error.bad_answer else error.frames,
        output=error.output,
    )
    return Outcome(verdict, finding, error.name)


def _snippet(case: Any) -> str:
    make = getattr(case, "snippet", None)
    return str(make()) if make is not None else repr(case)


def our_fault() -> Outcome:
    """The grade is withheld; the traceback is for the maintainers."""
    text = traceback.format_exc()
    last = text.strip().splitlines()[-1]
    return Outcome(
        Verdict.GRADER_ERROR, Finding(tr("the grader failed: {last}", last=last), output=text)
    )
