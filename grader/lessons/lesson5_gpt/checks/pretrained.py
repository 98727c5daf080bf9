"""What must hold of published weights in a model."""

from __future__ import annotations

import re

from grader.kit import Remote, close, fail, property_check
from grader.lessons.lesson5_gpt import PRETRAINED, driver
from grader.lessons.lesson5_gpt.checks.judging import near, nearest
from grader.lessons.lesson5_gpt.checks.model import logits_of
from grader.lessons.lesson5_gpt.hints import model as hints
from grader.lessons.lesson5_gpt.strategies.published import (
    PublishedCase,
    Spoilt,
    publications,
    spoilt,
)
from zth.language import tr

LAYOUT = "c_attn, c_fc and c_proj are stored as (in, out): transpose them, the square ones too."


def _placed(remote: Remote, case: PublishedCase) -> None:
    got = remote(driver.pour, case.gpt.config, case.state)
    if got.error:
        fail(tr("right names and shapes were refused: {text}", text=got.text))
    for name, weight in case.gpt.weights.items():
        if name not in got.weights:
            fail(tr("the model has lost its parameter {name}", name=name))
        # Copied, from float32 to float32; `weight` is what was rounded, u = 6e-8, of up to 4 or so.
        close(got.weights[name], weight, rtol=1e-6, atol=1e-6, what=name)


@property_check(
    PRETRAINED,
    points=2,
    case=publications(plain=True),
    hint=LAYOUT,
    steps=hints.WEIGHTS_FIND_THEIR_PLACE,
)
def weights_find_their_place(remote: Remote, case: PublishedCase) -> None:
    """Each published weight lands in its parameter, in nn.Linear's layout

    GPT-2 was saved from a layer that keeps its matrix as (in, out) and computes x W; nn.Linear
    keeps (out, in) and computes x Wᵀ. The numbers are the same, turned over. Where in and out are
    equal, the shape does not say so, and only the name tells. (#gpt2)
    """
    _placed(remote, case)


@property_check(
    PRETRAINED,
    points=1,
    case=publications(),
    examples=20,
    hint="Look at the names: which of them are no weights, and which may have a prefix?",
    steps=hints.EVERY_PUBLISHED_FORM_FITS,
)
def every_published_form_fits(remote: Remote, case: PublishedCase) -> None:
    """With a prefix or without, with masks and lm_head or without

    The same weights go about in several forms. Some files write transformer. before each name, some
    hold the causal masks, which are no weights, and some hold wte a second time, as lm_head. All of
    them are the same model. (#gpt2)
    """
    _placed(remote, case)


def _refused(remote: Remote, case: Spoilt) -> str:
    """What the ValueError says; fails unless there is one, it names the weight, nothing changed."""
    got = remote(driver.pour, case.case.gpt.config, case.state)
    amiss = {
        "missing": tr("{name} is missing", name=case.name),
        "unexpected": tr("{name} is unexpected", name=case.name),
        "shape": tr("{name} is of shape {shape}", name=case.name, shape=case.shape),
    }[case.fault]
    if not got.error:
        fail(tr("{amiss}, and there was no ValueError", amiss=amiss))
    if case.name not in got.text:
        fail(tr("{amiss}; the error must name it: {text}", amiss=amiss, text=repr(got.text)))
    if any(w.any() for w in got.weights.values()):
        fail(tr("{amiss}, and others were loaded: check all of them first", amiss=amiss))
    return got.text


@property_check(
    PRETRAINED,
    points=1,
    case=spoilt("missing", "unexpected"),
    hint="Compare the two sets of names, both ways, before you copy anything.",
    steps=hints.NAMES_MUST_AGREE,
)
def names_must_agree(remote: Remote, case: Spoilt) -> None:
    """A weight too few or too many is a ValueError that names it

    A model of which one matrix stayed random still runs, and writes a little worse than it should:
    nothing says why. So what is missing, or too many, is an error; and it comes before the first
    copy, so that whoever catches it still has the model as it was. (#gpt2)
    """
    _refused(remote, case)


@property_check(
    PRETRAINED,
    points=1,
    case=spoilt("shape"),
    hint="copy_ stretches (1,) to any length: compare shapes yourself, before you copy anything.",
    steps=hints.SHAPES_MUST_AGREE,
)
def shapes_must_agree(remote: Remote, case: Spoilt) -> None:
    """A wrong shape is a ValueError with the name and both shapes

    PyTorch is obliging: it stretches one number over a whole vector, and reshapes whatever has as
    many numbers. Neither is what a file of weights means. Both shapes in the message tell at once
    what kind of mistake it was. (#gpt2)
    """
    text = _refused(remote, case)
    expected = case.case.state[case.key].shape
    said = re.findall(r"\d+", text.replace(case.name, ""))
    if not {str(n) for n in (*case.shape, *expected)} <= set(said):
        message = tr(
            "the error must tell both shapes, {published} and {expected}: {text}",
            published=case.shape,
            expected=expected,
            text=repr(text),
        )
        fail(message)


@property_check(
    PRETRAINED,
    points=1,
    case=publications(),
    examples=10,
    hint=LAYOUT,
    steps=hints.IT_IS_GPT_2,
    needs=["gpt.logits_match_the_formula", "pretrained.weights_find_their_place"],
)
def it_is_gpt_2(remote: Remote, case: PublishedCase) -> None:
    """Your GPT with published weights computes GPT-2's logits

    Names, layout, and what forward does with them, together: a model of yours that holds GPT-2's
    numbers is GPT-2. What holds for these tiny ones holds for the real one, since nothing in the
    code knows the size. (#gpt2)
    """
    got = remote(driver.poured_model, case.gpt.config, case.state, case.gpt.idx)
    answers = [logits_of(case.gpt, case.gpt.weights, exact) for exact in (True, False)]
    near(got, answers[nearest(got, answers)], "logits")  # all of it is in float32
