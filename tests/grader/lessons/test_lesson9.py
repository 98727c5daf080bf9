"""Lesson 9: the oracle against autograd, what is off limits, milestones."""

from __future__ import annotations

import math
import shutil

import numpy as np
import pytest

from grader import grading
from grader.derivatives import gradients
from grader.kit import Failed
from grader.lessons.lesson9_backprop import LESSON, driver, judging, milestones, oracle
from grader.lessons.lesson9_backprop.strategies.steps import Logits, Product
from grader.lessons.lesson9_backprop.strategies.whole import Batch, Rows
from grader.names import names
from zth import trees
from zth.host import Nursery
from zth.records import Tree, Verdict
from zth.worker.answers import BadAnswer

torch = pytest.importorskip("torch")

BATCH = Batch(V=5, d=2, T=3, H=4, n=6, seed=1)
ROWS = Rows(V=5, context=3, d=2, H=3, B=2, T=4, weight=-2.0, seed=2)
REFERENCE = trees.shipped(trees.REFERENCE)


# --- the oracle ---------------------------------------------------------------------------------


def by_autograd(p, Xb, Yb):
    """The loss and its gradients, as PyTorch finds them."""
    leaves = {name: torch.tensor(a, requires_grad=True) for name, a in p.items()}
    x = leaves["C"][torch.tensor(Xb)].flatten(1) @ leaves["W1"] + leaves["b1"]
    raw = (x - x.mean(0)) / (x.var(0) + 1e-5).sqrt()
    h = torch.tanh(leaves["bngain"] * raw + leaves["bnbias"])
    logits = h @ leaves["W2"] + leaves["b2"]
    loss = torch.nn.functional.cross_entropy(logits, torch.tensor(Yb))
    loss.backward()
    return loss.item(), {name: leaf.grad.numpy() for name, leaf in leaves.items()}


def test_the_networks_gradients_are_autograds():
    loss, expected = by_autograd(BATCH.p, BATCH.Xb, BATCH.Yb)
    assert float(BATCH.loss({})) == pytest.approx(loss, rel=1e-12)
    zeros = {name: np.zeros(a.shape) for name, a in BATCH.p.items()}
    for name, right in gradients(BATCH.loss, zeros, np.ones(())).items():
        np.testing.assert_allclose(right, expected[name], atol=1e-13)


def test_every_value_of_the_steps_has_autograds_gradient():
    case = Logits(3, 4, 1.0, seed=3, strided=False)
    at = {n: torch.tensor(a, requires_grad=True) for n, a in case.values.items()}
    counts = (at["logits"].detach() - at["logit_maxes"].detach()).exp().requires_grad_()
    probs = counts / counts.sum(1, keepdim=True)
    probs.retain_grad()
    (-probs.log()[torch.arange(3), torch.tensor(case.Yb)].mean()).backward()
    zeros = {n: np.zeros(case.values[n].shape) for n in ("counts", "probs")}
    got = gradients(
        lambda moved: oracle.cross_entropy(moved, case.logits, case.Yb)["loss"],
        zeros,
        np.ones(()),
    )
    np.testing.assert_allclose(got["counts"], counts.grad.numpy(), atol=1e-13)
    np.testing.assert_allclose(got["probs"], probs.grad.numpy(), atol=1e-13)


def test_windows_see_what_came_before():
    assert oracle.windows(np.array([[7, 8], [5, 6]]), 3).tolist() == [
        [0, 0, 7],
        [0, 7, 8],
        [0, 0, 5],
        [0, 5, 6],
    ]


# --- when a gradient is right -------------------------------------------------------------------


def judged(**wrong):
    """Judges autograd's gradients, but for these."""
    _, right = by_autograd(BATCH.p, BATCH.Xb, BATCH.Yb)
    judging.agree(oracle.PARAMETERS, {**right, **wrong}, BATCH.shapes, BATCH.loss, seed=0)


def test_right_gradients_pass():
    judged()


@pytest.mark.parametrize("name", ["C", "W1", "bngain", "b2"])
@pytest.mark.parametrize("factor", [1 + 1e-5, 0.0, -1.0, math.nan])
def test_what_is_off_by_more_than_a_millionth_is_named(name, factor):
    _, right = by_autograd(BATCH.p, BATCH.Xb, BATCH.Yb)
    with pytest.raises(Failed, match=f"d{name}"):
        judged(**{name: right[name] * factor})


