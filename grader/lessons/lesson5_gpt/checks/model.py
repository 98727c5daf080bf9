"""What must hold of the whole model, and of published weights in it."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from grader.derivatives import Array, Named, check_gradients
from grader.kit import Remote, close, fail, property_check
from grader.lessons.lesson5_gpt import GPT, PRETRAINED, driver, oracle
from grader.lessons.lesson5_gpt.checks.parts import TOLERANCE, dropped, near, nearest, size
from grader.lessons.lesson5_gpt.driver import Config
from grader.lessons.lesson5_gpt.strategies.model import (
    GptCase,
    PublishedCase,
    Spoilt,
    gpt_names,
    gpts,
    publications,
    spoilt,
)


def _logits(case: GptCase, named: Named, exact: bool) -> Array:
    return oracle.gpt(named, case.idx, case.config.n_layer, case.config.n_head, exact)


def _gelu(case: GptCase, logits: Array) -> bool:
    """Fails unless the logits are right with either form of GELU; True for the exact one."""
    answers = [_logits(case, case.weights, exact) for exact in (True, False)]
    form = nearest(logits, answers)
    near(logits, answers[form], "logits")
    return form == 0


# Two passes that should agree differ by rounding alone, in float32 by some 1e-7 of the largest
# number (u = 6e-8). Another token moves what sees it by a share of a number of about 1.
SAME = 1e-5
RIGHT = ["gpt.logits_match_the_formula"]
EMBED = "wte[idx] plus the first T rows of wpe; blocks; ln_f; lm_head, at every position."


@property_check(GPT, points=4, case=gpts(), hint=EMBED)
def logits_match_the_formula(remote: Remote, case: GptCase) -> None:
    """The right logits at every position, for given GPT-2 weights"""
    _gelu(case, remote(driver.gpt, case.config, case.weights, case.idx, None).logits)


@property_check(
    GPT,
    points=2,
    case=gpts(),
    hint="Cross-entropy with the targets as they come: they are shifted already. Mean, in nats.",
)
def loss_is_the_mean(remote: Remote, case: GptCase) -> None:
    """With targets: the mean cross-entropy, and the same logits"""
    got = remote(driver.gpt, case.config, case.weights, case.idx, case.targets)
    exact = _gelu(case, got.logits)
    expected = oracle.cross_entropy(_logits(case, case.weights, exact), case.targets)
    if got.loss is None:
        fail("given targets, the model must return their loss")
    close(got.loss, float(expected), rtol=TOLERANCE, atol=TOLERANCE, what="loss")


@property_check(
    GPT,
    points=3,
    case=gpts(),
    examples=20,
    hint="One matrix reads tokens and writes them: its gradient comes from both places.",
)
def model_gradients(remote: Remote, case: GptCase) -> None:
    """The gradients of the loss, through the whole model"""
    got = remote(driver.gpt, case.config, case.weights, case.idx, case.targets)
    exact = _gelu(case, got.logits)

    def forward(named: Named) -> Array:
        return oracle.cross_entropy(_logits(case, named, exact), case.targets)

    check_gradients(forward, case.weights, np.array(1.0), got.grads, case.seed, TOLERANCE)


@property_check(
    GPT,
    points=2,
    case=gpts().filter(lambda c: c.T > 1),
    examples=15,
    hint="Only attention looks at other positions, and only at earlier ones.",
    needs=RIGHT,
)
def model_is_causal(remote: Remote, case: GptCase) -> None:
    """A later token never changes what comes before it"""
    y = remote(driver.gpt, case.config, case.weights, case.idx, None).logits
    other = case.idx.copy()
    other[:, -1] = (other[:, -1] + 1) % case.config.vocab_size
    moved = remote(driver.gpt, case.config, case.weights, other, None).logits
    if y.shape != moved.shape or y.shape[:2] != (case.B, case.T):
        fail(f"logits have shapes {y.shape} and {moved.shape}")
    # What a softmax in float32 subtracts may be a masked score: that moves the last digits.
    atol = SAME * size(y)
    close(moved[:, :-1], y[:, :-1], rtol=0, atol=atol, what="logits before the last")


STARTS = Config(block_size=16, vocab_size=50, n_layer=4, n_head=2, n_embd=64)


@property_check(
    GPT,
    points=2,
    case=st.sampled_from([STARTS, replace(STARTS, bias=False, n_layer=2)]),
    examples=2,
    hint="N(0, 0.02²); each c_proj by √(2·n_layer) less; biases 0, gains 1; lm_head is wte.",
)
def starts_as_gpt_2_does(remote: Remote, config: Config) -> None:
    """GPT-2's names, shapes and start; lm_head is wte"""
    got = remote(driver.built, config)
    shapes = {n: list(s) for n, s in gpt_names(config).items()}
    shapes["lm_head.weight"] = shapes["transformer.wte.weight"]
    if got.shapes != shapes or not got.shapes.keys() == got.means.keys() == got.deviations.keys():
        missing, extra = sorted(shapes - got.shapes.keys()), sorted(got.shapes - shapes.keys())
        wrong = [n for n in shapes if n in got.shapes and got.shapes[n] != shapes[n]]
        fail(f"parameters: missing {missing[:3]}, too many {extra[:3]}, wrong shape {wrong[:3]}")
    if not got.tied:
        fail("lm_head.weight and transformer.wte.weight must be the same parameter")
    for name in shapes:
        deviation = got.deviations[name]
        small = 1 / math.sqrt(2 * config.n_layer) if name.endswith("c_proj.weight") else 1.0
        expected = 0.02 * small if len(shapes[name]) == 2 else 0.0
        if abs(deviation - expected) > 0.15 * expected:
            fail(f"{name} starts with a standard deviation of {deviation:.4f}, not {expected:.4f}")
        mean = 1.0 if len(shapes[name]) == 1 and name.endswith("weight") else 0.0
        if abs(got.means[name] - mean) > expected / 5:
            fail(f"{name} starts with a mean of {got.means[name]:.4f}, not {mean:g}")


