"""What is said of a lesson that is watched, whether on a screen or in lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from grader.kit import Check
from grader.learner import hints_of
from grader.watching.state import State
from zth.language import listed, tr
from zth.progress import Entry
from zth.render.escape import plain

if TYPE_CHECKING:
    from grader.watching.scene import Scene


def points(state: State) -> str:
    sure = state.certain
    return tr("{earned} of {points} points", earned=sure.earned, points=sure.points)


def about(state: State) -> str:
    """What is going on, or was last."""
    if state.order is None:
        return _after(state)
    done, all = state.progress
    if not state.graded and not done:
        return tr("starting …")
    said = tr("judging {done} of {all} …", done=done, all=all)
    if state.shown and state.shown.stale:
        said += "  " + tr("what is shown is from before")
    return said


def _after(state: State) -> str:
    seconds = f"{state.seconds:.2f}"
    if state.saved and len(state.touched) < len(state.lesson.components):
        return tr(
            "{files} saved: judged {components} in {seconds} s",
            files=listed(names(state)),
            components=listed(state.touched) or tr("nothing"),
            seconds=seconds,
        )
    return tr("judged in {seconds} s", seconds=seconds)


def names(state: State) -> list[str]:
    """The saved files, without the lesson's folder."""
    return [plain(file.removeprefix(state.lesson.folder + "/")) for file in state.saved]


def unwritten(state: State, entry: Entry) -> str:
    """Where what is not implemented yet is to be written."""
    found = entry.result.finding if entry.result else None
    if found and found.message != tr("not implemented yet"):
        return plain(found.message, 1)
    file = state.check(entry.id).component.file
    return tr("not implemented yet: {component}, in {file}", component=entry.component, file=file)


def hint_lines(check: Check, taken: Sequence[str], shown: bool) -> Iterator[tuple[str, str]]:
    """Each hint that was taken, with its number; the first one not again where it is `shown`."""
    total = len(hints_of(check))
    for number, text in enumerate(taken, start=1):
        if number > 1 or not shown:
            yield tr("hint {number} of {total}", number=number, total=total), tr(text)


def done(scene: Scene) -> Iterator[str]:
    """What there is to say of a lesson whose checks all pass."""
    state, following = scene.state, scene.following
    yield tr("All checks of {lesson} pass.", lesson=state.lesson.id)
    for stone in state.settled.milestones:
        if stone.passed and stone.result:
            reached = plain(stone.result.detail, 1).split("\n")[0]
            yield f"★ {tr(stone.title)}  {reached}"
        else:
            key = f"  ({tr('m runs it')})" if scene.has_keys else ""
            yield f"☆ {tr(stone.title)}{key}"
            if stone.result and (found := stone.result.finding):
                yield f"  {tr(stone.result.verdict.value)}: {plain(found.message, 2)}"
    if following:
        name = {"lesson": following.id, "title": tr(following.title)}
        if scene.has_keys:
            yield tr("Next: {lesson}, {title}: press Enter, or save a file of it.", **name)
        else:
            yield tr("Next: {lesson}, {title}: save a file of it.", **name)
    else:
        yield tr("That was the last lesson.")


def keys(scene: Scene) -> list[tuple[str, str]]:
    """The keys that do something now, and what."""
    state, wrong = scene.state, scene.state.wrong
    found = [("enter", tr("next lesson"))] if state.done and scene.following else []
    if state.shown:
        found.append(("h", tr("hint")))
    if len(wrong) > (state.shown is not None):
        found.append(("n", tr("next of {n} failures", n=len(wrong))))
    found.append(("c", tr("chapter")))
    if state.settled.milestones:
        found.append(("m", tr("milestone")))
    return [*found, ("a", tr("all again")), ("q", tr("quit"))]