def test_a_zero_that_is_none_is_named():
    with pytest.raises(Failed, match="db1"):
        judged(b1=np.full(BATCH.shapes["b1"], 1e-8))


def test_another_shape_is_named():
    with pytest.raises(Failed, match="dbnbias has shape"):
        judged(bnbias=np.zeros(4))


# --- what the driver refuses --------------------------------------------------------------------


def test_answers_of_another_kind_are_told():
    given = Product(2, 2, 2, seed=0, strided=False).arrays
    for answer in (None, torch.zeros(2, 2), (torch.zeros(2, 2),)):
        with pytest.raises(BadAnswer, match="3 gradients are expected"):
            driver.gradients(lambda *_, answer=answer: answer, given, ["x", "W", "b"], False)
    with pytest.raises(BadAnswer, match="must be a dict"):
        driver.steps(lambda *_: None, {}, np.zeros(1), False)
    for answer in (None, (1.0, {}), torch.zeros(2)):
        with pytest.raises(BadAnswer):
            driver.whole(lambda *_, answer=answer: answer, {}, BATCH.Xb, BATCH.Yb, "float64")


def test_a_given_tensor_that_changes_is_told():
    def careless(dh, h):
        return dh.mul_(1 - h**2)

    given = {"dh": np.ones(2), "h": np.full(2, 0.5)}
    with pytest.raises(BadAnswer, match="dh was changed in place"):
        driver.gradients(careless, given, ["hpreact"], False)


def test_a_descent_without_a_gradient_is_told():
    def loss_and_gradients(p, Xb, Yb):
        return torch.zeros(()), {name: a for name, a in p.items() if name != "W2"}

    args = BATCH.p, BATCH.Xb[None], BATCH.Yb[None], [0.1], [1]
    with pytest.raises(BadAnswer, match="no gradient of W2"):
        driver.descend(loss_and_gradients, *args)


# --- what is off limits -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def nursery():
    with Nursery(["torch"]) as nursery:
        yield nursery


# Bodies of tanh_backward(dh, h) that leave the work to PyTorch. `at` is where tanh is h.
NOTED = {
    "backward": "at.requires_grad_()\n    torch.tanh(at).backward(dh)\n    return at.grad",
    "grad": "return torch.autograd.grad(torch.tanh(at), at, dh)[0]",
    "another name": "return getattr(torch, 'auto' + 'grad').grad(torch.tanh(at), at, dh)[0]",
    "enabled": (
        "with torch.enable_grad():\n"
        "        at.requires_grad = True\n"
        "        return torch.autograd.grad(torch.tanh(at), at, dh)[0]"
    ),
    "no longer in inference mode": (
        "with torch.inference_mode(False):\n"
        "        x = at.clone().requires_grad_()\n"
        "        torch.tanh(x).backward(dh.clone())\n"
        "        return x.grad"
    ),
    "torch.func": "return torch.func.vjp(torch.tanh, at)[1](dh)[0]",
    "functional": "return torch.autograd.functional.vjp(torch.tanh, at, dh)[1]",
    "forward mode": (
        "import torch.autograd.forward_ad as ad\n"
        "    with ad.dual_level():\n"
        "        return ad.unpack_dual(torch.tanh(ad.make_dual(at, dh))).tangent"
    ),
    "functorch": "import functorch\n    return functorch.vjp(torch.tanh, at)[1](dh)[0]",
    "kernel": "return torch.ops.aten.tanh_backward(dh, h)",
    "kernel by another name": (
        "return getattr(getattr(torch.ops, 'at' + 'en'), 'tanh_back' + 'ward')(dh, h)"
    ),
    "node": ("x = at.clone()\n    x.requires_grad = True\n    return torch.tanh(x).grad_fn(dh)"),
}
# Who looks for a way around finds one. These are known, and pass.
UNNOTED = {
    "a node, out of inference mode": (
        "with torch.inference_mode(False):\n"
        "        x = at.clone()\n"
        "        x.requires_grad = True\n"
        "        return torch.tanh(x).grad_fn(dh.clone())"
    ),
    "the complex step": (
        "return torch.tanh(torch.complex(at, torch.full_like(at, 1e-30))).imag / 1e-30 * dh"
    ),
}


