"""What a right GPT must reach, measured by the grader."""

from __future__ import annotations

from grader.kit import Remote, fail, milestone
from grader.lessons.lesson5_gpt import GPT
from grader.scoring import Budget, entropy_excess
from grader.sources import Copy, Markov
from zth.worker.fit import Setup

FLOOR = 0.05  # nats above the source that a right model may stay


def _setup(vocab_size: int, budget: Budget, seed: int) -> Setup:
    """A GPT of two layers and width 64, with a recipe that trains it in seconds."""
    config = {"n_layer": 2, "n_head": 4, "n_embd": 64, "dropout": 0.0, "bias": False}
    return Setup(
        model=GPT.id,
        config_class="GPTConfig",
        config={**config, "vocab_size": vocab_size, "block_size": budget.T},
        slots=[],
        seed=seed % 2**31,
        device="cpu",
        steps=budget.steps,
        batch=budget.batch,
        learning_rate=4e-3,
        warmup=20,
        weight_decay=0.0,
        betas=(0.9, 0.98),
        clip=1.0,
    )


@milestone(
    GPT,
    points=4,
    quick=True,
    limit=200.0,
    hint="The checks above pass: does the model see all of its context, and nothing after it?",
)
def entropy_floor(remote: Remote, seed: int) -> str:
    """Nears the entropy of two sources that are known exactly"""
    budget = Budget(steps=300, batch=64, T=31, seconds=20)
    reached = []
    for name, source in (("Markov", Markov(8, seed)), ("copy", Copy(16))):
        setup = _setup(source.vocab_size, budget, seed)
        found = entropy_excess(remote, setup, source, budget, seed)
        if found.mean > FLOOR:
            fail(
                f"on the {name} source the loss stays {found} nats above what is possible; "
                f"{FLOOR} is allowed",
                expected=f"at most {FLOOR}",
                actual=str(found),
            )
        reached.append(f"{name} {found}")
    return ", ".join(reached) + " nats"
