"""What a right GPT must reach, measured by the grader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from grader.kit import NotMeasured, Remote, fail, milestone
from grader.lessons.lesson5_gpt import GPT, TRAINING
from grader.lessons.lesson5_gpt.hints import model as hints
from grader.lessons.lesson5_gpt.hints.training import OWN_LOOP
from grader.scoring import Budget, Reached, entropy_excess, text_loss
from grader.sources import Copy, Markov, Source
from zth import data
from zth.language import tr
from zth.training import Corpus
from zth.worker import fit
from zth.worker.loop import Setup

FLOOR = 0.05  # nats above the source that a right model may stay
FLOOR_BUDGET = Budget(steps=300, batch=64, T=31, seconds=20)

SMALL = {"n_layer": 2, "n_head": 4, "n_embd": 64, "dropout": 0.0, "bias": False}
LARGER = {"n_layer": 4, "n_head": 4, "n_embd": 128, "dropout": 0.0, "bias": False}
# A model without slots of its own may train, too.
TRAINS = ("gpt.logits_match_the_formula", "gpt.loss_is_the_mean", "gpt.model_is_causal")
CLASSIC = {"n_layer": 6, "n_head": 6, "n_embd": 384, "dropout": 0.2, "bias": False}


def setup_of(
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


# --- sources whose entropy is known -------------------------------------------------------------


def _near(remote: Remote, name: str, source: Source, setup: Setup, seed: int) -> str:
    """Fails where a model that was trained on the source stays too far above it."""
    found = entropy_excess(remote, setup, source, FLOOR_BUDGET, seed)
    if found.mean > FLOOR:
        message = tr(
            "on the {name} source the loss stays {found} nats above what is possible; {floor} is "
            "allowed",
            name=name,
            found=found,
            floor=FLOOR,
        )
        fail(message, expected=tr("at most {limit}", limit=FLOOR), actual=str(found))
    return f"{name} {found}"


@milestone(
    GPT,
    points=4,
    quick=True,
    needs=TRAINS,
    limit=200.0,
    hint="The checks above pass: does the model see all of its context, and nothing after it?",
    steps=hints.ENTROPY_FLOOR,
)
def entropy_floor(remote: Remote, seed: int) -> str:
    """Nears the entropy of two sources that are known exactly

    A source that is known has an entropy: nobody predicts its next token better than that, and a
    right model comes near it. The Markov chain needs the last two tokens. The copy says everything
    twice, so that its second half can be known from the first, if attention finds the place.
    (#your-turn)
    """
    sources: dict[str, Source] = {"Markov": Markov(8, seed), "copy": Copy(16)}
    reached = [
        _near(remote, name, source, setup_of(source.vocab_size, FLOOR_BUDGET, seed), seed)
        for name, source in sources.items()
    ]
    return tr("{figures} nats", figures=", ".join(reached))


@milestone(
    TRAINING,
    points=2,
    quick=True,
    limit=100.0,
    hint="The checks above pass: what does the loop do on its 300th step that it did on its first?",
    steps=OWN_LOOP,
)
def own_loop(remote: Remote, seed: int) -> str:
    """Your loop brings your model near the entropy of a source

    The checks above look at a few steps. Here your own loop trains your own model for 300, and what
    is measured afterwards, from outside, is how near it came to what is possible. (#your-turn)
    """
    source = Markov(8, seed)
    setup = replace(setup_of(source.vocab_size, FLOOR_BUDGET, seed), loop=[TRAINING.id])
    found = _near(remote, "Markov", source, setup, seed)
    claimed = f"{FLOOR_BUDGET.tokens:,}"
    return tr("{found} nats, with {tokens} tokens claimed", found=found, tokens=claimed)


# --- Shakespeare --------------------------------------------------------------------------------


def _shakespeare() -> Corpus:
    """Tiny Shakespeare, or NotMeasured where it is not on this machine."""
    dataset = next(d for d in data.DATASETS if d.name == "tinyshakespeare")
    if data.locate(dataset) is None:
        raise NotMeasured(
            tr("tiny Shakespeare is not here; get it: zth data fetch tinyshakespeare")
        )
    return Corpus.of(data.find(dataset).read_text(encoding="utf-8"))


def _judged(found: Reached, budget: Budget, allowed: float) -> str:
    """Fails where the interval of the loss ends above what is allowed; else says what it is."""
    said = {
        "loss": found.loss,
        "tokens": f"{found.step * budget.batch * budget.T:,}",
        "done": f"{found.step:,}",
        "steps": f"{budget.steps:,}",
    }
    whole = found.step == budget.steps
    if found.loss.upper > allowed:
        message = tr(
            "the validation loss is {loss} after {tokens} tokens; its upper end must be at most "
            "{allowed}"
            if whole
            else "the validation loss is {loss} after {tokens} tokens, cut off after {done} of "
            "{steps} steps; its upper end must be at most {allowed}",
            allowed=allowed,
            **said,
        )
        fail(message, expected=tr("at most {limit}", limit=allowed), actual=str(found.loss))
    return tr(
        "{loss} nats after {tokens} tokens (a public text, which a tree could carry)"
        if whole
        else "{loss} nats after {tokens} tokens, cut off after {done} of {steps} steps (a public "
        "text, which a tree could carry)",
        **said,
    )


@milestone(
    GPT,
    points=4,
    needs=TRAINS,
    limit=1200.0,
    hint="Compare the curve with the reference's: zth train shakespeare-tiny --with gpt=student.",
    steps=hints.SHAKESPEARE_CPU,
)
def shakespeare_cpu(remote: Remote, seed: int) -> str:
    """Shakespeare: at most 1.92 nats from 1.6 million tokens

    A small model, four blocks of 128 channels, sees the text about one and a half times. The checks
    above have seen single passes; how low the loss comes in so few steps says whether the model
    learns as fast as a GPT does. (#your-turn)
    """
    corpus = _shakespeare()
    budget = Budget(steps=1500, batch=16, T=64, seconds=150)
    setup = setup_of(len(corpus.vocabulary), budget, seed, LARGER)
    found = text_loss(remote, setup, corpus.train, corpus.val, budget, seed)
    return _judged(found, budget, 1.92)


@milestone(
    GPT,
    points=4,
    needs=TRAINS,
    limit=3600.0,
    gpu=True,
    hint="Is dropout on in training, and off when the model is scored?",
    steps=hints.SHAKESPEARE_GPU,
)
def shakespeare_gpu(remote: Remote, seed: int) -> str:
    """Shakespeare on a GPU: at most 1.5 nats, the classic configuration

    The configuration of the lecture: six blocks of 384 channels, a context of 256. It is large for
    a text of a million characters, and without dropout it would learn it by heart. (#your-turn)
    """
    corpus = _shakespeare()
    with remote.fit(gpu=True) as session:
        if "cuda" not in session.call(fit.devices, limit=60):
            raise NotMeasured(tr("it needs a CUDA GPU, and PyTorch sees none here"))
    budget = Budget(steps=2000, batch=64, T=256, seconds=600)
    setup = replace(
        setup_of(len(corpus.vocabulary), budget, seed, CLASSIC),
        device="cuda",
        learning_rate=1e-3,
        warmup=100,
    )
    found = text_loss(remote, setup, corpus.train, corpus.val, budget, seed)
    return _judged(found, budget, 1.5)
