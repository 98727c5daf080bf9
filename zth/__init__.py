"""zth: a plugin-based companion, with an autograder, to "LLM: zero to hero"."""

__version__ = "0.1.0"
