"""Pictures of a terminal for the README and the front page: `zth grade` and `zth watch`, with an
attention that looks one position into the future.

`python -m tests.pictures [NAME…]` records them anew, in tmux: docs/assets/terminal/NAME.svg, for
each language, as wide as a page and as narrow as a telephone. A busy machine is slow in them, too.
"""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from rich.ansi import AnsiDecoder
from rich.cells import cell_len
from rich.console import Console
from rich.style import Style
from rich.text import Text

from tests.e2e.test_watch import Pane

FOLDER = Path(__file__).parents[1] / "docs/assets/terminal"
LOCALES = {"en": "C.UTF-8", "zh": "zh_CN.UTF-8"}
SIZES = ("", ".narrow")
EXERCISE = "lesson3_attention/attention.py"
WRONG = """\
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    if is_causal:
        future = torch.ones_like(scores).triu(k.shape[-2] - q.shape[-2] + 2) == 1
        scores = scores.masked_fill(future, float("-inf"))
    return scores.softmax(dim=-1) @ v
"""


@dataclass(frozen=True)
class Picture:
    """A command, and how wide and high its terminal is for each of SIZES.

    `saved` is what the screen says before the wrong attention is saved, or nothing where that is
    there at the start; `done` is what it says when all is judged.
    """

    command: str
    sizes: tuple[tuple[int, int], ...]
    done: dict[str, str]
    saved: dict[str, str] | None = None


PICTURES = {
    "grade": Picture("zth grade lesson3", ((88, 80), (54, 80)), {"en": "seed 0", "zh": "种子 0"}),
    "watch": Picture(
        "zth watch lesson3",
        ((94, 25), (54, 36)),
        {"en": "judged in", "zh": "评完"},
        saved={"en": "not implemented yet: sdpa", "zh": "尚未实现：sdpa"},
    ),
}
EVERY = tuple(product(PICTURES, LOCALES, SIZES))


def columns(name: str, size: str) -> int:
    return PICTURES[name].sizes[SIZES.index(size)][0]


def file(name: str, spoken: str, size: str) -> Path:
    return FOLDER / f"{name}{size}{'' if spoken == 'en' else '.' + spoken}.svg"


# --- what is on the screen ------------------------------------------------------------------------


def workspace(folder: Path) -> Path:
    """A learner's folder, in which nothing is written yet."""
    mine = folder / "my-way"
    subprocess.run(
        [sys.executable, "-m", "zth", "init", mine], check=True, capture_output=True, cwd=folder
    )
    return mine


def write(mine: Path) -> None:
    """An attention of which the mask is wrong."""
    stub = mine / EXERCISE
    text = stub.read_text("utf-8")
    stub.write_text(text.replace("    raise NotImplementedError\n", WRONG, 1), "utf-8")


def recorded(name: str, spoken: str, size: str, folder: Path) -> list[str]:
    """The lines of the screen, with the terminal's codes for colours."""
    picture, mine = PICTURES[name], workspace(folder)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    area = picture.sizes[SIZES.index(size)]
    pane = Pane(folder, *area, LANG=LOCALES[spoken], ZTH_LANG=spoken, PATH=path)
    try:
        if not picture.saved:
            write(mine)
        pane.keys(f"cd {mine}; clear; {picture.command}", "Enter")
        if picture.saved:
            pane.shows(picture.saved[spoken], picture.done[spoken])
            write(mine)
        pane.shows("8/22", picture.done[spoken])
        screen = pane.tmux("capture-pane", "-p", "-e").rstrip("\n").split("\n")
    finally:
        pane.tmux("kill-server")
    return [line for line in screen if "ready>" not in line]


# --- the drawing ----------------------------------------------------------------------------------


