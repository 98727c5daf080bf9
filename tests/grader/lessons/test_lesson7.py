"""Lesson 7: the oracle against torch, snippets and stubs against the trees, both milestones."""

from __future__ import annotations

import ast
import math
import shutil
from contextlib import contextmanager

import numpy as np
import pytest

from grader import grading
from grader.digits import digits
from grader.kit import Failed
from grader.lessons.lesson7_mlp import LESSON, driver, milestones, oracle
from grader.lessons.lesson7_mlp.checks import training
from grader.lessons.lesson7_mlp.strategies.data import Spelled
from grader.lessons.lesson7_mlp.strategies.model import ClassifierCase, LmCase, Slot
from grader.lessons.lesson7_mlp.strategies.pictures import Drawings
from grader.lessons.lesson7_mlp.strategies.training import Choice, Descent, Sweeping, Task
from grader.names import Names
from grader.scoring import Reached
from zth import trees
from zth.host import Nursery
from zth.measure import Loss
from zth.records import Tree, Verdict

torch = pytest.importorskip("torch")
F = torch.nn.functional

CONFIG = driver.Config(vocab_size=5, block_size=6, context=3, n_embd=2, n_hidden=4)
CASE = LmCase(CONFIG, B=2, T=5, seed=3, shown="loss")


def run(code: str) -> dict[str, object]:
    """The names that a snippet leaves behind, run beside the reference."""
    names: dict[str, object] = {}
    exec(code, names)
    return names


def test_the_oracles_model_is_torchs():
    w = {name: torch.tensor(a) for name, a in CASE.weights.items()}
    padded = F.pad(torch.tensor(CASE.idx), (2, 0))
    x = w["wte.weight"][padded.unfold(1, 3, 1)].flatten(2)
    h = torch.tanh(F.linear(x, w["hidden.weight"], w["hidden.bias"]))
    logits = F.linear(h, w["lm_head.weight"], w["lm_head.bias"])
    np.testing.assert_allclose(oracle.mlp(CASE.weights, CASE.idx, 3), logits.numpy(), atol=1e-12)
    loss = F.cross_entropy(logits.flatten(0, 1), torch.tensor(CASE.targets).flatten())
    assert float(oracle.mlp_loss(CASE.weights, CASE.idx, CASE.targets, 3)) == pytest.approx(
        loss.item()
    )


def test_the_oracles_descent_is_autograds():
    task = Task(2, 3, 6, seed=4)
    table = torch.tensor(task.run.table, requires_grad=True)
    X, Y = torch.tensor(task.run.X), torch.tensor(task.run.Y)
    losses = []
    for rate in (0.5, 0.1):
        loss = F.cross_entropy(X @ table[:-1] + table[-1], Y)
        (gradient,) = torch.autograd.grad(loss, table)
        losses.append(loss.item())
        table = (table - rate * gradient).detach().requires_grad_()
    batches = [(task.run.X, task.run.Y)] * 2
    got, end = oracle.descend(task.run.table, batches, [0.5, 0.1])
    np.testing.assert_allclose(got, losses)
    np.testing.assert_allclose(end, table.detach().numpy())


def test_the_oracles_running_mean_is_the_corrected_one():
    losses, mean, expected = [3.0, 2.0, 4.0], 0.0, []
    for i, loss in enumerate(losses, start=1):
        mean = 0.5 * mean + 0.5 * loss
        expected.append(mean / (1 - 0.5**i))
    np.testing.assert_allclose(oracle.smoothed(losses, 0.5), expected)
    np.testing.assert_allclose(oracle.smoothed(losses, 0.0), losses)


def test_examples_of_the_oracle_are_those_of_the_lecture():
    case = Spelled(("ab",), 3)
    X, Y = oracle.examples(case.words, case.stoi, case.context)
    assert X.tolist() == [[0, 0, 0], [0, 0, 1], [0, 1, 2]]
    assert Y.tolist() == [1, 2, 0]
    assert [a.shape for a in oracle.examples((), case.stoi, 3)] == [(0, 3), (0,)]


