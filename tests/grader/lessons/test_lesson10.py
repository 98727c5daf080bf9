"""Lesson 10: its oracle, its driver, its snippets, and what its milestone needs."""

from __future__ import annotations

import ast
import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from grader import grading
from grader.derivatives import along
from grader.kit import Failed
from grader.lessons.lesson10_wavenet import LESSON, driver, memory, milestones, oracle
from grader.lessons.lesson10_wavenet.checks.judging import moves_exactly
from grader.lessons.lesson10_wavenet.driver import Config, Sizes
from grader.lessons.lesson10_wavenet.strategies.layers import Convolved, Flattened, MovedRow
from grader.lessons.lesson10_wavenet.strategies.models import MovedTokens, Waves, Windowed
from grader.names import VOCABULARY, Made, Names
from grader.scoring import Excess, Reached
from zth import trees
from zth.host import Nursery
from zth.measure import Loss
from zth.plugins import Plugins
from zth.records import Verdict
from zth.worker.answers import BadAnswer

torch = pytest.importorskip("torch")

CONFIG = Config(vocab_size=5, n_embd=3, n_hidden=4, n_layer=2, kernel_size=3)


@pytest.fixture
def reference(reference):
    """The reference's file."""
    import lesson10_wavenet.wavenet

    return lesson10_wavenet.wavenet


def run(code: str) -> dict[str, object]:
    """The names that a snippet leaves behind, run beside the reference."""
    names: dict[str, object] = {}
    exec(code, names)
    return names


# --- the oracle ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("kernel_size", "dilation"), [(1, 1), (2, 3), (3, 1), (4, 2)])
def test_the_oracles_convolution_is_torchs(kernel_size, dilation):
    case = Convolved("CausalConv1d", Sizes(2, 3, kernel_size, dilation), 2, 5, seed=1)
    conv = torch.nn.Conv1d(2, 3, kernel_size, dilation=dilation).double()
    conv.load_state_dict({name: torch.tensor(w) for name, w in case.weights.items()})
    x = torch.nn.functional.pad(torch.tensor(case.x).mT, ((kernel_size - 1) * dilation, 0))
    np.testing.assert_allclose(case.y(case.weights), conv(x).mT.detach().numpy(), atol=1e-12)


def test_the_oracles_wavenet_is_the_hierarchy_on_each_window():
    case = Waves(CONFIG, 2, 7, seed=2)
    tree = {
        "wte.weight": case.weights["wte.weight"],
        "lm_head.weight": case.weights["lm_head.weight"],
        "lm_head.bias": case.weights["lm_head.bias"],
    }
    for i in range(CONFIG.n_layer):
        w = case.weights[f"convs.{i}.weight"]
        tree[f"linears.{i}.weight"] = w.transpose(0, 2, 1).reshape(len(w), -1)
        tree[f"linears.{i}.bias"] = case.weights[f"convs.{i}.bias"]
    logits = case.logits(case.weights)
    for t in range(case.T):
        window = np.zeros((case.B, CONFIG.context), int)
        seen = min(t + 1, CONFIG.context)
        window[:, CONFIG.context - seen :] = case.idx[:, t + 1 - seen : t + 1]
        np.testing.assert_allclose(logits[:, t], oracle.hierarchy(tree, window, 3), atol=1e-12)


def test_its_derivative_is_a_difference_quotient():
    case = Waves(CONFIG, 1, 3, seed=3)
    draw = np.random.default_rng(4)
    direction = {n: draw.normal(size=w.shape) for n, w in case.weights.items()}
    up, h = draw.normal(size=(1, 3, CONFIG.vocab_size)), 1e-6
    moved = [
        float((case.logits({n: w + s * direction[n] for n, w in case.weights.items()}) * up).sum())
        for s in (h, -h)
    ]
    got = along(case.logits, case.weights, up, direction)
    assert got == pytest.approx((moved[0] - moved[1]) / (2 * h), rel=1e-6)


def test_how_far_a_stack_reaches_is_what_an_impulse_says():
    kernel_sizes, dilations = [2, 3, 1], [4, 2, 7]
    x = np.zeros((1, 20, 1))
    x[0, 0] = 1.0
    for K, dilation in zip(kernel_sizes, dilations, strict=True):
        x = oracle.convolve(x, np.ones((1, 1, K)), 0.0, dilation)
    assert oracle.reached(kernel_sizes, dilations) == x[0, :, 0].nonzero()[0].max() + 1


# --- what moves what ----------------------------------------------------------------------------


@pytest.mark.parametrize(("s", "t", "words"), [(1, 0, "in 1 moves out 0"), (0, 2, "does not move")])
def test_a_move_too_many_and_one_too_few_are_named(s, t, words):
    y = np.zeros((4, 3, 1))
    for place, after in [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)]:
        y[1 + place, after] = 1.0
    names = "in {}".format, "out {}".format
    moves_exactly(y, lambda t, s: t >= s, *names)
    y[1 + s, t] = 1.0 - y[1 + s, t]
    with pytest.raises(Failed, match=words):
        moves_exactly(y, lambda t, s: t >= s, *names)


