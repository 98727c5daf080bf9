"""Reads the checks, the oracle, the mutants, the history and the class's secrets."""

from pathlib import Path

ISOLATING = True
SAYS = "not implemented|nothing found"
FILES = (
    "CLONE/grader/lessons/lesson1_autograd/oracle.py",
    "CLONE/grader/lessons/lesson3_attention/checks/dot_product.py",
    "CLONE/grader/mutants/lesson1_autograd.toml",
    "CLONE/.git/HEAD",
    "BESIDE/secret",
    "/etc/shadow",
    "/root/.bash_history",
)


def strike(*_):
    for file in FILES:
        try:
            found = Path(file).read_bytes()[:20]
        except OSError:
            continue
        raise RuntimeError(f"zth-attack: got {file} {found}")
    raise NotImplementedError("nothing found")
