"""A module is filled, and played forward and backward."""

import numpy as np
import pytest

from zth.worker import modules
from zth.worker.answers import BadAnswer

torch = pytest.importorskip("torch")

W, B = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([0.5, 0.0, -0.5])
X, UP = np.array([[1.0, -1.0]]), np.array([[1.0, 0.0, 2.0]])
TOKENS = torch.zeros(1, 3, dtype=torch.long, device="meta")


def test_a_module_is_played_with_the_weights_that_are_given():
    got = modules.played(torch.nn.Linear(2, 3), {"weight": W, "bias": B}, X, UP)
    np.testing.assert_array_equal(got.y, X @ W.T + B)
    np.testing.assert_array_equal(got.grads["x"], UP @ W)
    np.testing.assert_array_equal(got.grads["weight"], UP.T @ X)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (3, "int must be a torch.nn.Module"),
        (torch.nn.Identity(), "there is no parameter weight; there are: none"),
        (torch.nn.Linear(2, 2), r"weight has shape \(2, 2\), expected \(3, 2\)"),
        (torch.nn.Linear(2, 3), "there is a parameter bias too many"),
    ],
)
def test_what_does_not_fit_is_said(made, words):
    with pytest.raises(BadAnswer, match=words):
        modules.holding(made, {"weight": W})


def test_a_second_name_is_not_too_many():
    made = torch.nn.Linear(2, 3, bias=False)
    made.other = made.weight
    assert modules.holding(made, {"weight": W}, ["other"]) is made


def test_an_output_that_was_detached_is_said():
    class Cut(torch.nn.Linear):
        def forward(self, x):
            return super().forward(x).detach()

    with pytest.raises(BadAnswer, match="detached"):
        modules.played(Cut(2, 3, bias=False), {"weight": W}, X, UP)


@pytest.mark.parametrize(
    ("answer", "targets", "words"),
    [
        (torch.zeros(1, 2, 3), None, r"must return \(logits, loss\)"),
        ((torch.zeros(1, 2, 3), torch.zeros(())), None, "without targets, the loss is None"),
        ((torch.zeros(1, 2, 3), None), np.zeros((1, 2), int), "a tensor of one number"),
        ((torch.zeros(1, 2, 3), torch.zeros(())), np.zeros((1, 2), int), "loss has no gradient"),
    ],
)
def test_a_model_that_answers_something_else_is_told(answer, targets, words):
    with pytest.raises(BadAnswer, match=words):
        modules.answered(lambda *_: answer, np.zeros((1, 2), int), targets)


def test_what_is_no_module_is_said():
    made = torch.nn.Identity()
    assert modules.module(made) is made
    with pytest.raises(BadAnswer, match=r"NoneType must be a torch\.nn\.Module"):
        modules.module(None)


class Positions(torch.nn.Module):
    """Embeds tokens and their positions, where `how` says that these are made."""

    def __init__(self, how):
        super().__init__()
        self.tokens, self.positions = torch.nn.Embedding(5, 2), torch.nn.Embedding(9, 2)
        self.how = how

    def forward(self, idx):
        return self.how(self, idx), None


@pytest.mark.parametrize(
    "how",
    [
        lambda m, idx: m.tokens(idx) + torch.ones(2),
        lambda m, idx: m.tokens(idx) + m.positions(torch.arange(3)),
        lambda m, idx: torch.cat([m.tokens(idx), torch.ones(1, 1, 2)], dim=1),
        lambda m, idx: torch.ones(1, 3, 2),
    ],
)
def test_a_tensor_that_stays_on_the_cpu_is_met_wherever_it_is(how):
    with pytest.raises(BadAnswer, match="it stays"):
        modules.elsewhere(Positions(how), TOKENS, BadAnswer("it stays"))


@pytest.mark.parametrize(
    "how",
    [
        lambda m, idx: m.tokens(idx) + m.positions(torch.arange(3, device=idx.device)),
        lambda m, idx: m.tokens(idx[idx > 0]),  # it needs values, which "meta" does not have
    ],
)
def test_what_is_where_its_input_is_is_left_alone(how):
    modules.elsewhere(Positions(how), TOKENS, BadAnswer("it stays"))
