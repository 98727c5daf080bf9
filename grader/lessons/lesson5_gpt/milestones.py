"""What a right GPT must reach, measured by the grader."""

from __future__ import annotations

from collections.abc import Mapping

from grader.kit import NotMeasured, Remote, fail, milestone
from grader.lessons.lesson5_gpt import GPT
from grader.scoring import Budget, entropy_excess, text_loss
from grader.sources import Copy, Markov
from zth import data
from zth.training import Corpus
from zth.worker.fit import Setup

FLOOR = 0.05  # nats above the source that a right model may stay


SMALL = {"n_layer": 2, "n_head": 4, "n_embd": 64, "dropout": 0.0, "bias": False}
LARGER = {"n_layer": 4, "n_head": 4, "n_embd": 128, "dropout": 0.0, "bias": False}


def _setup(
    vocab_size: int, budget: Budget, seed: int, size: Mapping[str, int | float | bool] = SMALL
) -> Setup:
    """A GPT of this size, with a recipe that trains it in little time."""
    return Setup(
        model=GPT.id,
        config_class="GPTConfig",
        config={**size, "vocab_size": vocab_size, "block_size": budget.T},
        slots=[],
        seed=seed % 2**31,
        device="cpu",
        steps=budget.steps,
        batch=budget.batch,
        learning_rate=4e-3,
        warmup=budget.steps // 15,
        weight_decay=0.1,
        betas=(0.9, 0.99),
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


TOKENS, LOSS = 1_600_000, 1.92


@milestone(
    GPT,
    points=4,
    limit=1200.0,
    hint="Compare the curve with the reference's: zth train shakespeare-tiny --with gpt=student.",
)
def shakespeare_cpu(remote: Remote, seed: int) -> str:
    """Shakespeare: at most 1.92 nats from 1.6 million tokens"""
    dataset = next(d for d in data.DATASETS if d.name == "tinyshakespeare")
    if data.locate(dataset) is None:
        raise NotMeasured("tiny Shakespeare is not here; get it: zth data fetch tinyshakespeare")
    corpus = Corpus.of(data.find(dataset).read_text(encoding="utf-8"))
    budget = Budget(steps=1500, batch=16, T=64, seconds=150)
    if budget.steps * budget.batch * budget.T > TOKENS:
        raise ValueError("the budget is over the tokens that the milestone allows")
    setup = _setup(len(corpus.vocabulary), budget, seed, LARGER)
    found = text_loss(remote, setup, corpus.train, corpus.val, budget, seed)
    if found.upper > LOSS:
        fail(
            f"the validation loss is {found}, and its upper end must be at most {LOSS}",
            expected=f"at most {LOSS}",
            actual=str(found),
        )
    return f"{found} nats after {budget.steps * budget.batch * budget.T:,} tokens"