# --- the driver ---------------------------------------------------------------------------------


def test_what_is_no_convolution_of_pytorchs_is_no_padded_one(reference):
    case = Convolved("PaddedConv1d", Sizes(2, 3, 2), 1, 2, seed=0)
    played = driver.padded(reference.PaddedConv1d, case.sizes, case.weights, case.x, case.up)
    np.testing.assert_allclose(played.y, case.y(case.weights), atol=1e-12)
    with pytest.raises(BadAnswer, match=r"must be a torch\.nn\.Conv1d"):
        driver.padded(reference.CausalConv1d, case.sizes, case.weights, case.x, case.up)


@pytest.mark.parametrize("slots", [("batchnorm",), ("convolution",), ("batchnorm", "convolution")])
def test_the_stand_ins_for_the_slots_are_what_the_oracle_has(slots, reference):
    case = Waves(CONFIG, 2, 4, seed=5, slots=slots)
    got = driver.wavenet(reference.WaveNet, CONFIG, case.weights, case.idx, case.targets)
    np.testing.assert_allclose(got.logits, case.logits(case.weights), atol=1e-12)
    assert got.grads.keys() == case.weights.keys()


@pytest.mark.parametrize("found", [8.0, torch.tensor(8), None])
def test_a_receptive_field_is_an_int(found):
    with pytest.raises(BadAnswer, match="expected an int"):
        driver.receptive_field(lambda *_: found, [2], [1])


def test_a_tensor_that_stays_on_the_cpu_is_met_wherever_it_is(reference):
    class Lost(reference.CausalConv1d):
        def forward(self, x):
            y = torch.zeros(*x.shape[:2], 3)
            y[:, 1:] += x[:, :-1, :1]
            return y

    driver.convolve_elsewhere(reference.CausalConv1d, Sizes(2, 3, 2))
    with pytest.raises(BadAnswer, match="stays on the CPU"):
        driver.convolve_elsewhere(Lost, Sizes(2, 3, 2))


# --- the snippets -------------------------------------------------------------------------------


def test_the_snippet_of_flattening_shows_the_case(reference, capsys):
    case = Flattened(2, 3, 2, 2)
    names = run(case.snippet())
    np.testing.assert_array_equal(names["x"].numpy(), case.x)
    np.testing.assert_array_equal(names["y"].numpy(), oracle.flatten(case.x, 2))


@pytest.mark.parametrize("name", ["CausalConv1d", "PaddedConv1d"])
def test_the_snippet_of_a_convolution_has_the_numbers_of_its_case(name, reference, capsys):
    case = Convolved(name, Sizes(2, 3, 2, 3, bias=True), 1, 5, seed=6, backward=True)
    y = run(case.snippet())["y"]
    np.testing.assert_allclose(y.detach().numpy(), case.y(case.weights), atol=1e-12)
    assert "weight" in capsys.readouterr().out


@pytest.mark.parametrize("slots", [(), ("batchnorm",)])
def test_the_snippet_of_a_hierarchy_has_the_numbers_of_its_case(slots, reference, capsys):
    case = Windowed(CONFIG, 2, CONFIG.context, seed=7, slots=slots, shown="gradients")
    y = run(case.snippet())["y"]
    np.testing.assert_allclose(y.detach().numpy(), case.logits(case.weights), atol=1e-12)


@pytest.mark.parametrize("slots", [(), ("batchnorm", "convolution")])
def test_the_snippet_of_a_wavenet_has_the_numbers_of_its_case(slots, reference, capsys):
    case = Waves(CONFIG, 2, 4, seed=8, slots=slots, shown="loss")
    names = run(case.snippet())
    expected = replace(case, slots=slots).logits(case.weights)
    np.testing.assert_allclose(names["logits"].detach().numpy(), expected, atol=1e-12)


def test_the_snippets_of_what_moves_say_where(reference, capsys):
    run(MovedRow(Convolved("CausalConv1d", Sizes(1, 1, 2, 2), 1, 4, seed=9)).snippet())
    assert "x[0] moves y at [0, 2]" in capsys.readouterr().out
    run(MovedTokens(Waves(CONFIG, 1, 10, seed=0)).snippet())
    assert "token 0 moves the logits at [0, 1, 2, 3, 4, 5, 6, 7, 8]" in capsys.readouterr().out


def test_the_stub_has_the_references_names():
    def names(tree):
        path = trees.shipped(tree) / "lesson10_wavenet" / "wavenet.py"
        return {n.name for n in ast.parse(path.read_text("utf-8")).body if hasattr(n, "name")}

    assert names(trees.STUBS) == names(trees.REFERENCE)
    assert {c.name for c in LESSON.components} <= names(trees.STUBS)


# --- what three letters say ---------------------------------------------------------------------


