"""Lesson 8: the oracle against torch and autograd, what the driver refuses, snippets, stubs."""

from __future__ import annotations

import ast
import doctest
import importlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from grader import grading
from grader.bench import Bench, RemoteCalls
from grader.kit import Failed
from grader.lessons.lesson8_normalization import (
    LESSON,
    RESIDUAL,
    driver,
    milestones,
    oracle,
    spirals,
)
from grader.lessons.lesson8_normalization.checks import starts
from grader.lessons.lesson8_normalization.depths import Net
from grader.lessons.lesson8_normalization.driver import Batch, looks
from grader.lessons.lesson8_normalization.strategies.batches import (
    Lonely,
    New,
    Passes,
    sequences,
    trained,
)
from grader.lessons.lesson8_normalization.strategies.looks import Bars, Chain, Numbers, Step, chains
from grader.lessons.lesson8_normalization.strategies.starts import REFUSED, Model, Twice, Weight
from grader.lessons.lesson8_normalization.strategies.stream import (
    STRETCHED,
    NewScale,
    Scaled,
    Stream,
    streams,
)
from zth import trees
from zth.host import Nursery
from zth.records import Tree, Verdict
from zth.worker.answers import BadAnswer

torch = pytest.importorskip("torch")
nn = torch.nn

few = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


class Torchs(nn.BatchNorm1d):
    """torch's own, of (…, C)."""

    def __init__(self, dim, eps=1e-5, momentum=0.1):
        super().__init__(dim, eps, momentum)

    def forward(self, x):
        return super().forward(x.reshape(-1, x.shape[-1])).view_as(x)


# --- the oracle ---------------------------------------------------------------------------------


@few
@given(trained(1.0))
def test_batch_norm_is_torchs(case):
    (got,) = driver.batchnorm(Torchs, case.weights, case.settings, case.batches)
    point = {"x": case.batches[0].x, **case.weights}
    np.testing.assert_allclose(got.y, oracle.batch_norm(point, case.due_eps), atol=1e-9)


@few
@given(sequences(ends=True))
def test_running_statistics_are_torchs(case):
    running = case.running()
    passes = driver.batchnorm(Torchs, case.weights, case.settings, case.batches)
    for got, batch in zip(passes, case.batches, strict=True):
        if batch.training:
            running = oracle.followed(running, batch.x, case.due_momentum)
        else:
            point = {"x": batch.x, **case.weights}
            due = oracle.batch_norm_after(point, running, case.due_eps)
            np.testing.assert_allclose(got.y, due, atol=1e-9)
        for name, numbers in running.items():
            np.testing.assert_allclose(got.running[name], numbers, atol=1e-12)


@few
@given(chains())
def test_the_chains_gradients_are_autograds(case):
    model, run = looks._chain(case.network)
    outputs = {}
    for name, module in model.named_modules():
        module.register_forward_hook(lambda _, __, out, name=name: outputs.update({name: out}))
    loss = run(2.0)
    expected, gradients = oracle.chain(case.network, 2.0)
    for name, due in expected.items():
        (got,) = torch.autograd.grad(loss, outputs[name], retain_graph=True, materialize_grads=True)
        np.testing.assert_allclose(outputs[name].detach().numpy(), due, atol=1e-12)
        np.testing.assert_allclose(got.numpy(), gradients[name], atol=1e-12)


# --- numbers that are drawn ---------------------------------------------------------------------


def numbers(std=1.0, shape=(200, 100), seed=0):
    return np.random.default_rng(seed).normal(scale=std, size=shape)


@pytest.mark.parametrize("seed", range(20))
def test_normal_numbers_are_taken_for_such(seed):
    starts.drawn(numbers(0.3, seed=seed), 0.3, "w")
    starts.normal(numbers(0.3, seed=seed), "w")


def uniform(width):
    return np.random.default_rng(0).uniform(-width, width, (200, 100))


WRONG = {
    "too large": (numbers(1.05), "standard deviation"),
    "too small": (numbers(0.95), "standard deviation"),
    "not around 0": (numbers() * 0.99 + 0.1, "mean"),
    "not finite": (np.full((200, 100), np.inf), "finite"),
}


@pytest.mark.parametrize(("a", "said"), WRONG.values(), ids=WRONG)
def test_other_numbers_are_not(a, said):
    with pytest.raises(Failed, match=said):
        starts.drawn(a, 1.0, "w")


def test_uniform_numbers_of_the_right_size_are_not_normal():
    starts.drawn(uniform(3**0.5), 1.0, "w")
    with pytest.raises(Failed, match="normally"):
        starts.normal(uniform(3**0.5), "w")


# --- what the driver refuses --------------------------------------------------------------------


