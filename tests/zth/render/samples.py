"""Reports to be rendered: made up, but of the shape that gradings have."""

from __future__ import annotations

from dataclasses import replace

from zth.records import (
    Breach,
    Finding,
    Frame,
    LessonReport,
    Report,
    Result,
    Verdict,
    Window,
)

VALUES = Window(
    name="y",
    shape=(2, 5, 9),
    start=(1, 1, 2),
    expected=(
        (0.0665173, 0.302472, -0.634322),
        (-0.401781, -1.6302, 0.462782),
        (0.4, -0.68, -0.87),
    ),
    actual=((0.0665173, 0.302472, -0.634322), (-0.401781, -1.5302, 0.562782), (0.4, -0.58, "nan")),
    wrong=((1, 1), (1, 2), (2, 1), (2, 2)),
    differ=18,
)
WEIGHTS = Window(
    name="weights",
    shape=(3, 3),
    start=(0, 0),
    expected=((1.0, 0.0, 0.0), (0.13, 0.87, 0.0), (0.76, 0.06, 0.18)),
    actual=((0.9, 0.1, 0.0), (0.12, 0.84, 0.04), (0.76, 0.06, 0.18)),
    wrong=((0, 0), (0, 1), (1, 0), (1, 1), (1, 2)),
    differ=5,
    weights=True,
)
VECTOR = Window("a.grad", (3,), (0,), ((1.0, 2.0, 3.0),), ((1.0, 2.0, 4.0),), ((0, 2),), 1)
SNIPPET = """\
import torch
from lesson0_toy.toy import attend
q = torch.tensor([[1.0], [0.0]], dtype=torch.float64)
k = torch.tensor([[2.0], [2.0]], dtype=torch.float64)
v = torch.tensor([[-2.0], [0.0]], dtype=torch.float64)
y = attend(q, k, v, is_causal=True)
print(y)"""

PASSED = Result("attend.sums", "Weights sum to 1", "attend", Verdict.PASSED, 2, 2, seconds=0.25)
WRONG = Result(
    "attend.causal",
    "With the causal mask, aligned at the bottom right",
    "attend",
    Verdict.FAILED,
    3,
    0,
    hint="The queries are the last Tq of Tk positions: query i sees keys 0 … i + Tk − Tq.",
    finding=Finding(
        "y[1, 2, 3] is -1.5302, expected -1.6302 (18 of 90 elements differ)",
        snippet=SNIPPET,
        where="y[1, 2, 3]",
        diagnosis="Each position also sees the next one.",
        windows=(VALUES, WEIGHTS),
    ),
    seconds=0.5,
)
NUMBERS = replace(
    WRONG, finding=Finding(WRONG.finding.message if WRONG.finding else "", windows=(VALUES,))
)
STUB = replace(
    WRONG,
    id="cache.same",
    component="cache",
    title="The same tokens as without the cache",
    verdict=Verdict.NOT_IMPLEMENTED,
    hint="",
    finding=Finding("not implemented yet"),
)
CRASHED = replace(
    WRONG,
    id="head.values",
    component="head",
    title="The right output for given weights",
    verdict=Verdict.CRASHED,
    hint="Cut the mask to T.",
    finding=Finding(
        "RuntimeError: The size of tensor a (3) must match the size of tensor b (8)",
        snippet="head = Head(config)\nprint(head(x))",
        trace=(
            Frame("lesson0_toy/toy.py", 31, "forward", "return self.mix(q, k, v)"),
            Frame("lesson0_toy/toy.py", 40, "mix", "s = s.masked_fill(self.mask == 0, -inf)"),
        ),
        output="tensor([1., 2.])\n",
    ),
)
TIMED_OUT = replace(
    WRONG,
    id="attend.slow",
    verdict=Verdict.TIMED_OUT,
    finding=Finding("the call took more than 10 s", SNIPPET),
)
FLAKY = replace(
    WRONG,
    id="attend.luck",
    verdict=Verdict.FLAKY,
    finding=Finding(
        "the same call gave different results in two runs",
        expected="1.0",
        actual="once: y is 2\nthen: y is 3",
    ),
)
SKIPPED = replace(
    WRONG,
    id="attend.device",
    title="It would run on a GPU, too",
    verdict=Verdict.SKIPPED,
    finding=Finding("it needs attend.causal to pass first"),
)
OURS = replace(
    WRONG,
    id="attend.ours",
    verdict=Verdict.GRADER_ERROR,
    hint="",
    finding=Finding(
        "the grader failed: KeyError: 'x'",
        output="Traceback (most recent call last):\n  File \"checks.py\", line 3\nKeyError: 'x'\n",
    ),
)
ADVICE = replace(
    WRONG, id="attend.deep", title="A depth of 5,000", points=0, advisory=True, hint=""
)
MILESTONE = replace(
    PASSED,
    id="attend.trains",
    title="In the reference GPT, it trains to the reference's loss",
    milestone=True,
    detail="1.47 nats, 1.50 were to be reached\nstep   loss\n   0   4.17\n 500   1.47",
)
BREACH = Breach("attend", "torch.nn.functional.scaled_dot_product_attention", "toy.py:12")
VERDICTS = {r.verdict: r for r in (PASSED, WRONG, STUB, CRASHED, TIMED_OUT, FLAKY, SKIPPED, OURS)}


def report(*results: Result, breaches: tuple[Breach, ...] = (), tree: str = "student") -> Report:
    """A report of one lesson."""
    lesson = LessonReport(
        lesson="lesson0",
        title="Toy attention",
        chapter="docs/toy.md",
        results=results,
        breaches=breaches,
        parts={r.component: f"/home/me/{r.component}.py" for r in results},
    )
    return Report(
        tree=tree,
        root="/home/me",
        digest="0123456789abcdef" * 4,
        sandbox="landlock",
        seed=0,
        lessons=(lesson,),
        versions={"zth": "1.0", "python": "3.12.1"},
        seconds=1.5,
    )


MIXED = report(PASSED, MILESTONE, WRONG, SKIPPED, ADVICE, CRASHED, STUB, breaches=(BREACH,))
