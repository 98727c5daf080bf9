"""What a right bigram model reaches on names, measured beside the counts."""

from __future__ import annotations

import numpy as np

from grader.kit import Remote, fail, milestone
from grader.lessons.lesson6_bigram import BIGRAM, DESCENT, driver, hints, oracle
from grader.lessons.lesson6_bigram.driver import Config
from grader.names import Names, names
from grader.scoring import Budget, text_loss
from zth import measure
from zth.language import tr
from zth.worker.loop import Setup

ALLOWED = 0.01  # nats apart from the counts, on names that neither has seen
BUDGET = Budget(steps=400, batch=128, T=32, seconds=6)
STEPS, SETTINGS = 300, {"learning_rate": 50.0, "penalty": 0.001}


def counted(drawn: Names) -> float:
    """The loss of counts with a pseudo-count of 1, on the validation split."""
    counts = oracle.counts(drawn.train, len(drawn.vocabulary))
    return oracle.nats(oracle.probabilities(counts, 1.0), drawn.val)


def _judged(loss: float, drawn: Names) -> str:
    """Fails where a loss is too far from that of the counts; else says what both are."""
    due = counted(drawn)
    figures = {
        "loss": f"{loss:.4f}",
        "due": f"{due:.4f}",
        "source": drawn.source,
        "allowed": ALLOWED,
    }
    if loss > due + ALLOWED:
        message = tr(
            "on held-out names ({source}) the loss is {loss} nats, and that of counts {due}; it "
            "may be {allowed} more",
            **figures,
        )
        fail(message, expected=tr("at most {limit}", limit=f"{due + ALLOWED:.4f}"), actual=loss)
    if loss < due - ALLOWED:
        message = tr(
            "on held-out names ({source}) the loss is {loss} nats, and that of counts {due}: no "
            "model gets so far below that looks at one token only",
            **figures,
        )
        fail(message)
    return tr("{loss} nats, the counts {due} ({source})", **figures)


@milestone(
    BIGRAM,
    points=2,
    needs=("bigram.loss_is_the_mean", "bigram.gradient_arrives"),
    hint="The loss is to be that of the counts: above, it learns too little; below, it sees more.",
    steps=hints.NAMES_NLL,
    limit=60.0,
)
def names_nll(remote: Remote, seed: int) -> str:
    """Names: trained by gradient, it comes within 0.01 nats of the counts

    Counts, with a pseudo-count of 1, are the best that a table of pairs can do. The same table is
    learned here by the steps of any network, on windows of the names, and is measured on names that
    neither has seen. (#your-turn)
    """
    drawn = names(seed)
    setup = Setup(
        model=BIGRAM.id,
        config_class="BigramConfig",
        config={"vocab_size": len(drawn.vocabulary), "block_size": BUDGET.T},
        slots=[],
        seed=seed % 2**31,
        device="cpu",
        steps=BUDGET.steps,
        batch=BUDGET.batch,
        learning_rate=0.1,
        warmup=0,
        weight_decay=0.0,
        betas=(0.9, 0.99),
        clip=1.0,
    )
    found = text_loss(remote, setup, drawn.train, drawn.val, BUDGET, seed)
    return _judged(found.loss.mean, drawn)


@milestone(
    DESCENT,
    points=2,
    needs=("bigram.gradient_arrives", "descent.steps_down_the_gradient"),
    hint="The checks look at four steps. What does yours do in 300?",
    steps=hints.FINDS_THE_COUNTS,
    limit=60.0,
)
def finds_the_counts(remote: Remote, seed: int) -> str:
    """Names: your own loop brings your model within 0.01 nats of the counts

    300 steps on all names at once, with the learning rate of the lecture. What your model says
    after each token by itself is then a table, which is measured as that of the counts is, on names
    that neither has seen. (#network)
    """
    drawn = names(seed)
    V = len(drawn.vocabulary)
    logits = remote(driver.learned, Config(V, BUDGET.T), drawn.train, STEPS, SETTINGS)
    try:
        table = measure.log_softmax(logits, (V, V))
    except measure.Unmeasurable as error:
        fail(str(error))
    return _judged(oracle.nats(np.exp(table), drawn.val), drawn)
