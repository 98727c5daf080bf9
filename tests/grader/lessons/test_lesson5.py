"""Lesson 5: the oracle against torch and autograd, snippets and stubs against the trees."""

from __future__ import annotations

import ast
import functools
import shutil
from dataclasses import asdict

import numpy as np
import pytest

from grader import engine, grading
from grader.derivatives import along, check_gradients, gradients
from grader.kit import Failed
from grader.lessons.lesson5_gpt import LESSON, oracle
from grader.lessons.lesson5_gpt.driver import Config, Loop
from grader.lessons.lesson5_gpt.strategies.loop import LoopCase
from grader.lessons.lesson5_gpt.strategies.model import GptCase, gpt_names
from grader.lessons.lesson5_gpt.strategies.parts import PartCase
from grader.lessons.lesson5_gpt.strategies.published import PublishedCase, Spoilt
from grader.losses import cross_entropy
from grader.norms import NormCase, layer_norm
from zth import trees
from zth.host import Nursery
from zth.records import Tree, Verdict

torch = pytest.importorskip("torch")


@pytest.fixture(scope="module")
def nursery():
    with Nursery(["torch", "torch._dynamo"]) as nursery:
        yield nursery


CONFIG = Config(block_size=4, vocab_size=5, n_layer=2, n_head=2, n_embd=6)


@pytest.mark.parametrize("exact", [True, False])
def test_gelu_and_its_complex_step_are_torchs(exact):
    x = torch.linspace(-4, 4, 41, dtype=torch.float64, requires_grad=True)
    y = torch.nn.functional.gelu(x, approximate="none" if exact else "tanh")
    y.sum().backward()
    points = x.detach().numpy()
    np.testing.assert_allclose(oracle.gelu(points, exact), y.detach().numpy(), atol=1e-12)
    slope = oracle.gelu(points + 1e-30j, exact).imag / 1e-30
    np.testing.assert_allclose(slope, x.grad.numpy(), atol=1e-10)


def test_a_bigrams_gradient_is_autograds():
    table = np.random.default_rng(2).normal(size=(5, 4))
    x, y = np.array([[0, 1, 1], [3, 0, 2]]), np.array([[1, 1, 2], [0, 3, 3]])
    leaf = torch.tensor(table, requires_grad=True)
    loss = torch.nn.functional.cross_entropy(
        (leaf[torch.tensor(x)] + leaf[4]).flatten(0, 1), torch.tensor(y).flatten()
    )
    loss.backward()
    got, gradient = oracle.bigram_gradient(table, x, y)
    assert got == pytest.approx(float(loss.detach()))
    np.testing.assert_allclose(gradient, leaf.grad.numpy(), atol=1e-12)


def test_the_whole_models_derivative_is_a_difference_quotient():
    case = GptCase(CONFIG, 2, 3, seed=3)

    def forward(named):
        logits = oracle.gpt(named, case.idx, CONFIG.n_layer, CONFIG.n_head, exact=True)
        return cross_entropy(logits, case.targets)

    draw = np.random.default_rng(4)
    direction = {n: draw.normal(size=w.shape) for n, w in case.weights.items()}
    h = 1e-6
    moved = [
        float(forward({n: w + s * h * direction[n] for n, w in case.weights.items()}))
        for s in (1, -1)
    ]
    got = along(forward, case.weights, np.array(1.0), direction)
    assert got == pytest.approx((moved[0] - moved[1]) / (2 * h), rel=1e-6)


def test_basis_directions_add_up_to_any_direction():
    case = NormCase((2, 3), True, 1.0, 5, True, "lesson5_gpt.gpt.LayerNorm")
    point = {"x": case.x, **case.weights}

    def forward(named):
        return layer_norm(named["x"], named["weight"], named["bias"])

    every = gradients(forward, point, case.up)
    ones = {n: np.ones(a.shape) for n, a in point.items()}
    total = sum(float(a.sum()) for a in every.values())
    assert along(forward, point, case.up, ones) == pytest.approx(total)


