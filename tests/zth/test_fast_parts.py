"""The parts of the fast recipes: right gradients, rotation, Muon's steps, and where they fit."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from zth.cli.parts import assembled
from zth.host import Nursery
from zth.plugins import Plugins
from zth.records import Recipe
from zth.worker import fit
from zth.worker.loop import Setup

FAST = Path(__file__).resolve().parents[2] / "solutions" / "shakespeare_fast"
SMALL = {"block_size": 16, "vocab_size": 11, "n_layer": 2, "n_head": 2, "n_embd": 16}


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"fast_{name}", FAST / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[f"fast_{name}"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


model, muon, schedule = load("model"), load("muon"), load("schedule")


def gpt(**settings: Any) -> Any:
    """A model with other numbers than zeros wherever it would begin with zeros."""
    torch.manual_seed(0)
    made = model.GPT(model.GPTConfig(**{**SMALL, **settings}))
    with torch.no_grad():
        for p in made.parameters():
            if not p.any():
                p.normal_(std=0.1)
    return made


@pytest.mark.parametrize("function", [model.rms_norm, model._SquaredReLU.apply])
def test_the_gradients_by_hand_are_right(function: Any) -> None:
    x = torch.randn(3, 4, 8, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(function, x)


def test_rms_norm_leaves_a_row_of_zeros_alone() -> None:
    x = torch.zeros(2, 4, requires_grad=True)
    y = model.rms_norm(x)
    y.sum().backward()
    assert not y.any()
    assert x.grad is not None
    assert x.grad.isfinite().all()


def test_a_score_depends_on_the_distance_alone() -> None:
    q, k = torch.randn(2, 8, dtype=torch.float64)
    cos, sin = (t.double() for t in model.angles(40, 8))
    turned_q, turned_k = (model.rotate(v.expand(40, 8), cos, sin) for v in (q, k))
    scores = turned_q @ turned_k.T
    for distance in (0, 1, 7):
        along = scores.diagonal(-distance)
        torch.testing.assert_close(along, along[:1].expand_as(along), rtol=1e-6, atol=1e-6)
    assert not torch.allclose(scores[20, 20], scores[20, 13])


def test_attention_written_out_is_pytorchs() -> None:
    q, k, v = torch.randn(3, 2, 2, 16, 8)
    mine = gpt().transformer.h[0].attn._mixed(q, k, v)
    theirs = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    torch.testing.assert_close(mine, theirs)


@pytest.mark.parametrize("switches", [{}, {"rotary": False}, {"qk_norm": False}])
def test_no_position_sees_what_comes_after_it(switches: dict[str, bool]) -> None:
    made = gpt(**switches)
    idx = torch.randint(11, (2, 16))
    other = idx.clone()
    other[:, 9:] = (idx[:, 9:] + 3) % 11
    first, again = made(idx)[0], made(other)[0]
    torch.testing.assert_close(first[:, :9], again[:, :9])
    assert not torch.allclose(first[:, 9:], again[:, 9:])


@pytest.mark.parametrize("place", ["embedding", "weights", "answers"])
def test_dropout_falls_on_each_place_in_training_alone(place: str) -> None:
    """On what is read, on the weights of attention, and on what each part adds."""
    made = gpt(dropout=0.5, n_layer=1)
    block = made.transformer.h[0]
    rates = {"embedding": (made.drop, "p"), "weights": (block.attn, "dropout")}
    rates["answers"] = (block.drop, "p")
    for other, (module, rate) in rates.items():
        assert getattr(module, rate) == 0.5
        setattr(module, rate, 0.5 if other == place else 0.0)
    idx = torch.randint(11, (2, 8))
    assert not torch.equal(made.train()(idx)[0], made(idx)[0])
    assert torch.equal(made.eval()(idx)[0], made(idx)[0])


def test_it_begins_as_a_model_that_knows_nothing() -> None:
    idx = torch.randint(11, (4, 16))
    loss = model.GPT(model.GPTConfig(**SMALL))(idx, idx)[1]
    assert loss.item() == pytest.approx(np.log(11), abs=1e-6)


def test_the_order_of_tokens_matters_without_rotation_too() -> None:
    for made in (gpt(), gpt(rotary=False)):
        idx = torch.tensor([[1, 2, 3, 4]])
        swapped = torch.tensor([[2, 1, 3, 4]])
        assert not torch.allclose(made(idx)[0][:, -1], made(swapped)[0][:, -1])


def test_too_many_tokens_are_named() -> None:
    with pytest.raises(ValueError, match="17 tokens do not fit into a block of 16"):
        gpt()(torch.zeros(1, 17, dtype=torch.long))


# --- Muon -----------------------------------------------------------------------------------------


def test_all_directions_move_by_about_as_much() -> None:
    torch.manual_seed(1)
    matrices = torch.randn(5, 8, 32)
    found = muon.orthogonalize(matrices)
    for given, made in zip(matrices, found, strict=True):
        U, _, Vh = torch.linalg.svd(given, full_matrices=False)
        along = torch.diagonal(U.mT @ made @ Vh.mT)
        assert along.min() > 0.5
        assert along.max() < 1.5


def test_matrices_of_one_shape_move_as_each_does_alone() -> None:
    torch.manual_seed(2)
    shapes = [(8, 32), (32, 8), (8, 8), (8, 32), (8, 8)]
    ours = [torch.nn.Parameter(torch.randn(shape)) for shape in shapes]
    alone = [torch.nn.Parameter(p.detach().clone()) for p in ours]
    together, each = muon.Muon(ours, lr=0.1), [muon.Muon([p], lr=0.1) for p in alone]
    for _ in range(3):
        for p, q in zip(ours, alone, strict=True):
            p.grad = torch.randn(p.shape)
            q.grad = p.grad.clone()
        together.step()
        for optimizer in each:
            optimizer.step()
    for p, q in zip(ours, alone, strict=True):
        torch.testing.assert_close(p, q, rtol=0.02, atol=0.02)


def test_decay_pulls_to_zero_and_a_parameter_without_gradient_stays() -> None:
    p, still = (torch.nn.Parameter(torch.ones(4, 4)) for _ in range(2))
    optimizer = muon.Muon([p, still], lr=0.1, weight_decay=0.5)
    p.grad = torch.zeros(4, 4)
    optimizer.step()
    torch.testing.assert_close(p, torch.full((4, 4), 0.95))
    assert torch.equal(still, torch.ones(4, 4))


def test_vectors_are_refused() -> None:
    with pytest.raises(ValueError, match=r"a tensor of shape \(3,\)"):
        muon.Muon([torch.nn.Parameter(torch.ones(3))])


# --- the schedule, the recipes --------------------------------------------------------------------


def test_the_rate_rises_stays_and_falls_to_its_floor() -> None:
    rates = [schedule.warmup_stable_decay(step, 1000, 10, 2.0, 0.5) for step in range(1000)]
    falls = 600
    assert rates[:10] == pytest.approx(np.linspace(0.2, 2.0, 10))
    assert set(rates[10 : falls + 1]) <= {2.0}
    assert np.diff(rates[falls:]) == pytest.approx(-1.5 / 400)
    assert rates[-1] == pytest.approx(0.5, abs=0.01)


def test_a_straight_line_falls_from_the_first_step_on() -> None:
    rates = [schedule.linear_decay(step, 50, 0, 2.0) for step in range(51)]
    assert rates == pytest.approx(np.linspace(2.0, 0.0, 51))


def test_a_recipe_that_clips_nothing_has_no_place_for_clipping() -> None:
    for recipe in Plugins.load().recipes().values():
        assert recipe.clip or "clipping" not in {component.id for component in recipe.loop}


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery(["torch", "torch._dynamo"]) as nursery:
        yield nursery


WISHES = {
    "as it is": (),
    "attention": ("attention=reference",),
    "norm": ("norm=reference",),
    "mlp": ("mlp=reference",),
    "optimizer": ("optimizer=reference",),
    "schedule": ("schedule=reference",),
    "whole": ("gpt=reference",),
    "all": ("all=reference",),
}


@pytest.mark.parametrize("wishes", WISHES.values(), ids=WISHES.keys())
def test_every_part_can_be_swapped(wishes: tuple[str, ...], nursery: Nursery) -> None:
    plugins = Plugins.load()
    recipe = plugins.recipes()["shakespeare-sprint"]
    losses = _losses(nursery, recipe, wishes, plugins)
    assert losses[-1] < losses[0] - 0.2


@pytest.mark.parametrize("slot", ["attention", "mlp", "norm", "optimizer", "schedule"])
def test_the_fast_parts_fit_the_classic_recipe(slot: str, nursery: Nursery) -> None:
    plugins = Plugins.load()
    losses = _losses(nursery, plugins.recipes()["shakespeare-tiny"], (f"{slot}=fast",), plugins)
    assert losses[-1] < losses[0] - 0.1


def _losses(
    nursery: Nursery, recipe: Recipe, wishes: tuple[str, ...], plugins: Plugins
) -> list[float]:
    """Of a few steps on a text in which the next token is always known."""
    assembly = assembled(recipe, wishes, plugins)
    places = {component.id for component in recipe.loop}
    small = {"block_size": 8, "n_layer": 1, "n_embd": 16, "vocab_size": 7}
    setup = Setup(
        model=assembly.model.component,
        config_class=recipe.config_class,
        config={**recipe.config, **small},
        slots=[slot for slot in assembly.slots if slot not in places],
        seed=1,
        device="cpu",
        steps=20,
        batch=8,
        learning_rate=0.01,
        warmup=0,
        weight_decay=recipe.weight_decay,
        betas=recipe.betas,
        clip=recipe.clip,
        loop=[slot for slot in assembly.slots if slot in places],
        floor=recipe.floor,
        mixed_precision=recipe.mixed_precision,
        in_turn=recipe.in_turn,
    )
    parts = [assembly.model, *assembly.slots.values()]
    with nursery.session(driver=Path(fit.__file__), parts=parts) as session:
        session.call(fit.build, setup, (np.arange(500) % 7).astype(np.int32), limit=60)
        return session.call(fit.advance, 20, limit=60)


# --- the cache ------------------------------------------------------------------------------------


@pytest.mark.parametrize("switches", [{}, {"rotary": False}, {"qk_norm": False}])
@pytest.mark.parametrize("prompt", [1, 5, 15])
def test_the_cache_changes_no_score(switches: dict[str, bool], prompt: int) -> None:
    made, idx = gpt(**switches).eval(), torch.randint(11, (1, 16))
    cache = made.new_cache()
    with torch.no_grad():
        whole = made(idx)[0]
        parts = [idx[:, :prompt], *idx[:, prompt:].split(1, dim=1)]
        torch.testing.assert_close(torch.cat([made(p, cache=cache)[0] for p in parts], 1), whole)
        with pytest.raises(ValueError, match="17 tokens do not fit"):
            made(idx[:, :1], cache=cache)


def test_a_part_of_others_has_no_cache() -> None:
    class Other(model.MLP):  # type: ignore[name-defined, misc]
        pass

    made = model.GPT(model.GPTConfig(**SMALL), mlp=Other)
    assert made.new_cache() is None