def graded(body, nursery, folder):
    text = (REFERENCE / "lesson9_backprop/steps.py").read_text("utf-8")
    (folder / LESSON.folder).mkdir()
    hidden = f"\n\ndef tanh_backward(dh, h):\n    at = torch.atanh(h)\n    {body}\n"
    (folder / LESSON.folder / "steps.py").write_text(text + hidden, "utf-8")
    selection = grading.Selection(checks=("dtanh.from_the_result",))
    tree = Tree("around", folder)
    report = grading.grade(LESSON, tree, nursery, selection=selection, smallest=False)
    assert Verdict.GRADER_ERROR not in {r.verdict for r in report.results}
    return report


@pytest.mark.parametrize("body", NOTED.values(), ids=NOTED)
def test_autograd_earns_nothing(body, nursery, tmp_path):
    report = graded(body, nursery, tmp_path)
    assert report.earned == 0
    said = {r.verdict for r in report.results}
    assert report.breaches or said == {Verdict.CRASHED}


@pytest.mark.parametrize("body", UNNOTED.values(), ids=UNNOTED)
def test_known_ways_around(body, nursery, tmp_path):
    report = graded(body, nursery, tmp_path)
    assert not report.breaches
    assert report.earned


def test_what_a_learner_may_well_use_is_no_breach(nursery, tmp_path):
    """torch.no_grad switches gradients off by a function of torch's own."""
    body = (
        "with torch.no_grad():\n"
        "        return torch.vmap(lambda up, y: up * (1 - y**2))(dh.detach(), h.detach())"
    )
    report = graded(body, nursery, tmp_path)
    assert not report.breaches
    assert [r.verdict for r in report.results] == [Verdict.PASSED]


# --- milestones ---------------------------------------------------------------------------------


def test_examples_are_the_lectures():
    X, Y = milestones.examples(("emma", "al"))
    rows = ["...", "..e", ".em", "emm", "mma", "...", "..a", ".al"]
    letters = milestones.Names((), (), ()).vocabulary.replace("\n", ".")
    assert ["".join(letters[i] for i in row) for row in X] == rows
    assert "".join(letters[i] for i in Y) == "emma.al."


def test_the_lectures_network_has_its_12297_parameters():
    assert sum(a.size for a in milestones.start(27, 0).values()) == 12_297
    them = names(0)
    loss = milestones.held_out(milestones.start(27, 0), them)
    assert math.log(27) - 0.2 < loss < math.log(27) + 0.8


@pytest.fixture
def short(monkeypatch):
    """Twenty steps, after which not much need be learned."""
    monkeypatch.setattr(milestones, "STEPS", 20)
    monkeypatch.setattr(milestones, "MOMENTS", (0, 20))
    monkeypatch.setattr(milestones, "REAL", 4.0)
    monkeypatch.setattr(milestones, "ABOVE", 2.0)


SIZE = grading.Selection(checks=("byhand.at_the_lectures_size",))


def test_the_reference_is_right_at_the_lectures_size(short, nursery):
    report = grading.grade(LESSON, Tree("reference", REFERENCE), nursery, selection=SIZE)
    assert [r.verdict for r in report.results] == [Verdict.PASSED], report.results


def test_it_learns_made_up_names_too(short, nursery, monkeypatch, tmp_path):
    monkeypatch.setattr("zth.data.locate", lambda _: None)
    report = grading.grade(LESSON, Tree("reference", REFERENCE), nursery, selection=SIZE)
    assert [r.verdict for r in report.results] == [Verdict.PASSED], report.results
    assert "generated" in report.results[0].detail


def test_what_goes_wrong_in_large_batches_alone_is_told(short, nursery, tmp_path):
    shutil.copytree(REFERENCE / LESSON.folder, tmp_path / LESSON.folder)
    file = tmp_path / LESSON.folder / "fused.py"
    text = file.read_text("utf-8").replace(
        "(dhpreact * bnraw).sum(0)", "(dhpreact * bnraw)[:9].sum(0)"
    )
    file.write_text(text, "utf-8")
    report = grading.grade(LESSON, Tree("nine", tmp_path), nursery, selection=SIZE)
    assert [r.verdict for r in report.results] == [Verdict.FAILED], report.results