@pytest.mark.parametrize("change", ["no x", "x too short", "a number"])
def test_gradients_that_are_missing_or_of_another_shape_fail(change):
    point = {"x": np.ones(3), "w": np.ones(())}
    got = {"x": np.ones(3), "w": np.array(3.0)}
    check_gradients(lambda p: p["x"] * p["w"], point, np.ones(3), got, seed=0, tolerance=1e-7)
    got |= {"no x": {}, "x too short": {"x": np.ones(2)}, "a number": {"x": np.ones(())}}[change]
    if change == "no x":
        del got["x"]
    with pytest.raises(Failed, match="x"):
        check_gradients(lambda p: p["x"] * p["w"], point, np.ones(3), got, seed=0, tolerance=1e-7)


def test_the_number_of_parameters_is_known():
    count = sum(int(np.prod(shape)) for shape in gpt_names(CONFIG).values())
    C, V, T, n = 6, 5, 4, 2
    assert count == V * C + T * C + 2 * C + n * (12 * C**2 + 13 * C)


def run(code: str) -> dict[str, object]:
    """The names that a snippet leaves behind, run beside the reference."""
    names: dict[str, object] = {}
    exec(code, names)
    return names


@pytest.mark.parametrize("name", ["MLP", "Block"])
def test_the_snippet_of_a_part_has_the_numbers_of_its_case(name, reference, capsys):
    case = PartCase(name, CONFIG, 1, 2, seed=3, backward=True)
    names = run(case.snippet())
    forward = oracle.mlp if name == "MLP" else functools.partial(oracle.block, n_head=2)
    expected = forward(case.weights, case.x, exact=False)
    np.testing.assert_allclose(names["y"].detach().numpy(), expected, atol=1e-12)
    assert "c_proj.weight" in capsys.readouterr().out


def test_the_snippet_of_a_model_has_the_numbers_of_its_case(reference, capsys):
    case = GptCase(CONFIG, 2, 3, seed=4, shown="loss")
    names = run(case.snippet())
    expected = oracle.gpt(case.weights, case.idx, CONFIG.n_layer, CONFIG.n_head, exact=False)
    np.testing.assert_allclose(names["logits"].detach().numpy(), expected, atol=1e-12)
    loss = cross_entropy(expected, case.targets)
    np.testing.assert_allclose(names["loss"].item(), loss, atol=1e-12)


def test_the_snippet_of_a_run_has_the_numbers_of_its_case(reference, capsys):
    case = LoopCase(Loop(steps=2, batch_size=2, block_size=3, seed=5), 4, seed=6)
    names = run(case.snippet())
    np.testing.assert_array_equal(names["tokens"].numpy(), case.tokens)
    assert vars(names["config"]) == asdict(case.loop) | {"eval_batches": 20}
    model = run("\n".join(case.given("train")))["model"]
    table = np.vstack([p.detach().numpy() for p in model.parameters()])
    np.testing.assert_array_equal(table, case.table)


@pytest.mark.parametrize("prefix", ["", "transformer."])
def test_the_snippet_of_published_weights_has_the_state_of_its_case(prefix, reference, capsys):
    case = PublishedCase(GptCase(CONFIG, 1, 2, seed=8), prefix, masks=True, head=True)
    state = run(case.snippet())["state"]
    assert state.keys() == case.state.keys()
    for name, weight in case.state.items():
        np.testing.assert_array_equal(state[name].numpy(), weight)


def test_the_snippet_of_a_spoilt_state_shows_what_is_refused(reference, capsys):
    case = PublishedCase(GptCase(CONFIG, 1, 2, seed=8))
    run(Spoilt(case, "wpe.weight", "missing").snippet())
    assert capsys.readouterr().out == "wpe.weight is missing\n"
    run(Spoilt(case, "wpe.weight", "shape", (1,)).snippet())
    assert capsys.readouterr().out == "wpe.weight has shape (1,), expected (4, 6)\n"