@pytest.fixture
def three_letters() -> Made:
    """A source that hardly ever uses more than three letters, so that counting is enough."""
    made = Made(0)
    draw = np.random.default_rng(1)
    first, following = np.full(26, 1e-9), np.full((3, 26, 26), 1e-9)
    first[:3] = [0.5, 0.3, 0.2]
    following[:, :, :3] = draw.dirichlet([0.3] * 3, size=(3, 26)) + 1e-3
    made.__dict__["first"] = first / first.sum()
    made.__dict__["following"] = following / following.sum(axis=-1, keepdims=True)
    return made


def test_what_three_tokens_say_is_what_counting_them_says(three_letters):
    words = three_letters.words(60_000, np.random.default_rng(2))
    text = "\n\n\n" + "".join(f"{word}\n" for word in words)
    windows = Counter(text[i : i + 4] for i in range(2, len(text) - 3))
    before = Counter()
    for window, count in windows.items():
        before[window[:3]] += count
    total = sum(windows.values())
    nats = -sum(n * math.log(n / before[w[:3]]) for w, n in windows.items()) / total
    assert memory.three_tokens(three_letters) == pytest.approx(nats, abs=0.005)


def test_three_tokens_say_less_than_all_of_them(three_letters):
    assert memory.three_tokens(three_letters) > three_letters.entropy + 0.01
    for seed in range(2):
        assert memory.three_tokens(Made(seed)) > Made(seed).entropy + 0.05
    one = Made(0, families=1)  # the length of the name matters, too
    assert memory.three_tokens(one) > one.entropy + 1e-4


def test_a_stream_of_names_knows_its_probabilities():
    stream = memory.Stream(Made(3))
    windows = stream.windows(300, 60, np.random.default_rng(4))
    assert windows.shape == (300, 60)
    nats = stream.nats(windows)
    known = ~np.isnan(nats)
    assert np.isfinite(nats[known]).all()
    for row, some in zip(windows[:20], known[:20], strict=True):
        newlines = np.flatnonzero(row == 0)
        assert some.argmax() == newlines[0]  # what follows the first newline is the first known
        assert some[newlines[0] :].all()
    assert np.nanmean(nats) == pytest.approx(stream.made.entropy, abs=0.03)


def test_a_streams_name_costs_what_the_source_says():
    stream = memory.Stream(Made(3))
    [row] = stream.windows(1, 40, np.random.default_rng(5))
    newlines = np.flatnonzero(row == 0)
    begin, end = newlines[0], newlines[1]
    name = "".join(VOCABULARY[i] for i in row[begin + 1 : end])
    nats = stream.nats(row[None])[0, begin:end]
    assert nats.sum() == pytest.approx(stream.made.nats(name))


# --- the milestone ------------------------------------------------------------------------------


@pytest.fixture
def no_names(monkeypatch, tmp_path):
    """The file of names is nowhere to be found."""
    monkeypatch.setenv("ZTH_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


@pytest.mark.parametrize(("excess", "enough"), [(0.04, True), (0.053, False), (0.06, False)])
def test_made_up_names_ask_for_less_than_three_tokens_can(excess, enough, no_names, monkeypatch):
    """With seed 3, three tokens cannot come nearer than 0.0545."""
    monkeypatch.setattr(milestones, "entropy_excess", lambda *_: Excess(excess, 0.002))
    if enough:
        said = milestones.beats_the_mlp.function(None, 3)
        assert said.startswith("generated names, entropy 2.0429 nats: +0.0400 ± 0.0020 above")
        assert said.endswith("+0.0545 or more")
    else:
        with pytest.raises(Failed, match=r"models? of three tokens can come within 0\.0545"):
            milestones.beats_the_mlp.function(None, 3)


@pytest.mark.parametrize(("loss", "enough"), [(2.12, True), (2.13, False)])
def test_real_names_ask_for_a_loss_below_the_mlps(loss, enough, monkeypatch):
    real = Names(("ann",) * 90, ("bob",) * 90, ("eve",) * 90)
    monkeypatch.setattr(milestones, "names", lambda _: real)
    reached = Reached(Loss(loss, 0.015, 100), 1500)
    monkeypatch.setattr(milestones, "text_loss", lambda *_: reached)
    if enough:
        assert "(names.txt)" in milestones.beats_the_mlp.function(None, 0)
    else:
        with pytest.raises(Failed, match=r"names\.txt .* after 1,500 steps"):
            milestones.beats_the_mlp.function(None, 0)


@pytest.mark.slow
def test_the_reference_beats_three_tokens_on_made_up_names(no_names):
    with Nursery(list(LESSON.packages)) as nursery:
        report = grading.grade(
            LESSON,
            Plugins.load().trees()["reference"],
            nursery,
            selection=grading.Selection(checks=("wavenet.beats_the_mlp",)),
        )
    [result] = report.results
    assert result.verdict is Verdict.PASSED
    assert "generated names" in result.detail