@property_check(
    GPT,
    points=1,
    case=st.integers(1, 3),
    examples=3,
    hint="Raise a ValueError that names both lengths.",
    needs=RIGHT,
)
def a_long_row_is_refused(remote: Remote, block_size: int) -> None:
    """A row that is longer than the context is a ValueError"""
    name = remote(driver.too_long, replace(STARTS, block_size=block_size))
    if name not in ("ValueError", "AssertionError"):
        fail(f"{block_size + 1} tokens in a context of {block_size}: {name or 'no error'}")


@property_check(
    GPT,
    points=1,
    case=st.sampled_from([0.3, 0.6]),
    examples=2,
    hint="nn.Dropout on wte[idx] + wpe, before the first block.",
    needs=RIGHT,
)
def embeddings_are_dropped(remote: Remote, rate: float) -> None:
    """Dropout on the embeddings, in training mode only"""
    config = replace(STARTS, n_layer=1, block_size=4, dropout=rate)
    passes = remote(driver.embedded, config, np.arange(200).reshape(50, 4) % 50)
    dropped(passes, (50, 4, config.n_embd), rate, "numbers that enter the first block")


@property_check(
    GPT,
    points=1,
    case=st.sampled_from([replace(STARTS, n_layer=1)]),
    examples=1,
    hint="Make the positions where the tokens are: torch.arange(T, device=idx.device).",
    needs=RIGHT,
)
def model_runs_anywhere(remote: Remote, config: Config) -> None:
    """It would run on a GPU, too"""
    remote(driver.gpt_elsewhere, config)


@property_check(
    GPT,
    points=2,
    case=st.integers(1, 3),
    examples=3,
    hint="Hand the factories on to every block, each by itself; `block` makes the blocks.",
)
def every_part_is_a_slot(remote: Remote, n_layer: int) -> None:
    """attention=, mlp=, norm= and block= are used, together or alone"""
    config = replace(STARTS, n_layer=n_layer)
    times = {"attention": n_layer, "mlp": n_layer, "norm": 2 * n_layer + 1}
    own = {"block": n_layer, "attention": n_layer, "mlp": n_layer, "norm": n_layer + 1}
    for expected in (times, *({name: n} for name, n in times.items()), own):
        got = remote(driver.slots, config, list(expected))
        if got != expected:
            given = ", ".join(f"{name}=…" for name in expected)
            fail(
                f"with {given}: each part must be made as often as the model has it",
                expected=expected,
                actual=got,
            )