def test_the_stub_has_the_references_names():
    def names(tree, file):
        path = trees.shipped(tree) / "lesson5_gpt" / file
        module = ast.parse(path.read_text("utf-8"))
        return {node.name for node in module.body if hasattr(node, "name")}

    for file in ("gpt.py", "train.py"):
        stub, reference = names(trees.STUBS, file), names(trees.REFERENCE, file)
        assert {n for n in reference if not n.startswith("_")} == stub


# --- the answers of a worker that lies ----------------------------------------------------------

FORGED = """
import dataclasses, functools, sys, types, typing
import numpy as np

driver = sys.modules["_driver"]

def make(kind):
    origin, args = typing.get_origin(kind), typing.get_args(kind)
    if kind is np.ndarray or origin is np.ndarray:
        return np.zeros(SHAPE, DTYPE)
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind, vars(driver))
        return kind(**{f.name: make(hints[f.name]) for f in dataclasses.fields(kind)})
    if origin is tuple:
        return tuple(make(arg) for arg in args)
    if origin is list:
        return [make(args[0]) for _ in range(COUNT)]
    if origin is dict:
        return {name: make(args[1]) for name in NAMES}
    if origin is types.UnionType or kind is type(None):
        return None
    return {bool: False, int: -1, float: float("nan"), str: "", bytes: b"?"}[kind]

def forged(function):
    answer = typing.get_type_hints(function)["return"]
    return functools.wraps(function)(lambda *_: make(answer))

for name, value in list(vars(driver).items()):
    public = isinstance(value, types.FunctionType) and not name.startswith("_")
    if public and value.__module__ == "_driver":
        setattr(driver, name, forged(value))

LayerNorm = MLP = Block = GPT = load_gpt2 = get_batch = estimate_loss = train = object
save_checkpoint = load_checkpoint = object
"""
ANSWERS = {
    "nothing": "SHAPE, DTYPE, COUNT, NAMES = (0,), float, 0, []",
    "a number": "SHAPE, DTYPE, COUNT, NAMES = (), float, 1, ['weight']",
    "one dimension": "SHAPE, DTYPE, COUNT, NAMES = (3,), bool, 2, ['x', 'weight', 'bias']",
    "many": "SHAPE, DTYPE, COUNT, NAMES = (1, 1, 1, 1), 'int64', 3, ['x', 'weight']",
}


@pytest.mark.parametrize("answers", ANSWERS.values(), ids=ANSWERS)
def test_forged_answers_are_wrong_and_no_fault_of_the_graders(
    answers, nursery, tmp_path, monkeypatch
):
    monkeypatch.setattr(engine._Search, "_confirmed", lambda self, case, outcome: outcome)
    folder = tmp_path / LESSON.folder
    folder.mkdir()
    for file in ("gpt.py", "train.py"):
        (folder / file).write_text(f"{answers}\n{FORGED}")
    selection = grading.Selection(milestone="none")
    tree = Tree("forged", tmp_path)
    report = grading.grade(LESSON, tree, nursery, selection=selection, smallest=False)
    faults = [r for r in report.results if r.verdict is Verdict.GRADER_ERROR]
    assert not faults
    assert report.earned <= 4  # what only the worker can know: that an error came, that none did


# --- wrong trainers, and parts that want too much -----------------------------------------------

