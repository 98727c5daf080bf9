"""What must hold of the whole model."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from grader.derivatives import Array, Named, check_gradients
from grader.kit import Remote, close, fail, property_check
from grader.lessons.lesson5_gpt import GPT, driver, oracle
from grader.lessons.lesson5_gpt.driver import Config
from grader.lessons.lesson5_gpt.strategies.model import GptCase, gpt_names, gpts


def _logits(case: GptCase, named: Named, exact: bool) -> Array:
    return oracle.gpt(named, case.idx, case.config.n_layer, case.config.n_head, exact)


def _gelu(case: GptCase, logits: Array) -> bool:
    """Fails unless the logits are right with either form of GELU; True for the exact one."""
    for exact in (True, False):
        if logits.shape == (case.B, case.T, case.config.vocab_size) and np.allclose(
            logits, _logits(case, case.weights, exact), 1e-7, 1e-9
        ):
            return exact
    close(logits, _logits(case, case.weights, True), rtol=1e-7, atol=1e-9, what="logits")
    raise AssertionError("close must fail where allclose does")


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
    close(got.loss, float(expected), rtol=1e-7, atol=1e-9, what="loss")


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

    check_gradients(forward, case.weights, np.array(1.0), got.grads, case.seed, tolerance=1e-6)


@property_check(
    GPT,
    points=2,
    case=gpts().filter(lambda c: c.T > 1),
    examples=15,
    hint="Only attention looks at other positions, and only at earlier ones.",
)
def model_is_causal(remote: Remote, case: GptCase) -> None:
    """A later token never changes what comes before it"""
    y = remote(driver.gpt, case.config, case.weights, case.idx, None).logits
    other = case.idx.copy()
    other[:, -1] = (other[:, -1] + 1) % case.config.vocab_size
    moved = remote(driver.gpt, case.config, case.weights, other, None).logits
    close(moved[:, :-1], y[:, :-1], rtol=0, atol=1e-9, what="logits before the last")


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
    if got.shapes != shapes:
        missing, extra = sorted(shapes - got.shapes.keys()), sorted(got.shapes - shapes.keys())
        wrong = [n for n in shapes if n in got.shapes and got.shapes[n] != shapes[n]]
        fail(f"parameters: missing {missing[:3]}, too many {extra[:3]}, wrong shape {wrong[:3]}")
    if not got.tied:
        fail("lm_head.weight and transformer.wte.weight must be the same parameter")
    for name, deviation in got.deviations.items():
        small = 1 / math.sqrt(2 * config.n_layer) if name.endswith("c_proj.weight") else 1.0
        expected = 0.02 * small if len(shapes[name]) == 2 else 0.0
        if abs(deviation - expected) > 0.15 * expected:
            fail(f"{name} starts with a standard deviation of {deviation:.4f}, not {expected:.4f}")


@property_check(
    GPT,
    points=1,
    case=st.integers(1, 3),
    examples=3,
    hint="Raise a ValueError that names both lengths.",
)
def a_long_row_is_refused(remote: Remote, block_size: int) -> None:
    """A row that is longer than the context is a ValueError"""
    name = remote(driver.too_long, replace(STARTS, block_size=block_size))
    if name not in ("ValueError", "AssertionError"):
        fail(f"{block_size + 1} tokens in a context of {block_size}: {name or 'no error'}")


@property_check(
    GPT,
    points=1,
    case=st.integers(1, 3),
    examples=3,
    hint="Hand the factories on to every block.",
)
def every_part_is_a_slot(remote: Remote, n_layer: int) -> None:
    """attention=, mlp= and norm= fill every block"""
    got = remote(driver.slots, replace(STARTS, n_layer=n_layer))
    expected = {"attention": n_layer, "mlp": n_layer, "norm": 2 * n_layer + 1}
    if got != expected:
        fail("the parts are made another number of times", expected=expected, actual=got)