# --- published weights --------------------------------------------------------------------------

LAYOUT = "c_attn, c_fc and c_proj are stored as (in, out): transpose them, the square ones too."


def _placed(remote: Remote, case: PublishedCase) -> None:
    got = remote(driver.pour, case.gpt.config, case.state)
    if got.error:
        fail(f"right names and shapes were refused: {got.text}")
    for name, weight in case.gpt.weights.items():
        if name not in got.weights:
            fail(f"the model has lost its parameter {name}")
        # Copied, from float32 to float32; `weight` is what was rounded, u = 6e-8, of up to 4 or so.
        close(got.weights[name], weight, rtol=1e-6, atol=1e-6, what=name)


@property_check(PRETRAINED, points=2, case=publications(plain=True), hint=LAYOUT)
def weights_find_their_place(remote: Remote, case: PublishedCase) -> None:
    """Each published weight lands in its parameter, in nn.Linear's layout"""
    _placed(remote, case)


@property_check(
    PRETRAINED,
    points=1,
    case=publications(),
    examples=20,
    hint="Look at the names: which of them are no weights, and which may have a prefix?",
)
def every_published_form_fits(remote: Remote, case: PublishedCase) -> None:
    """With a prefix or without, with masks and lm_head or without"""
    _placed(remote, case)


def _refused(remote: Remote, case: Spoilt) -> str:
    """What the ValueError says; fails unless there is one, it names the weight, nothing changed."""
    got = remote(driver.pour, case.case.gpt.config, case.state)
    amiss = case.fault if case.fault != "shape" else f"of shape {case.shape}"
    if not got.error:
        fail(f"{case.name} is {amiss}, and there was no ValueError")
    if case.name not in got.text:
        fail(f"{case.name} is {amiss}; the error must name it: {got.text!r}")
    if any(w.any() for w in got.weights.values()):
        fail(f"{case.name} is {amiss}, and others were loaded: check all of them first")
    return got.text


@property_check(
    PRETRAINED,
    points=1,
    case=spoilt("missing", "unexpected"),
    hint="Compare the two sets of names, both ways, before you copy anything.",
)
def names_must_agree(remote: Remote, case: Spoilt) -> None:
    """A weight too few or too many is a ValueError that names it"""
    _refused(remote, case)


@property_check(
    PRETRAINED,
    points=1,
    case=spoilt("shape"),
    hint="copy_ stretches (1,) to any length: compare shapes yourself, before you copy anything.",
)
def shapes_must_agree(remote: Remote, case: Spoilt) -> None:
    """A wrong shape is a ValueError with the name and both shapes"""
    text = _refused(remote, case)
    expected = case.case.state[case.case.prefix + case.name].shape
    said = re.findall(r"\d+", text.replace(case.name, ""))
    if not {str(n) for n in (*case.shape, *expected)} <= set(said):
        fail(f"the error must tell both shapes, {case.shape} and {expected}: {text!r}")


@property_check(
    PRETRAINED,
    points=1,
    case=publications(),
    examples=10,
    hint=LAYOUT,
    needs=["gpt.logits_match_the_formula", "pretrained.weights_find_their_place"],
)
def it_is_gpt_2(remote: Remote, case: PublishedCase) -> None:
    """Your GPT with published weights computes GPT-2's logits"""
    got = remote(driver.poured_model, case.gpt.config, case.state, case.gpt.idx)
    answers = [_logits(case.gpt, case.gpt.weights, exact) for exact in (True, False)]
    near(got, answers[nearest(got, answers)], "logits", 10 * TOLERANCE)  # all of it is in float32
