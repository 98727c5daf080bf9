"""Code that makes a configuration."""

from __future__ import annotations

from grader.lessons.lesson5_gpt.driver import Config


def configured(c: Config) -> str:
    """Code that makes a GPTConfig."""
    return (
        f"GPTConfig(block_size={c.block_size}, vocab_size={c.vocab_size}, n_layer={c.n_layer}, "
        f"n_head={c.n_head}, n_embd={c.n_embd}, bias={c.bias})"
    )
