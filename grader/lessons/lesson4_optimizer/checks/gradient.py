"""What must hold of SGD and AdamW."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from grader.kit import Remote, property_check
from grader.lessons.lesson4_optimizer import OPTIMIZER, SGD
from grader.lessons.lesson4_optimizer.checks.judging import closes, resumes, right_steps
from grader.lessons.lesson4_optimizer.hints import gradient as hints
from grader.lessons.lesson4_optimizer.strategies.runs import Run, runs
from grader.lessons.lesson4_optimizer.strategies.single import Closing, Cut

RATE = "Read every setting from the group, at every step; the rate stays outside of the state."
LATE = "Each parameter has a state of its own, which begins at its own first gradient."
TYPES = "Make new tensors like the parameter (zeros_like), and change it in place."
CLOSURE = "The base class does this; if you have a step of your own, it must do it too."
STATE = "All that an update remembers belongs in the state that it is given."


def bare(run: Run) -> Run:
    """The run with the class's own defaults."""
    return replace(run, settings={})


# --- SGD ----------------------------------------------------------------------------------------


@property_check(
    SGD,
    examples=25,
    points=2,
    case=runs("sgd", momentum=0.0, weight_decay=0.0, nesterov=False),
    hint="p ← p − lr · g, in place.",
    steps=hints.PLAIN_DESCENT,
)
def plain_descent(remote: Remote, case: Run) -> None:
    """Without momentum: against the gradient, by the rate

    Close by, a loss falls fastest straight against its gradient, and lr says how far to go. The
    parameter is changed in place, as the model and perhaps a flat view of all weights share its
    memory. (#sgd)
    """
    right_steps(remote, case)


@property_check(
    SGD,
    examples=25,
    points=3,
    case=runs("sgd", steps=(1, 8), momentum=0.9, weight_decay=0.0, nesterov=False),
    hint="b ← momentum · b + g, and p moves by lr · b. The first b is g itself.",
    steps=hints.MOMENTUM,
)
def momentum_adds_up(remote: Remote, case: Run) -> None:
    """Momentum is a sum of old gradients, each weaker than the next

    The buffer is g + momentum · (the g before) + momentum² · … Where gradients agree it grows to 1
    / (1 − momentum) times as much, where they alternate they cancel. It is a sum and not a mean, so
    0.9 makes steps ten times as long. (#sgd)
    """
    right_steps(remote, case)


@property_check(
    SGD,
    examples=25,
    points=2,
    case=runs("sgd", steps=(1, 8), momentum=0.9, weight_decay=0.0, nesterov=True),
    hint="With nesterov, p moves by lr · (g + momentum · b), with the new b.",
    steps=hints.NESTEROV,
)
def nesterov_looks_ahead(remote: Remote, case: Run) -> None:
    """Nesterov's momentum

    After this step, momentum will carry p on by momentum · b anyway. Nesterov's variant takes that
    share now, together with the newest gradient, and so it reacts a step earlier. (#sgd)
    """
    right_steps(remote, case)


@property_check(
    SGD,
    examples=25,
    points=2,
    case=runs("sgd", weight_decay=0.5),
    hint="The decay is added to the gradient before the momentum; p.grad itself stays as it is.",
    steps=hints.SGD_DECAYS,
)
def sgd_decays(remote: Remote, case: Run) -> None:
    """Weight decay is part of the gradient

    weight_decay · p is the gradient of ½ · weight_decay · p², so in SGD it is a part of the
    gradient, and momentum takes it along. p.grad itself belongs to the caller. (#sgd)
    """
    right_steps(remote, case)


@property_check(
    SGD,
    examples=25,
    points=2,
    case=runs("sgd", groups=3, steps=(1, 8), changes=True, momentum=0.9),
    hint=RATE,
    steps=hints.READS_ITS_GROUPS,
)
def sgd_reads_its_groups(remote: Remote, case: Run) -> None:
    """Each group has its settings, and they may change

    The learning rate stays outside of the buffer. If it changes, all of the past counts at the new
    rate, as in PyTorch; with the rate inside, old gradients would keep their old one. (#sgd)
    """
    right_steps(remote, case)