def test_a_new_weight_is_no_answer():
    def fill(weight, nonlinearity, generator):
        return torch.randn_like(weight)

    with pytest.raises(BadAnswer, match="must return the weight"):
        driver.kaiming(fill, [2, 2], "tanh", 0)


def test_statistics_that_are_no_buffers_are_told():
    class Plain(nn.Module):
        def __init__(self, dim):
            super().__init__()
            self.running_mean = torch.zeros(dim)

    with pytest.raises(BadAnswer, match="running_mean"):
        driver.new_batchnorm(Plain, 2)


def test_a_part_that_is_not_registered_is_told():
    class Hiding(nn.Module):
        def __init__(self, part, norm=None, scale=None):
            super().__init__()
            self.parts = [part]

        def forward(self, x):
            return x + self.parts[0](x)

    case = Stream((2, 2), norm=False, scale=False, seed=0)
    with pytest.raises(BadAnswer, match="part is no module"):
        driver.residual(Hiding, case.weights, case.x, case.up)


@pytest.mark.parametrize("answer", [None, [], {"h.0.1": torch.ones(2)}, {"h.0.1": (1, 2)}])
def test_what_observe_cannot_return_is_told(answer):
    network = Chain(2, -1, -1, "Tanh", 0).network
    with pytest.raises(BadAnswer):
        driver.observe(lambda *_: answer, network, "Tanh")


# --- the milestone ------------------------------------------------------------------------------


def test_points_lie_on_the_arms_and_are_drawn_anew():
    x, arms = spirals.batches(0)
    assert x.shape == (spirals.STEPS, spirals.BATCH, 2)
    assert np.bincount(arms.ravel()).min() > 2000
    points, _ = spirals.held_out(0)
    assert not np.isin(points, x).any()
    assert not np.array_equal(points, spirals.held_out(1)[0])


def test_a_share_counts_what_is_right():
    arms = np.array([0, 1, 2, 3])
    assert spirals.share(np.eye(4), arms) == 1.0
    assert spirals.share(np.eye(4)[::-1], arms) == 0.0
    assert spirals.share(np.full((4, 4), np.nan), arms) == 0.0
    assert spirals.share(np.eye(4)[:, :3], arms) == 0.0


def test_the_deepest_is_the_last_before_one_fails():
    assert milestones.deepest({4: 0.95, 8: 0.92, 16: 0.5, 32: 0.95}) == 8
    assert milestones.deepest({4: 0.2}) == 0


def milestone(monkeypatch, shares):
    """What the milestone says where networks reach these shares of the points, start by start."""
    asked = []

    def reached(_, net, rate=spirals.RATE):
        asked.append((net.kind, net.depth, net.seed))
        return shares.get((net.kind, net.depth, net.seed), 0.95)

    monkeypatch.setattr(milestones, "reached", reached)
    return asked, lambda: milestones.depth_that_trains.function(None, 7)


def test_what_is_demanded_has_three_starts(monkeypatch):
    asked, run_it = milestone(monkeypatch, {("plain", 4, 7): 0.8, ("plain", 8, 7): 0.5})
    assert run_it().startswith("plain trains to 4 layers (95%, 50%,")
    assert [seed for kind, depth, seed in asked if (kind, depth) == ("plain", 4)] == [7, 8]
    assert [seed for kind, depth, seed in asked if (kind, depth) == ("plain", 8)] == [7]


@pytest.mark.parametrize(("kind", "depth"), milestones.DEMANDED)
def test_a_network_that_must_train_and_does_not_is_told(kind, depth, monkeypatch):
    _, run_it = milestone(monkeypatch, {(kind, depth, seed): 0.4 for seed in (7, 8, 9)})
    with pytest.raises(Failed, match=f"{kind} network of {depth} layers gets 40%"):
        run_it()


@pytest.fixture(scope="module")
def nursery():
    with Nursery(["torch"]) as nursery:
        yield nursery


def remote(nursery, tree):
    parts = [trees.part(tree, component) for component in LESSON.components]
    return RemoteCalls(Bench(nursery, driver, parts), RESIDUAL, 60.0)


def test_a_shallow_network_trains_and_is_measured(nursery):
    tree = Tree("reference", trees.shipped(trees.REFERENCE))
    assert milestones.reached(remote(nursery, tree), Net("scaled", 2, 0)) > spirals.ENOUGH


# --- answers that cannot be ---------------------------------------------------------------------

STRANGE = ["None", "torch.zeros(3, 4, 5)", "float('nan')"]
FUNCTIONS = {
    "initialization": ("kaiming_normal_", "gpt2_init_"),
    "diagnostics": ("describe", "observe", "update_ratio"),
}
CLASSES = {
    "normalization": ("BatchNorm1d", "LayerNorm", "RMSNorm"),
    "residual": ("LayerScale", "Residual"),
}