COLUMN, LINE, SIZE, MARGIN = 8.4, 19, 14, 16  # in pixels
INK, PAPER, BAR, EDGE = "#d8dee9", "#1b1f27", "#2a303c", "#3f4757"
COLOURS = (  # of a terminal, the eight and the eight bright ones, each legible on the paper
    *("#7f8898", "#ff7b86", "#8fd694", "#e9c46a", "#82b1ff", "#d6a0f0", "#6fd3dd", INK),
    *("#9aa4b5", "#ff9aa2", "#a8e6ad", "#f2d68b", "#a5c8ff", "#e3baf7", "#93e3ea", "#ffffff"),
)
FONTS = (
    "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', "
    "'Noto Sans Mono CJK SC', 'PingFang SC', 'Microsoft YaHei', monospace"
)
WIDE = "[\u2e80-\u9fff\uff00-\uffef]+"  # letters of two columns
# Letters of one kind, which one font has, so that a line keeps its columns whatever the fonts are.
RUN = re.compile(rf"[!-~]+(?: [!-~]+)*|{WIDE}|[^\s]")


def drawing(command: str, lines: list[str], width: int) -> str:
    """The screen as an SVG with a paper of its own, which asks for nothing else."""
    shown = list(AnsiDecoder().decode("\n".join(lines)))
    wide, high = width * COLUMN + 2 * MARGIN, (len(shown) + 2) * LINE + MARGIN
    rows = [f'<text x="{MARGIN}" y="{LINE}" class="b">$ {command}</text>']
    console = Console(width=1000, color_system="standard")
    for number, line in enumerate(shown):
        rows += _row(line, (number + 2.75) * LINE, console)
    said = "\n".join(line.plain.rstrip() for line in shown)
    drawn = "\n".join(rows)
    look = f"text{{font:{SIZE}px {FONTS};fill:{INK};white-space:pre}} .b{{font-weight:bold}}"
    look += f" .w{{font-size:{2 * COLUMN:g}px}}"  # as wide as high: not stretched
    bar = f"M0 {1.5 * LINE}V8a8 8 0 0 1 8-8H{wide - 8:g}a8 8 0 0 1 8 8V{1.5 * LINE}z"
    edge = f'width="{wide - 1:g}" height="{high - 1:g}" rx="7.5" fill="none" stroke="{EDGE}"'
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:g} {high:g}" role="img">
<title>{command}</title>
<desc>{html.escape(said)}</desc>
<style>{look}</style>
<rect width="100%" height="100%" rx="8" fill="{PAPER}"/>
<path d="{bar}" fill="{BAR}"/>
<rect x=".5" y=".5" {edge}/>
{drawn}
</svg>
"""


def _row(line: Text, y: float, console: Console) -> Iterator[str]:
    column = 0
    for segment in line.render(console):
        for run in RUN.finditer(segment.text):
            before = cell_len(segment.text[: run.start()])
            yield _letters(run[0], segment.style or Style(), column + before, y)
        column += cell_len(segment.text)


def _letters(text: str, style: Style, column: int, y: float) -> str:
    x, long = MARGIN + column * COLUMN, cell_len(text) * COLUMN
    number = style.color.number if style.color else None
    classes = " ".join(["b"] * bool(style.bold) + ["w"] * bool(re.fullmatch(WIDE, text)))
    looks = f' class="{classes}"' if classes else ""
    looks += "" if number is None else f' style="fill:{COLOURS[number]}"'
    looks += ' opacity=".75"' if style.dim else ""
    return (
        f'<text x="{x:g}" y="{y:g}" textLength="{long:g}" lengthAdjust="spacingAndGlyphs"{looks}>'
        f"{html.escape(text)}</text>"
    )


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = sys.argv[1:] or PICTURES
    for name, spoken, size in EVERY:
        if name not in wanted:
            continue
        with tempfile.TemporaryDirectory(prefix="zth-", dir="/tmp") as folder:
            lines = recorded(name, spoken, size, Path(folder))
        svg = drawing(PICTURES[name].command, lines, columns(name, size))
        file(name, spoken, size).write_text(svg, "utf-8")
        print(file(name, spoken, size).name, len(svg))


if __name__ == "__main__":
    main()