@property_check(
    SGD,
    examples=25,
    points=2,
    case=runs("sgd", groups=2, steps=(1, 8), missing=True, late=True),
    hint=LATE,
    steps=hints.KEEPS_STATE_APART,
)
def sgd_keeps_state_apart(remote: Remote, case: Run) -> None:
    """Missing and late gradients: each parameter has its own momentum

    Momentum is a memory of one parameter's own gradients. It begins with the first of them, rests
    while there is none, and goes on where the gradient is 0. (#sgd)
    """
    right_steps(remote, case)


@property_check(
    SGD,
    points=1,
    case=runs("sgd", groups=2, dtype="float32"),
    examples=20,
    hint=TYPES,
    steps=hints.FLOAT32,
)
def sgd_in_float32(remote: Remote, case: Run) -> None:
    """In float32

    Models are in float32, and so is what an optimizer remembers of them. In another dtype it would
    take twice the memory, or lose digits; and a new tensor in the place of p would not be the
    model's. (#sgd)
    """
    right_steps(remote, case)


@property_check(
    SGD,
    points=1,
    case=runs("sgd").map(bare),
    examples=10,
    hint="lr=1e-3, and no momentum, decay or nesterov.",
    steps=hints.DEFAULTS,
)
def sgd_has_its_defaults(remote: Remote, case: Run) -> None:
    """Settings that are not given

    Whoever says nothing gets the defaults of the signature, those of PyTorch. A default that is off
    by a factor trains nearly as well, and nobody finds it. (#sgd)
    """
    right_steps(remote, case)


@property_check(
    SGD,
    points=1,
    case=st.builds(Closing, runs("sgd", groups=2, steps=(1, 3)), st.booleans()),
    examples=20,
    hint=CLOSURE,
    steps=hints.CLOSURE,
)
def sgd_calls_its_closure(remote: Remote, case: Closing) -> None:
    """step(closure), with a parameter that is used twice

    A closure computes the loss and the gradients, for methods that need both within a step. So step
    calls it first, with autograd on, and returns its loss. A parameter that is used twice has one
    gradient, the sum of both parts. (#groups)
    """
    closes(remote, case)


@property_check(
    SGD,
    points=2,
    case=st.builds(
        Cut,
        runs("sgd", groups=2, steps=(2, 6), missing=True, changes=True, momentum=0.9),
        st.sampled_from([0.5, 0.0, 0.8]),
    ),
    examples=25,
    hint=STATE,
    steps=hints.GOES_ON,
)
def sgd_goes_on(remote: Remote, case: Cut) -> None:
    """Saved and restored, it goes on bit for bit

    What an optimizer remembers steers its next step. A run that is stopped and goes on without it,
    or with that of another parameter, is another run. With all of it, the numbers are the same to
    the last bit. (#groups)
    """
    resumes(remote, case)


# --- AdamW --------------------------------------------------------------------------------------


@property_check(
    OPTIMIZER,
    examples=25,
    points=2,
    case=runs("optimizer", steps=(1, 1), weight_decay=0.0),
    hint="At the first step m̂ = g and v̂ = g²: the correction undoes the start from 0.",
    steps=hints.FIRST_STEP,
)
def first_step(remote: Remote, case: Run) -> None:
    """The first step is of size lr, whatever the gradient's

    m and v begin at 0 and are much too small at first, by 1 − β₁ and 1 − β₂. Divided by these they
    are g and g², and m̂ / √v̂ is ±1: the first step is lr in every number, as far as eps lets it.
    (#adamw)
    """
    right_steps(remote, case)


@property_check(
    OPTIMIZER,
    examples=25,
    points=3,
    case=runs("optimizer", steps=(2, 10), weight_decay=0.0),
    hint="Each mean has its own β, and is divided by 1 − βᵗ, with t counted from 1.",
    steps=hints.MEANS,
)
def means_are_corrected(remote: Remote, case: Run) -> None:
    """Both running means, with their corrections, over many steps

    After t steps the weights of all gradients in m add up to 1 − β₁ᵗ, and in v to 1 − β₂ᵗ. Divided
    by that, both are means again, at every t. The check compares with means that are taken over the
    whole past at once. (#adamw)
    """
    right_steps(remote, case)


@property_check(
    OPTIMIZER,
    examples=25,
    points=2,
    case=runs("optimizer", steps=(1, 4), size=1e-8, weight_decay=0.0),
    hint="eps is the group's, and it is added to √v̂, after the root and the correction.",
    steps=hints.EPS,
)
def eps_is_outside_the_root(remote: Remote, case: Run) -> None:
    """Tiny gradients: eps stands beside the root

    eps keeps 0 / 0 from happening and should do nothing else. Beside the root, 1e-8 matters only to
    gradients of about 1e-8; under the root it would matter to all below 1e-4. (#adamw)
    """
    right_steps(remote, case)