@pytest.mark.parametrize("value", STRANGE)
def test_strange_answers_earn_nothing(value, nursery, tmp_path):
    folder = tmp_path / LESSON.folder
    folder.mkdir()
    for file, names in (FUNCTIONS | CLASSES).items():
        lines = ["import torch"]
        for name in names:
            if file in FUNCTIONS:
                lines.append(f"def {name}(*_, **__): return {value}")
            else:
                lines += [f"class {name}(torch.nn.Module):", "    def __init__(self, *_, **__):"]
                lines += ["        super().__init__()", f"    def forward(self, x): return {value}"]
        (folder / f"{file}.py").write_text("\n".join(lines))
    selection = grading.Selection(milestone="none")
    tree = Tree("odd", tmp_path)
    report = grading.grade(LESSON, tree, nursery, selection=selection, smallest=False)
    assert report.earned == 0
    assert Verdict.GRADER_ERROR not in {r.verdict for r in report.results}, report


# --- snippets and stubs -------------------------------------------------------------------------

PASSES = Passes(2, ((2, 3), (4,), (1,)), (True, True, False), seed=3, eps=0.5, momentum=0.25)
CASES = [
    Weight((2, 3), "tanh", 1),
    Twice(Weight((2, 3), "relu", 1)),
    Model(3, 1),
    PASSES,
    Passes(2, ((2, 3), (1,)), (True, False), seed=3, backward=True),
    Passes(2, ((2, 3),), (True,), seed=3, offset=4096.0),
    New(2),
    Scaled((2, 3), 1),
    NewScale(2, None),
    NewScale(2, 0.1),
    *(Stream((2, 3), norm, scale, 1) for norm in (True, False) for scale in (True, False)),
    Numbers((2, 3), 0.97, 1),
    Bars(3, 2, -4, 5, 1),
    *(Chain(3, stops, idle, "Tanh", 1) for stops in (-1, 1) for idle in (-1, 1)),
    Step((2, 3), 0.1, still=False, seed=1),
    Step((2, 3), 0.1, still=True, seed=1),
]


def test_every_kind_of_snippet_runs_in_the_reference_tree(reference, capsys):
    for case in CASES:
        exec(case.snippet(), {})
    assert "inf" in capsys.readouterr().out


@pytest.mark.parametrize(
    "case", [*REFUSED, Lonely((1, 3)), *STRETCHED], ids=lambda case: type(case).__name__
)
def test_the_snippet_of_a_refusal_is_refused(case, reference):
    with pytest.raises(ValueError):
        exec(case.snippet(), {})


@few
@given(streams())
def test_the_snippet_of_a_stream_has_the_numbers_of_its_case(case):
    names: dict[str, object] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(trees.shipped(trees.REFERENCE)))
        exec(case.snippet().replace("print(", "tuple((").replace(", sep='\\n')", ",))"), names)
    due = oracle.residual({"x": case.x, **case.weights})
    np.testing.assert_allclose(names["y"].detach().numpy(), due, atol=1e-12)


def test_batches_are_what_they_say():
    assert [b.x.shape for b in PASSES.batches] == [(2, 3, 2), (4, 2), (1, 2)]
    assert [b.training for b in PASSES.batches] == [True, True, False]
    assert isinstance(PASSES.batches[0], Batch)


FILES = ["initialization.py", "normalization.py", "residual.py", "diagnostics.py"]


def definitions(tree, file):
    """The arguments of each function and method in a tree's file."""
    path = trees.shipped(tree) / LESSON.folder / file
    found = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef):
            methods = [f for f in node.body if isinstance(f, ast.FunctionDef)]
            found |= {f"{node.name}.{f.name}": ast.unparse(f.args) for f in methods}
        elif isinstance(node, ast.FunctionDef):
            found[node.name] = ast.unparse(node.args)
    return found


@pytest.mark.parametrize("file", FILES)
def test_the_stubs_have_the_signatures_of_the_reference(file):
    stubs, solved = definitions(trees.STUBS, file), definitions(trees.REFERENCE, file)
    assert stubs == {name: solved[name] for name in stubs}
    extra = {name.rpartition(".")[2] for name in set(solved) - set(stubs)}
    assert all(name.startswith("_") for name in extra)


def test_the_examples_of_the_stubs_are_true(reference):
    """Run with the reference's code."""
    runner, parser = doctest.DocTestRunner(), doctest.DocTestParser()
    for file in FILES:
        solved = importlib.import_module(f"{LESSON.folder}.{file.removesuffix('.py')}")
        text = (trees.shipped(trees.STUBS) / LESSON.folder / file).read_text("utf-8")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                doc = ast.get_docstring(node) or ""
                runner.run(parser.get_doctest(doc, dict(vars(solved)), node.name, None, None))
    assert runner.summarize(verbose=False).failed == 0
    assert runner.tries >= 12