def test_the_snippet_of_a_model_has_the_numbers_of_its_case(reference, capsys):
    names = run(CASE.snippet())
    expected = oracle.mlp(CASE.weights, CASE.idx, CONFIG.context)
    np.testing.assert_allclose(names["logits"].detach().numpy(), expected, atol=1e-12)
    slot = Slot(CASE)
    names = run(slot.snippet())
    expected = oracle.mlp(CASE.weights, CASE.idx, CONFIG.context, slot.slope, slot.shift)
    got = names["model"](names["idx"])[0].detach().numpy()
    np.testing.assert_allclose(got, expected, atol=1e-12)
    assert "made with 4" in capsys.readouterr().out


def test_the_snippet_of_a_classifier_has_the_numbers_of_its_case(reference, capsys):
    case = ClassifierCase(driver.ClassifierConfig(3, 4, 2), 3, seed=5, shown="loss")
    got = run(case.snippet())["logits"].detach().numpy()
    np.testing.assert_allclose(got, oracle.classifier(case.weights, case.x), atol=1e-12)


def test_the_snippet_of_a_run_has_the_numbers_of_its_case(reference, capsys):
    task = Task(2, 3, 6, seed=7)
    names = run(Descent(task, 0.5, 2, 3).snippet())
    np.testing.assert_array_equal(names["X"].numpy(), task.run.X)
    np.testing.assert_array_equal(names["Y"].numpy(), task.run.Y)
    np.testing.assert_array_equal(names["table"].shape, task.run.table.shape)
    names = run(Sweeping(task, 0.1, 1.0, 3, 2).snippet())
    np.testing.assert_allclose(names["rates"], Sweeping(task, 0.1, 1.0, 3, 2).rates)
    table = torch.cat([names["model"].table, names["model"].bias[None]])
    np.testing.assert_array_equal(table.detach().numpy(), task.run.table)
    assert run(Sweeping(task, 0.1, 1.0, 3, 2, bad=1).snippet())["rates"] == pytest.approx([0.1])


def test_the_pictures_of_a_snippet_are_those_of_its_case(reference):
    case = Drawings(seed=1)
    made, training, _ = case.snippet().partition("train_digits(model")
    assert training  # which takes a second or two
    names = run(made)
    np.testing.assert_array_equal(names["images"].numpy(), case.images)
    np.testing.assert_array_equal(names["labels"], case.labels)


def test_where_two_rates_are_equally_low_either_may_be_chosen():
    chosen = []

    class Remote:
        def __call__(self, function, *args):
            return chosen[-1]

    case = Choice((2.0, 1.0, 1.0, 3.0), 0.0)
    for rate in case.rates[1:3]:
        chosen.append(rate / 3)
        training.a_third_of_the_lowest.function(Remote(), case)
    chosen.append(case.rates[0] / 3)
    with pytest.raises(Failed, match="the rate"):
        training.a_third_of_the_lowest.function(Remote(), case)


def test_the_stub_has_the_references_names():
    for file in ("data.py", "mlp.py", "train.py", "digits.py"):
        names = []
        for tree in (trees.REFERENCE, trees.STUBS):
            module = ast.parse((trees.shipped(tree) / LESSON.folder / file).read_text("utf-8"))
            names.append({n.name for n in module.body if hasattr(n, "name")})
        assert {name for name in names[0] if not name.startswith("_")} == names[1]


# --- digits -------------------------------------------------------------------------------------


def test_the_digits_are_whole_and_each_is_tested_once():
    known = digits()
    assert known.images.shape == (1797, 64)
    assert (known.images.min(), known.images.max()) == (0.0, 1.0)
    assert np.bincount(known.labels).tolist() == [
        178, 182, 177, 183, 181, 182, 181, 179, 174, 180,
    ]  # fmt: skip
    folds = list(known.folds(4, seed=1))
    assert sorted(np.concatenate([test for _, test in folds]).tolist()) == list(range(1797))
    for rows, test in folds:
        assert not set(rows.tolist()) & set(test.tolist())
        assert len(rows) + len(test) == 1797
    other = next(iter(known.folds(4, seed=2)))[1]
    assert set(other.tolist()) != set(folds[0][1].tolist())


