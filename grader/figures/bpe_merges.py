"""BPE on short texts, merge by merge: what the reference learns, and the tokens after each."""

from __future__ import annotations

from grader.figures import Data, Figure, Told
from grader.figures.marks import ACCENT, INK, LINE, PAPER, QUIET, drawing, mark, picture, words
from grader.figures.reference import calls, reference
from grader.lessons.lesson2_tokenizer import BASIC, LESSON, driver
from grader.lessons.lesson2_tokenizer.driver import Course
from zth.language import tr

TEXTS = {
    "chapter": "aaabdaaabac",
    "english": "how much wood would a woodchuck chuck if a woodchuck could chuck wood?",
    "chinese": "知之为知之，不知为不知，是知也。",
    "german": "größere Straße, große Straße",
    "emoji": "🙂🙃🙂🙃🙂",
    "one": "a",
}
MERGES = 30
DRAWN = "知之为知之"
CELL, ROW, EDGE = 24, 52, 8


def measure(seed: int, told: Told) -> Data:  # noqa: ARG001 (nothing is drawn by chance)
    """For each text: the merges that training finds, and the tokens without them, after 1, …"""
    with reference(LESSON) as bench:
        remote = calls(bench, BASIC)

        def course(text: str) -> Data:
            told(text)
            found = remote(driver.learn, Course(text, 256 + MERGES))
            rows = [
                remote(driver.play, Course(text, 256 + count), [text]).ids[0]
                for count in range(len(found) + 1)
            ]
            return {"text": text, "merges": [[m.left, m.right] for m in found], "rows": rows}

        texts = {id: course(text) for id, text in TEXTS.items()}
        return {"texts": texts, "drawn": course(DRAWN)}


# --- how it is drawn ----------------------------------------------------------------------------


def draw(data: Data) -> str:
    """A short Chinese text: its bytes, and how they grow together merge by merge."""
    course = data["drawn"]
    known = _vocabulary(course["merges"])
    shown = list(enumerate(course["rows"]))
    pairs = [*course["merges"], None]
    rows = [_row(row, pairs[count], known, EDGE + ROW * count) for count, row in shown]
    size = len(course["rows"][0])
    width, height = 2 * EDGE + CELL * size + 96, 2 * EDGE + ROW * len(rows) - 14
    return picture(
        drawing(width, height, *rows),
        "bpe_merges",
        tr("Byte pair encoding of {text}, merge by merge", text=course["text"]),
        tr(
            "{bytes} bytes become one token in {merges} merges. Each row merges the most frequent "
            "pair of the row above: first halves of characters, then characters, then words.",
            bytes=size,
            merges=len(course["merges"]),
        ),
    )


def _vocabulary(merges: list[list[int]]) -> dict[int, bytes]:
    known = {byte: bytes([byte]) for byte in range(256)}
    for id, (left, right) in enumerate(merges, start=256):
        known[id] = known[left] + known[right]
    return known


def _row(row: list[int], pair: list[int] | None, known: dict[int, bytes], y: float) -> str:
    """The tokens as boxes as wide as their bytes; those that merge next are marked."""
    x, boxes, skip = float(EDGE), [], False
    for i, id in enumerate(row):
        width = CELL * len(known[id])
        starts = not skip and row[i : i + 2] == pair
        boxes.append(_token(known[id], x, y, width, next=starts or skip))
        skip, x = starts, x + width
    count = tr("tokens: {n}", n=len(row))
    return "".join([*boxes, words(count, x + 88, y + 21, fill=QUIET, text_anchor="end")])


def _token(data: bytes, x: float, y: float, width: float, *, next: bool) -> str:
    """The text of a token where its bytes are whole characters, else its bytes."""
    try:
        text, size = data.decode(), 16
    except UnicodeDecodeError:
        text, size = data.hex(" "), 12
    edge = {"stroke": ACCENT, "stroke_width": 2.5} if next else {"stroke": LINE}
    return mark(
        "rect", x=x + 1.5, y=y, width=width - 3, height=32, rx=5, fill=PAPER, **edge
    ) + words(text, x + width / 2, y + 21, font_size=size, fill=INK)


FIGURE = Figure(
    title="Byte pair encoding, merge by merge",
    measure=measure,
    draw=draw,
    needs=("solutions/lesson2_tokenizer/basic.py",),
)
