"""Sampling: a cache makes it faster, and changes no token."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from zth import trees
from zth.worker import fit
from zth.worker.answers import BadAnswer
from zth.worker.loader import Loader
from zth.worker.loop import Setup
from zth.worker.sampling import SLACK, Cached, Draw, Whole, write

ROOT = str(trees.shipped(trees.REFERENCE))
GPT = "lesson5_gpt/gpt.py"
PARTS = {
    "gpt": (GPT, "GPT"),
    "mlp": (GPT, "MLP"),
    "block": (GPT, "Block"),
    "norm": (GPT, "LayerNorm"),
    "attention": ("lesson3_attention/attention.py", "CausalSelfAttention"),
}
LENGTH, WORDS = 16, 11
CPU = torch.device("cpu")
HOW = {
    "greedy": (0.0, 0),
    "drawn": (0.8, 0),
    "of the likeliest three": (1.0, 3),
    "hot": (5.0, 0),
    "cold": (0.05, 0),
}


def setup(*slots: str) -> Setup:
    return Setup(
        model="gpt",
        config_class="GPTConfig",
        config={
            "block_size": LENGTH,
            "vocab_size": WORDS,
            "n_layer": 2,
            "n_head": 2,
            "n_embd": 32,
            "dropout": 0.1,
        },
        slots=list(slots),
        seed=5,
        device="cpu",
        steps=30,
        batch=8,
        learning_rate=1e-2,
        warmup=5,
        weight_decay=0.1,
        betas=(0.9, 0.99),
        clip=1.0,
    )


def text() -> Any:
    """Tokens, of which most follow from the two before them."""
    draw = np.random.default_rng(0)
    tokens = [1, 2]
    for _ in range(3000):
        sure = draw.random() < 0.7
        tokens.append((tokens[-1] + 3 * tokens[-2]) % WORDS if sure else int(draw.integers(WORDS)))
    return np.array(tokens, dtype=np.int32)


TEXT = text()


class Model:
    """The model that `fit` holds, and how it was called: new tokens, and whether with a cache."""

    def __init__(self, steps: int, *slots: str, **others: Any) -> None:
        loader = Loader([(slot, ROOT, *place) for slot, place in PARTS.items()])
        self.load = lambda slot: others[slot] if slot in others else loader(slot)
        fit.build(self.load, setup(*slots, *others), TEXT)
        fit.advance(self.load, steps)
        self.module: Any = fit._loop().model
        self.calls: list[tuple[int, bool]] = []
        self.module.register_forward_pre_hook(self._note, with_kwargs=True)

    def _note(self, _: Any, args: Any, kwargs: Any) -> None:
        self.calls.append((args[0].shape[1], "cache" in kwargs))

    def sample(self, prompt: Sequence[int], count: int, how: str, seed: int) -> list[int]:
        self.calls.clear()
        return fit.sample(self.load, list(prompt), count, *HOW[how], seed)

    def sample_slowly(self, *asked: Any) -> list[int]:
        self.module.new_cache = lambda: None
        try:
            return self.sample(*asked)
        finally:
            del self.module.new_cache


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Threads would wait for each other at every small product, on a machine that does more."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module", params=[0, 30], ids=["untrained", "trained"])
def model(request: pytest.FixtureRequest) -> Model:
    return Model(request.param)


# --- the same tokens ------------------------------------------------------------------------------


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("given", [1, LENGTH - 1, LENGTH + 9])
def test_a_cache_changes_no_token(model: Model, how: str, given: int) -> None:
    asked = (TEXT[:given].tolist(), LENGTH + 4, how, given)
    assert model.sample(*asked) == model.sample_slowly(*asked)


@pytest.mark.slow
@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("given", [1, 2, 7, LENGTH])
def test_a_cache_changes_no_token_of_many(model: Model, how: str, given: int) -> None:
    for seed in range(30):
        asked = (TEXT[seed : seed + given].tolist(), LENGTH + 1, how, seed)
        assert model.sample(*asked) == model.sample_slowly(*asked)


def test_what_is_in_the_cache_is_not_computed_again(model: Model) -> None:
    model.sample(TEXT[:7].tolist(), 30, "drawn", 0)
    cached = [count for count, with_cache in model.calls if with_cache]
    assert cached == [7] + [1] * (LENGTH - 7)
    rest = [count for count, with_cache in model.calls if not with_cache]
    past_the_window = 30 - len(cached)
    assert rest[-past_the_window:] == [LENGTH] * past_the_window
    assert len(rest) < past_the_window + 4  # few draws are near a border


def test_the_scores_differ_by_much_less_than_is_allowed_for(model: Model) -> None:
    worst = 0.0
    for start in range(10):
        idx = torch.from_numpy(TEXT[start : start + LENGTH]).long()[None]
        with torch.inference_mode():
            whole = model.module.eval()(idx)[0][0].numpy()
        cached = Cached(model.module, model.module.new_cache(), CPU)
        one_by_one = [cached(TEXT[start : start + n].tolist()) for n in range(1, LENGTH + 1)]
        off = np.abs(np.stack(one_by_one) - whole).max(-1) / np.abs(whole).max(-1)
        worst = max(worst, off.max())
    assert 0 < worst < SLACK / 4


def test_matrices_by_columns_are_lent_to_the_model_for_a_call(model: Model) -> None:
    before = {name: p.data_ptr() for name, p in model.module.named_parameters()}
    tall, lent = model.module.transformer.h[0].mlp.c_fc, []
    note = tall.register_forward_pre_hook(lambda *_: lent.append(tall.weight))
    try:
        model.sample([1], 2, "drawn", 0)
    finally:
        note.remove()
    assert torch.equal(lent[0], tall.weight)
    assert lent[0].stride() == (1, len(lent[0]))
    assert lent[0] is lent[1]
    assert {name: p.data_ptr() for name, p in model.module.named_parameters()} == before


@pytest.mark.parametrize("slot", ["attention", "mlp", "norm", "block"])
def test_a_part_that_knows_no_cache_is_asked_as_ever(slot: str) -> None:
    def made(*args: Any) -> Any:
        part = Loader([(slot, ROOT, *PARTS[slot])])(slot)
        return type("Learners", (part,), {"forward": lambda self, x: part.forward(self, x)})(*args)

    model, own = Model(0, **{slot: made}), Model(0)
    asked = (TEXT[:4].tolist(), 30, "drawn", 1)
    assert own.sample(*asked) == model.sample(*asked)
    assert any(cached for _, cached in own.calls)
    assert not any(cached for _, cached in model.calls)


def test_the_reference_in_its_own_slots_keeps_its_cache() -> None:
    model = Model(0, "mlp", "norm", "block")
    model.sample(TEXT[:4].tolist(), 5, "drawn", 1)
    assert [cached for _, cached in model.calls] == [True] * 5


def test_the_number_of_threads_comes_back(model: Model) -> None:
    torch.set_num_threads(3)
    model.sample(TEXT[:4].tolist(), 5, "drawn", 1)
    assert torch.get_num_threads() == 3
    torch.set_num_threads(1)


def test_another_attribute_of_that_name_is_no_cache(model: Model) -> None:
    asked = (TEXT[:4].tolist(), 5, "drawn", 1)
    expected = model.sample(*asked)
    model.module.new_cache = 3
    try:
        assert model.sample(*asked) == expected
    finally:
        del model.module.new_cache
    assert not any(cached for _, cached in model.calls)


# --- how a token is drawn -------------------------------------------------------------------------

SCORES = st.lists(st.floats(-20, 20, width=32), min_size=1, max_size=9).map(
    lambda found: np.array(found, dtype=np.float32)
)
DRAWS = st.builds(Draw, st.sampled_from([0.0, 0.1, 1.0, 3.0]), st.integers(0, 10))
PLACES = st.floats(0, 1, exclude_max=True)


@example(np.array([1, 13, 0, 1e-38], dtype=np.float32), Draw(3.0, 3), 93)  # alike beside 13
@given(SCORES, DRAWS, st.integers(0, 99))
def test_a_token_is_drawn_as_numpy_draws_it(scores: Any, draw: Draw, seed: int) -> None:
    got = draw(scores, np.random.default_rng(seed).random())
    if not draw.temperature:
        assert got == scores.argmax()
        return
    kept = scores.astype(np.float64)
    if 0 < draw.top_k < len(kept):
        kept[kept < np.sort(kept)[-draw.top_k]] = -np.inf
    weights = np.exp((kept - kept.max()) / draw.temperature)
    expected = np.random.default_rng(seed).choice(len(kept), p=weights / weights.sum())
    assert got == expected


@given(SCORES, DRAWS, PLACES, st.data())
def test_a_sure_draw_stays_when_every_score_is_off(
    scores: Any, draw: Draw, place: float, data: st.DataObject
) -> None:
    off = SLACK * np.abs(scores.astype(np.float64)).max()
    signs = data.draw(st.lists(st.sampled_from([-1, 0, 1]), min_size=9, max_size=9))
    moved = scores.astype(np.float64) + off * np.array(signs[: len(scores)])
    if draw.is_sure(scores, place):
        assert draw(moved, place) == draw(scores.astype(np.float64), place)


@pytest.mark.parametrize(
    ("draw", "scores", "place", "sure"),
    [
        (Draw(0.0, 0), [1.0, 2.0, 2.0], 0.5, False),
        (Draw(0.0, 0), [1.0, 2.0, 2.001], 0.5, True),
        (Draw(1.0, 0), [0.0, 3.0, 3.0], 0.5 + 0.5 / (1 + 2 * np.exp(3.0)), False),
        (Draw(1.0, 0), [0.0, 3.0, 3.0], 0.4, True),
        (Draw(1.0, 2), [1.0, 1.0, 3.0], 0.9, False),
        (Draw(1.0, 2), [0.9, 1.0, 3.0], 0.9, True),
        (Draw(1.0, 3), [1.0, 1.0, 3.0], 0.9, True),
        (Draw(1e-9, 0), [1.0, 2.0, 2.001], 0.5, False),
        (Draw(0.0, 0), [7.0], 0.5, True),
    ],
)
def test_a_draw_near_a_border_is_not_sure(
    draw: Draw, scores: list[float], place: float, sure: bool
) -> None:
    assert draw.is_sure(np.array(scores, dtype=np.float32), place) is sure


def test_a_draw_that_is_not_sure_asks_for_the_whole_window() -> None:
    asked: list[list[int]] = []

    class Answer(torch.nn.Module):
        def forward(self, idx: torch.Tensor, cache: Any = None) -> torch.Tensor:
            (tokens,) = idx.tolist()
            if cache is None:
                asked.append(tokens)
                return torch.tensor([[[0.0, 1.0, 1.001]]])
            cache += tokens
            return torch.tensor([[[0.0, 2.0, 2.0] if len(cache) == 2 else [5.0, 0.0, 0.0]]])

    answer = Answer()
    whole, cached = Whole(answer, CPU, 3), Cached(answer, [], CPU)
    got = write([1], 4, Draw(0.0, 0), np.random.default_rng(0), whole, cached)
    assert got == [0, 2, 0, 2]
    assert asked == [[1, 0], [0, 2, 0]]


@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
def test_scores_that_are_no_numbers_are_named(model: Model, wrong: float) -> None:
    weight = model.module.lm_head.weight
    before = weight.detach().clone()
    try:
        with torch.no_grad():
            weight[3, 0] = wrong
        for how in HOW:
            with pytest.raises(BadAnswer, match="scores hold NaN or infinity"):
                model.sample(TEXT[:4].tolist(), 5, how, 1)
    finally:
        with torch.no_grad():
            weight.copy_(before)