LOOP, RETURN = "    before, history = model.training, []\n", "    return history\n"
STEP, ADD = "        optimizer.step()\n", "        total += loss.item() / config.accumulation\n"
FORWARD = "        T, longest = past + idx.shape[1], self.config.block_size\n"
HOG = "    hog = torch.ones(25 * 2**30)\n"
BAD = {
    "no step": ("train.py", STEP, "", "training.steps_are_right", "the weights at the end"),
    "nothing": ("train.py", RETURN, "", "training.steps_are_right", "returned a NoneType"),
    "a generator": (
        "train.py",
        RETURN,
        "    yield from history\n",
        "training.steps_are_right",
        "returned a generator, expected a list of losses",
    ),
    "tensors": (
        "train.py",
        ADD,
        "        total = total + loss\n",
        "training.steps_are_right",
        "a Tensor in its list",
    ),
    "another class": (
        "train.py",
        LOOP,
        LOOP + "    model.__class__ = type('Mine', (type(model),), {})\n",
        "training.steps_are_right",
        "train made the model a Mine",
    ),
    "no model any more": (
        "train.py",
        LOOP,
        LOOP + "    model.forward = None\n",
        "training.steps_are_right",
        "TypeError",
    ),
    "left in training mode": (
        "train.py",
        "    model.train(before)\n",
        "",
        "training.the_mode_comes_back",
        "in eval mode before, and in training mode after",
    ),
    "nan": (
        "train.py",
        "        if not math.isfinite(history[-1]):\n",
        "        if False:\n",
        "training.divergence_is_named",
        "and there was no ValueError",
    ),
    "memory in training": (
        "train.py",
        LOOP,
        LOOP + HOG,
        "training.steps_are_right",
        "it asked for 100 GiB of memory; this process may use 8 GiB",
    ),
    "memory in a pass": (
        "gpt.py",
        FORWARD,
        FORWARD + "    " + HOG,
        "gpt.logits_match_the_formula",
        "it asked for 100 GiB of memory; this process may use 8 GiB",
    ),
    "flat batches": (
        "train.py",
        "    return rows[:, :-1], rows[:, 1:]\n",
        "    return rows[:, :-1].flatten(), rows[:, 1:].flatten()\n",
        "batches.every_window_is_drawn",
        "inputs (4000,) and targets (4000,), expected (4000, 1)",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_one_line_in_the_learners_terms(name, nursery, tmp_path):
    file, old, new, check, words = BAD[name]
    shutil.copytree(trees.shipped(trees.REFERENCE) / LESSON.folder, tmp_path / LESSON.folder)
    path = tmp_path / LESSON.folder / file
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), "utf-8")
    selection = grading.Selection(checks=(check,))
    report = grading.grade(LESSON, Tree("bad", tmp_path), nursery, selection=selection)
    [result] = report.results
    assert result.verdict in (Verdict.FAILED, Verdict.CRASHED)
    assert words in result.finding.message
    assert "\n" not in result.finding.message
    assert {f.file for f in result.finding.trace} <= {f"{LESSON.folder}/{file}"}


@pytest.mark.parametrize("to_path", [True, False])
def test_the_references_checkpoint_is_a_path_or_a_file(to_path, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(trees.shipped(trees.REFERENCE)))
    from lesson5_gpt.train import load_checkpoint, save_checkpoint

    model, other = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)
    optimizers = [torch.optim.AdamW(m.parameters()) for m in (model, other)]
    file = tmp_path / "run.pt"
    if to_path:
        save_checkpoint(file, model, optimizers[0], 7)
        assert load_checkpoint(str(file), other, optimizers[1]) == 7
    else:
        with file.open("w+b") as stream:
            save_checkpoint(stream, model, optimizers[0], 7)
            stream.seek(0)
            assert load_checkpoint(stream, other, optimizers[1]) == 7
    assert torch.equal(model.weight, other.weight)


# --- the chapter --------------------------------------------------------------------------------


def listings() -> list[str]:
    """The Python listings of the chapter, in order."""
    root = trees.shipped(trees.REFERENCE).parent
    text = (root / LESSON.chapter).read_text(encoding="utf-8")
    return [block.partition("```")[0] for block in text.split("```python\n")[1:]]


def test_the_listings_of_the_chapter_run_and_say_what_they_print(capsys, monkeypatch):
    monkeypatch.syspath_prepend(str(trees.shipped(trees.REFERENCE)))
    names: dict[str, object] = {}
    code = listings()
    assert len(code) >= 5
    for listing in code:
        exec(listing, names)
        promised = [line.rpartition("  # ")[2] for line in listing.splitlines() if "print(" in line]
        printed = capsys.readouterr().out.splitlines()
        assert printed == promised, listing
