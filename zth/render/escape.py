"""Text made safe and readable: what came from a worker, and signs that a stream cannot write."""

from __future__ import annotations

import codecs
import unicodedata

from zth.language import tr

_KEPT = "\n\t"
_LINE_ENDS = "Zl", "Zp"  # what some readers take for the end of a line
WIDTH = 300  # characters of one line

ERRORS = "zth.spelled"  # how a stream of few signs is to write ours: open(…, errors=ERRORS)
_SPELLINGS = {
    **dict(zip("✓✗◂▸·★☆█▓▒░│─", "+x<>.*-#X=:|-", strict=True)),
    **dict(zip("“”‘’–—−×÷⋅", "\"\"''---x/.", strict=True)),
    "…": "...",
    "√": "sqrt ",
    "Σ": "sum ",
    "ᵀ": "^T",
    "²": "^2",
    "³": "^3",
    "⁻": "^-",
    "¹": "1",
    "±": "+-",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "≈": "~",
    "→": "->",
    "←": "<-",
    "∞": "inf",
}


def plain(text: str, lines: int = 40) -> str:
    """The text with control, bidi and surrogate characters escaped, cut to `lines` lines."""
    rows = text.split("\n")
    more = len(rows) - lines
    shown = [_row(row) for row in rows[:lines]]
    return "\n".join([*shown, tr("… {n} more lines", n=more)] if more > 0 else shown)


def spelled(text: str) -> str:
    """The text with its marks, blocks and mathematical signs in ASCII; letters stay."""
    return "".join(_SPELLINGS.get(c, c) for c in text)


def _row(row: str) -> str:
    more = len(row) - WIDTH
    safe = "".join(_shown(c) for c in row[:WIDTH])
    return tr("{text} … {n:,} more characters", text=safe, n=more) if more > 0 else safe


def _shown(c: str) -> str:
    category = unicodedata.category(c)
    hidden = category[0] == "C" or category in _LINE_ENDS
    return _escape(c) if hidden and c not in _KEPT else c


def _escape(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def _spell(error: UnicodeError) -> tuple[str, int]:
    """What stands for the characters that an encoding lacks."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return "".join(_SPELLINGS.get(c, "?") for c in text), error.end


codecs.register_error(ERRORS, _spell)