@property_check(
    OPTIMIZER,
    examples=25,
    points=3,
    case=runs("optimizer", weight_decay=0.5),
    hint="p shrinks by lr · weight_decay · p. Neither m nor v sees the decay.",
    steps=hints.DECAY_IS_DECOUPLED,
)
def decay_is_decoupled(remote: Remote, case: Run) -> None:
    """Weight decay acts on the parameter alone, times lr

    If the decay were part of the gradient, Adam would divide it by √v̂, and parameters with large
    gradients would hardly decay. Left out of m and v, it shrinks all of them by the same factor, 1
    − lr · weight_decay. (#adamw)
    """
    right_steps(remote, case)


@property_check(
    OPTIMIZER,
    examples=25,
    points=2,
    case=runs("optimizer", groups=3, steps=(1, 8), changes=True),
    hint=RATE,
    steps=hints.GROUPS_HAVE_THEIR_OWN,
)
def groups_have_their_own(remote: Remote, case: Run) -> None:
    """Each group has its lr, betas, eps and decay, and they may change

    Embeddings, matrices and gains may want other rates and another decay, and a schedule changes
    them while training runs. So each setting is read from the group, at every step. (#adamw)
    """
    right_steps(remote, case)


@property_check(
    OPTIMIZER,
    examples=25,
    points=3,
    case=runs("optimizer", groups=2, steps=(2, 8), missing=True, late=True),
    hint=LATE,
    steps=hints.COUNTERS,
)
def counters_are_apart(remote: Remote, case: Run) -> None:
    """Missing and late gradients: each parameter counts its own steps

    The correction undoes the start from 0, and each parameter starts at its own first gradient.
    With one count for all, whoever comes late would be corrected too little, and its first steps
    would be too short or too long. (#adamw)
    """
    right_steps(remote, case)


@property_check(
    OPTIMIZER,
    points=1,
    case=runs("optimizer", groups=2, dtype="float32", size=100.0),
    examples=20,
    hint=TYPES,
    steps=hints.FLOAT32,
)
def in_float32(remote: Remote, case: Run) -> None:
    """In float32

    Models are in float32, and so is what an optimizer remembers of them. In another dtype it would
    take twice the memory, or lose digits; and a new tensor in the place of p would not be the
    model's. (#adamw)
    """
    right_steps(remote, case)


@property_check(
    OPTIMIZER,
    points=1,
    case=runs("optimizer", size=1e-6).map(bare),
    examples=10,
    hint="lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2.",
    steps=hints.DEFAULTS,
)
def has_its_defaults(remote: Remote, case: Run) -> None:
    """Settings that are not given

    Whoever says nothing gets the defaults of the signature, those of PyTorch. A default that is off
    by a factor trains nearly as well, and nobody finds it. (#adamw)
    """
    right_steps(remote, case)


@property_check(
    OPTIMIZER,
    points=1,
    case=st.builds(Closing, runs("optimizer", groups=2, steps=(1, 3)), st.booleans()),
    examples=20,
    hint=CLOSURE,
    steps=hints.CLOSURE,
)
def calls_its_closure(remote: Remote, case: Closing) -> None:
    """step(closure), with a parameter that is used twice

    A closure computes the loss and the gradients, for methods that need both within a step. So step
    calls it first, with autograd on, and returns its loss. A parameter that is used twice has one
    gradient, the sum of both parts. (#groups)
    """
    closes(remote, case)


@property_check(
    OPTIMIZER,
    points=2,
    case=st.builds(
        Cut,
        runs("optimizer", groups=2, steps=(2, 6), missing=True, changes=True),
        st.sampled_from([0.5, 0.0, 0.8]),
    ),
    examples=25,
    hint=STATE,
    steps=hints.GOES_ON,
)
def goes_on(remote: Remote, case: Cut) -> None:
    """Saved and restored, it goes on bit for bit

    What an optimizer remembers steers its next step. A run that is stopped and goes on without it,
    or with that of another parameter, is another run. With all of it, the numbers are the same to
    the last bit. (#groups)
    """
    resumes(remote, case)
