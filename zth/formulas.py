"""A formula in TeX as plain text, for pages and terminals that have nothing to set it with."""

from __future__ import annotations

import re

SIGNS = {
    "cdot": "·",
    "circ": "∘",
    "dots": "…",
    "ell": "ℓ",
    "ge": "≥",
    "le": "≤",
    "leftarrow": "←",
    "lVert": "‖",
    "ne": "≠",
    "odot": "⊙",
    "partial": "∂",
    "prod": "∏",
    "Rightarrow": "⇒",
    "rVert": "‖",
    "sim": "∼",
    "sum": "Σ",
    "top": "ᵀ",
    "alpha": "α",
    "beta": "β",
    "delta": "δ",
    "gamma": "γ",
    "lambda": "λ",
    "mu": "μ",
    "pi": "π",
    "sigma": "σ",
}
# What has braces, from the inside out: no other braces are in these any more.
BRACES = (
    (re.compile(r"\\(?:text|operatorname|mathbb|mathcal)\{([^{}]*)\}"), r"\1"),
    (re.compile(r"\\overline\{([^{}]*)\}"), r"⟨\1⟩"),
    (re.compile(r"\\bar ?(\w)"), "\\1\N{COMBINING MACRON}"),
    (re.compile(r"\\hat ?(\w)"), "\\1\N{COMBINING CIRCUMFLEX ACCENT}"),
    (re.compile(r"\\sqrt\{([^{}]*)\}"), r"√(\1)"),
    (re.compile(r"([_^])\{([^{} ])\}"), r"\1\2"),
    (re.compile(r"([_^])\{([^{}]*)\}"), r"\1(\2)"),
)
FRACTION = re.compile(r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}")
SEVERAL = re.compile(r"\s[-+=·]|\\sum|\\cdot|/")  # what needs ( ) above or below a line
NOTHING = re.compile(
    r"\\(?:begin|end)\{\w+\}|\\(?:left|right|Big|big)\b|\\[!,;]|&(?==)|\^(?=\\top)"
)
LINE = re.compile(r"\\\\(?:\[\w+\])?\s*|(?:\\qquad)+\n?|\n")
GAP = re.compile(r" *(?:&|\\quad) *")
COMMAND = re.compile(r"\\([A-Za-z]+|_)(?:(?<=partial) )?")  # what has no sign is a name: cos


def plain(tex: str) -> str:
    """The formula in letters and signs, with a line for each of its lines.

    >>> plain(r"\\frac{n_0}{n_k} = \\sqrt{2} \\cdot x^{i+1}")
    'n_0/n_k = √(2) · x^(i+1)'
    """
    text, before = NOTHING.sub("", tex), ""
    while text != before:
        before = text
        for pattern, replacement in BRACES:
            text = pattern.sub(replacement, text)
        text = FRACTION.sub(lambda m: f"{_grouped(m[1])}/{_grouped(m[2])}", text)
    text = COMMAND.sub(lambda m: SIGNS.get(m[1], m[1]), GAP.sub("\t", LINE.sub("\n", text)))
    lines = (re.sub(" +", " ", line).strip() for line in text.split("\n"))
    return "\n".join(filter(None, lines)).replace("\t", "    ")


def _grouped(part: str) -> str:
    return f"({part})" if SEVERAL.search(part) else part
