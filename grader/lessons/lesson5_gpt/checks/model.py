"""What must hold of the whole model."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import strategies as st

from grader.derivatives import Array, Named, check_gradients
from grader.kit import Remote, close, fail, property_check
from grader.lessons.lesson5_gpt import GPT, driver, oracle
from grader.lessons.lesson5_gpt.checks.judging import TOLERANCE, dropped, near, nearest
from grader.lessons.lesson5_gpt.driver import Built
from grader.lessons.lesson5_gpt.hints import model as hints
from grader.lessons.lesson5_gpt.strategies.model import (
    DroppedEmbeddings,
    Elsewhere,
    GptCase,
    Later,
    LongRow,
    NewModel,
    Slots,
    gpt_names,
    gpts,
    laters,
)
from grader.losses import cross_entropy
from grader.nearness import size
from zth.language import tr


def logits_of(case: GptCase, named: Named, exact: bool) -> Array:
    return oracle.gpt(named, case.idx, case.config.n_layer, case.config.n_head, exact)


def _gelu(case: GptCase, logits: Array) -> bool:
    """Fails unless the logits are right with either form of GELU; True for the exact one."""
    answers = [logits_of(case, case.weights, exact) for exact in (True, False)]
    form = nearest(logits, answers)
    near(logits, answers[form], "logits")
    return form == 0


# Two passes that should agree differ by rounding alone, in float32 by some 1e-7 of the largest
# number (u = 6e-8): a hundred of these are allowed. The nearest known mistake, a thousandth of the
# row's mean in each position, is off by 7e-4.
SAME = 1e-5
RIGHT = ["gpt.logits_match_the_formula"]
EMBED = "wte[idx] plus the first T rows of wpe; blocks; ln_f; lm_head, at every position."


@property_check(GPT, points=4, case=gpts(), hint=EMBED, steps=hints.LOGITS_MATCH_THE_FORMULA)
def logits_match_the_formula(remote: Remote, case: GptCase) -> None:
    """The right logits at every position, for given GPT-2 weights

    The weights are given, so there is one right answer: a vector for what each token is, plus one
    for where it stands; the blocks; a last norm; and a score for each token of the vocabulary.
    After every position, since each of them is asked for the next token. (#model)
    """
    _gelu(case, remote(driver.gpt, case.config, case.weights, case.idx, None).logits)


@property_check(
    GPT,
    points=2,
    case=gpts("loss"),
    hint="Cross-entropy with the targets as they come: they are shifted already. Mean, in nats.",
    steps=hints.LOSS_IS_THE_MEAN,
)
def loss_is_the_mean(remote: Remote, case: GptCase) -> None:
    """With targets: the mean cross-entropy, and the same logits

    The loss of a position is −ln of the probability that the model gave to what really followed;
    the loss of a batch is the mean over all positions of all rows. targets[b, t] is what follows
    idx[b, t], so row and target are in step already. (#loss)
    """
    got = remote(driver.gpt, case.config, case.weights, case.idx, case.targets)
    exact = _gelu(case, got.logits)
    expected = cross_entropy(logits_of(case, case.weights, exact), case.targets)
    if got.loss is None:
        fail(tr("given targets, the model must return their loss"))
    close(got.loss, float(expected), rtol=TOLERANCE, atol=TOLERANCE, what=tr("loss"))


@property_check(
    GPT,
    points=3,
    case=gpts("gradients"),
    examples=20,
    hint="One matrix reads tokens and writes them: its gradient comes from both places.",
    steps=hints.MODEL_GRADIENTS,
)
def model_gradients(remote: Remote, case: GptCase) -> None:
    """The gradients of the loss, through the whole model

    The loss must reach every weight, or that weight never learns. The matrix wte is used twice, to
    read tokens and to score them, and its gradient is the sum of what both uses want. (#tied)
    """
    got = remote(driver.gpt, case.config, case.weights, case.idx, case.targets)
    exact = _gelu(case, got.logits)

    def forward(named: Named) -> Array:
        return cross_entropy(logits_of(case, named, exact), case.targets)

    check_gradients(forward, case.weights, np.array(1.0), got.grads, case.seed, TOLERANCE)


@property_check(
    GPT,
    points=2,
    case=laters(),
    examples=15,
    hint="Only attention looks at other positions, and only at earlier ones.",
    steps=hints.MODEL_IS_CAUSAL,
    needs=RIGHT,
)
def model_is_causal(remote: Remote, case: Later) -> None:
    """A later token never changes what comes before it

    After position t the model says what it expects at t + 1. If token t + 1 could move that, the
    model would see the answer: the loss would become very small, and when it writes by itself,
    where no later token exists, it would fail. (#model)
    """
    c = case.gpt
    y = remote(driver.gpt, c.config, c.weights, c.idx, None).logits
    moved = remote(driver.gpt, c.config, c.weights, case.other, None).logits
    if y.shape != moved.shape or y.shape[:2] != (c.B, c.T):
        fail(tr("logits have shapes {first} and {second}", first=y.shape, second=moved.shape))
    # What a softmax in float32 subtracts may be a masked score: that moves the last digits.
    atol = SAME * size(y)
    close(moved[:, :-1], y[:, :-1], rtol=0, atol=atol, what=tr("logits before the last"))


@property_check(
    GPT,
    points=2,
    case=st.sampled_from([NewModel(4, True), NewModel(2, False)]),
    examples=2,
    hint="N(0, 0.02²); each c_proj by √(2·n_layer) less; biases 0, gains 1; lm_head is wte.",
    steps=hints.STARTS_AS_GPT_2_DOES,
)
def starts_as_gpt_2_does(remote: Remote, case: NewModel) -> None:
    """GPT-2's names, shapes and start; lm_head is wte

    With small weights all logits are nearly equal, and the loss starts near ln V: the model has no
    wrong opinions to unlearn. Two projections in each block write to the stream, 2·n_layer terms
    whose sum grows as the root of their number; made smaller by that root, they leave the stream as
    it was, however deep the model. (#start)
    """
    got = remote(driver.built, case.config, False)
    shapes = {n: list(s) for n, s in gpt_names(case.config).items()}
    shapes["lm_head.weight"] = shapes["transformer.wte.weight"]
    if got.shapes != shapes or not got.shapes.keys() == got.means.keys() == got.deviations.keys():
        message = tr(
            "parameters: missing {missing}, too many {extra}, wrong shape {wrong}",
            missing=sorted(shapes - got.shapes.keys())[:3],
            extra=sorted(got.shapes - shapes.keys())[:3],
            wrong=[n for n in shapes if n in got.shapes and got.shapes[n] != shapes[n]][:3],
        )
        fail(message)
    if not got.tied:
        fail(tr("lm_head.weight and transformer.wte.weight must be the same parameter"))
    for name, shape in shapes.items():
        _starts(name, len(shape), case.n_layer, got)


def _parts_start(got: Built, n_layer: int) -> None:
    """Fails unless parts from elsewhere start as the model's own do."""
    for i in range(n_layer):
        for part in ("attn.inner", "attn.c_proj", "mlp.inner", "mlp.c_proj"):
            for kind, dimensions in (("weight", 2), ("bias", 1)):
                name = f"transformer.h.{i}.{part}.{kind}"
                if name not in got.shapes:
                    fail(tr("{name} is missing: parts that are given must be used", name=name))
                _starts(name, dimensions, n_layer, got)


def _starts(name: str, dimensions: int, n_layer: int, got: Built) -> None:
    """Fails unless mean and deviation of a parameter are about those of GPT-2's start."""
    small = 1 / math.sqrt(2 * n_layer) if name.endswith("c_proj.weight") else 1.0
    deviation = 0.02 * small if dimensions == 2 else 0.0
    if abs(got.deviations[name] - deviation) > 0.15 * deviation:
        message = tr(
            "{name} starts with a standard deviation of {actual}, not {expected}",
            name=name,
            actual=f"{got.deviations[name]:.4f}",
            expected=f"{deviation:.4f}",
        )
        fail(message)
    mean = 1.0 if dimensions == 1 and name.endswith("weight") else 0.0
    if abs(got.means[name] - mean) > deviation / 5:
        message = tr(
            "{name} starts with a mean of {actual}, not {expected}",
            name=name,
            actual=f"{got.means[name]:.4f}",
            expected=f"{mean:g}",
        )
        fail(message)


@property_check(
    GPT,
    points=1,
    case=st.builds(LongRow, st.integers(1, 3)),
    examples=3,
    hint="Raise a ValueError that names both lengths.",
    steps=hints.A_LONG_ROW_IS_REFUSED,
    needs=RIGHT,
)
def a_long_row_is_refused(remote: Remote, case: LongRow) -> None:
    """A row that is longer than the context is a ValueError

    wpe has one vector for each of block_size positions; for a later one there is none. Whoever
    passes a longer row has made a mistake, and should hear of it there and then. (#model)
    """
    name = remote(driver.too_long, case.config)
    if name not in ("ValueError", "AssertionError"):
        message = tr(
            "{tokens} tokens in a context of {block_size}: {what}",
            tokens=case.block_size + 1,
            block_size=case.block_size,
            what=name or tr("no error"),
        )
        fail(message)


@property_check(
    GPT,
    points=1,
    case=st.builds(DroppedEmbeddings, st.sampled_from([0.3, 0.6])),
    examples=2,
    hint="nn.Dropout on wte[idx] + wpe, before the first block.",
    steps=hints.EMBEDDINGS_ARE_DROPPED,
    needs=RIGHT,
)
def embeddings_are_dropped(remote: Remote, case: DroppedEmbeddings) -> None:
    """Dropout on the embeddings, in training mode only

    GPT-2 drops in three kinds of places: what attention answers, what the MLP answers, and what
    enters the first block, token and position together. In training some of its numbers are 0, in
    eval mode none. (#dropout)
    """
    passes = remote(driver.embedded, case.config, case.idx)
    shape = (*case.idx.shape, case.config.n_embd)
    dropped(passes, shape, case.rate, tr("numbers that enter the first block"))


@property_check(
    GPT,
    points=1,
    case=st.just(Elsewhere()),
    examples=1,
    hint="Make the positions where the tokens are: torch.arange(T, device=idx.device).",
    steps=hints.MODEL_RUNS_ANYWHERE,
    needs=RIGHT,
)
def model_runs_anywhere(remote: Remote, case: Elsewhere) -> None:
    """It would run on a GPU, too

    PyTorch refuses to add tensors of two devices. A tensor that you make is on the CPU unless you
    say otherwise, which shows only on the first GPU. The check runs your model on PyTorch's device
    without numbers, and follows what you make to where it meets the rest. (#model)
    """
    remote(driver.gpt_elsewhere, case.config)


@property_check(
    GPT,
    points=2,
    case=st.builds(Slots, st.integers(1, 3)),
    examples=3,
    hint="Hand the factories on to every block, each by itself; `block` makes the blocks.",
    steps=hints.EVERY_PART_IS_A_SLOT,
)
def every_part_is_a_slot(remote: Remote, case: Slots) -> None:
    """attention=, mlp=, norm= and block= are used, together or alone

    A slot takes a factory, and calls it once for each place where the part is needed, so that no
    two places share weights. What it gives starts as the model's own parts do. With that, anybody's
    attention can be trained in your model, and yours in anybody's. (#slots)
    """
    for expected in case.times:
        got = remote(driver.slots, case.config, list(expected))
        if got != expected:
            given = ", ".join(f"{name}=…" for name in expected)
            message = tr(
                "with {given}: each part must be made as often as the model has it", given=given
            )
            fail(message, expected=expected, actual=got)
    _parts_start(remote(driver.built, case.config, True), case.n_layer)