class Reader:
    """Stands for workers whose models are right about all but some of the pictures they read."""

    def __init__(self, wrong: float) -> None:
        self.wrong, self.known = wrong, digits()
        self.seen: set[bytes] = set()

    @contextmanager
    def whole(self, of):
        assert of is driver
        self.seen = set()
        yield self

    def call(self, function, config, *args, part, limit):
        assert part == "digits"
        if function is driver.pictures:
            images, labels, _ = args
            assert len(images) == len(labels) < 1797
            self.seen |= {row.tobytes() for row in images}
            return {}
        images = args[1]
        assert not self.seen & {row.tobytes() for row in images}
        places = {row.tobytes(): i for i, row in enumerate(self.known.images)}
        labels = self.known.labels[[places[row.tobytes()] for row in images]]
        labels[: round(self.wrong * len(labels))] += 1
        return np.eye(10)[labels % 10]


def test_the_accuracy_is_the_graders_own_count():
    assert "97.11% ± " in milestones.reads_digits.function(Reader(0.028), 0)
    with pytest.raises(Failed, match=r"95.99% ± .* were read right"):
        milestones.reads_digits.function(Reader(0.04), 0)


# --- names --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entropy", "loss", "passes"),
    [(math.nan, 2.2, True), (math.nan, 2.3, False), (2.0, 2.29, True), (2.0, 2.31, False)],
)
def test_names_are_judged_by_what_they_are(entropy, loss, passes, monkeypatch):
    text = Names(("ab",) * 40, ("ba",) * 5, ("aa",) * 5, entropy)
    monkeypatch.setattr(milestones, "names", lambda _: text)
    found = Reached(Loss(loss, 0.01, 1000), 2000)
    monkeypatch.setattr(milestones, "text_loss", lambda *_: found)
    if passes:
        said = milestones.reads_names.function(None, 0)
        assert text.source in said
    else:
        with pytest.raises(Failed, match="the validation loss is"):
            milestones.reads_names.function(None, 0)


# --- what a learner reads -----------------------------------------------------------------------

BAD = {
    "no list": (
        "data.py",
        "    return shuffled[:first], shuffled[first:second], shuffled[second:]\n",
        "    return shuffled\n",
        "splits.every_word_is_in_one_split",
        "split_words must return three lists",
    ),
    "examples as lists": (
        "data.py",
        "    return inputs, torch.tensor(Y, dtype=torch.long)  # (N,)\n",
        "    return X, Y\n",
        "dataset.examples_are_right",
        "X is a list, expected a torch.Tensor",
    ),
    "windows in floats": (
        "mlp.py",
        "    return padded.unfold(1, context, 1)  # (B, T, context)\n",
        "    return padded.unfold(1, context, 1).float()\n",
        "windows.each_position_has_its_window",
        "windows has dtype float32, expected int64",
    ),
    "logits alone": (
        "mlp.py",
        "            return logits, None\n",
        "            return logits\n",
        "mlp_lm.logits_are_right",
        "the model must return (logits, loss)",
    ),
    "flat vectors for the batch norm": (
        "mlp.py",
        "            x = self.norm(x)\n",
        "            x = self.norm(x.flatten(0, 1)).view_as(x)\n",
        "mlp_lm.batchnorm_is_a_slot",
        "expected (B, T, n_hidden)",
    ),
    "no losses": (
        "train.py",
        "    return losses\n",
        "",
        "descent.steps_are_right",
        "train returned a NoneType, expected a list of losses",
    ),
    "losses as tensors": (
        "train.py",
        "    return loss.item()\n",
        "    return loss\n",
        "descent.steps_are_right",
        "train returned a Tensor, expected a float",
    ),
    "one list of a sweep": (
        "train.py",
        "    return rates, losses\n",
        "    return losses\n",
        "sweep.it_stops_where_it_diverges",
        "sweep",
    ),
    "a loss as a tensor": (
        "train.py",
        "    return total / len(X)\n",
        "    return torch.tensor(total / len(X))\n",
        "split_loss.every_example_counts",
        "split_loss returned a Tensor, expected a float",
    ),
    "classes as a list": (
        "digits.py",
        "    return logits.argmax(dim=1)\n",
        "    return logits.argmax(dim=1).tolist()\n",
        "predictions.the_likeliest_class",
        "classes is a list, expected a torch.Tensor",
    ),
}


@pytest.fixture(scope="module")
def nursery():
    with Nursery(list(LESSON.packages)) as nursery:
        yield nursery


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
    assert result.verdict is Verdict.FAILED
    assert words in result.finding.message
    assert "\n" not in result.finding.message
