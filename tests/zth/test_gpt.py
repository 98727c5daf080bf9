"""The reference GPT: GPT-2's names, its start, and its slots."""

from __future__ import annotations

import importlib.util
import math
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

ROOT = Path(__file__).resolve().parents[2]


def load(path: str) -> ModuleType:
    """A file of a tree as a module."""
    name = Path(path).stem + "_under_test"
    spec = importlib.util.spec_from_file_location(name, ROOT / "solutions" / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


gpt = load("lesson5_gpt/gpt.py")
attention = load("lesson3_attention/attention.py")
SMALL = {"block_size": 16, "vocab_size": 65, "n_layer": 3, "n_head": 4, "n_embd": 32}


def model(seed: int = 0, bias: bool = True, dropout: float = 0.0, **parts: Any) -> Any:
    torch.manual_seed(seed)
    return gpt.GPT(gpt.GPTConfig(**SMALL, bias=bias, dropout=dropout), **parts)


def test_the_parameters_are_named_as_in_gpt_2() -> None:
    layer = [
        f"{part}.{kind}"
        for part in ("ln_1", "attn.c_attn", "attn.c_proj", "ln_2", "mlp.c_fc", "mlp.c_proj")
        for kind in ("weight", "bias")
    ]
    expected = {f"transformer.h.{i}.{name}" for i in range(3) for name in layer}
    expected |= {f"transformer.{n}" for n in ("wte.weight", "wpe.weight", "ln_f.weight")}
    expected |= {"transformer.ln_f.bias", "lm_head.weight"}
    assert set(model().state_dict()) == expected


def test_the_defaults_are_those_of_the_smallest_gpt_2() -> None:
    with torch.device("meta"):
        whole = gpt.GPT(gpt.GPTConfig())
    assert sum(p.numel() for p in whole.parameters()) == 124_439_808


def test_reading_and_writing_share_one_matrix() -> None:
    m = model()
    assert m.lm_head.weight is m.transformer["wte"].weight
    assert m.lm_head.weight.shape == (65, 32)


def test_it_starts_small_and_on_the_residual_stream_smaller() -> None:
    torch.manual_seed(0)
    m = gpt.GPT(gpt.GPTConfig(block_size=64, vocab_size=500, n_layer=4, n_head=4, n_embd=128))
    for name, p in m.named_parameters():
        if name.endswith("bias"):
            assert not p.any(), name
        elif ".ln_" in name:
            assert (p == 1).all(), name
        else:
            std = 0.02 / math.sqrt(8) if name.endswith("c_proj.weight") else 0.02
            assert p.std().item() == pytest.approx(std, rel=0.05), name


def test_an_untrained_model_knows_nothing() -> None:
    idx = torch.randint(65, (8, 17), generator=torch.Generator().manual_seed(1))
    _, loss = model()(idx[:, :-1], idx[:, 1:])
    assert loss.item() == pytest.approx(math.log(65), abs=0.1)


@pytest.mark.parametrize("shape", [(1, 1), (1, 16), (3, 5)])
def test_logits_come_for_every_position(shape: tuple[int, int]) -> None:
    logits, loss = model()(torch.zeros(shape, dtype=torch.long))
    assert logits.shape == (*shape, 65)
    assert loss is None


def test_too_long_a_text_is_refused() -> None:
    with pytest.raises(ValueError, match="17 tokens do not fit into a block of 16"):
        model()(torch.zeros(1, 17, dtype=torch.long))


def test_no_position_sees_what_comes_later() -> None:
    m = model().eval()
    idx = torch.randint(65, (2, 16), generator=torch.Generator().manual_seed(2))
    other = idx.clone()
    other[:, 9:] = (other[:, 9:] + 1) % 65
    torch.testing.assert_close(m(idx)[0][:, :9], m(other)[0][:, :9])


@pytest.mark.parametrize("bias", [True, False])
def test_lesson_3_s_attention_fits_the_slot(bias: bool) -> None:
    own, swapped = model(bias=bias), model(bias=bias, attention=attention.CausalSelfAttention)
    assert list(own.state_dict()) == list(swapped.state_dict())
    for name, p in own.state_dict().items():
        assert torch.equal(p, swapped.state_dict()[name]), name
    idx = torch.randint(65, (2, 17), generator=torch.Generator().manual_seed(3))
    losses = [m(idx[:, :-1], idx[:, 1:])[1] for m in (own, swapped)]
    torch.testing.assert_close(*losses)


def test_every_part_is_a_slot() -> None:
    class Nothing(torch.nn.Module):
        def __init__(self, *_: object) -> None:
            super().__init__()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x

    rest = {"transformer.wte.weight", "transformer.wpe.weight", "lm_head.weight"}
    m = model(attention=Nothing, mlp=Nothing, norm=Nothing)
    assert set(m.state_dict()) == rest
    m = model(block=Nothing, norm=Nothing)
    assert set(m.state_dict()) == rest


# --- the cache ------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [1, 5, 16])
@pytest.mark.parametrize("bias", [True, False])
def test_with_a_cache_the_logits_are_those_of_the_whole(first: int, bias: bool) -> None:
    m = model(bias=bias, dropout=0.1).eval()
    idx = torch.randint(65, (1, 16), generator=torch.Generator().manual_seed(4))
    cache = m.new_cache()
    parts = [m(part, cache=cache)[0] for part in (idx[:, :first], *idx[:, first:].split(1, dim=1))]
    torch.testing.assert_close(torch.cat(parts, dim=1), m(idx)[0])


def test_two_texts_have_two_caches() -> None:
    m = model().eval()
    one, other = torch.tensor([[1, 2, 3]]), torch.tensor([[9, 8, 7]])
    first, second = m.new_cache(), m.new_cache()
    for t in range(3):
        got = m(one[:, t : t + 1], cache=first)[0]
        m(other[:, t : t + 1], cache=second)
    torch.testing.assert_close(got[:, -1], m(one)[0][:, -1])


def test_a_cache_holds_a_block_and_no_more() -> None:
    m, tokens = model(), torch.zeros(1, 16, dtype=torch.long)
    cache = m.new_cache()
    m(tokens[:, :14], cache=cache)
    with pytest.raises(ValueError, match="2 tokens at once; after the first call, one at a time"):
        m(tokens[:, :2], cache=cache)
    for _ in range(2):
        m(tokens[:, :1], cache=cache)
    with pytest.raises(ValueError, match="17 tokens do not fit into a block of 16"):
        m(tokens[:, :1], cache=cache)


@pytest.mark.parametrize("slot", ["attention", "mlp", "norm", "block"])
def test_where_a_part_is_another_s_there_is_no_cache(slot: str) -> None:
    own = {
        "attention": gpt.CausalSelfAttention,
        "mlp": gpt.MLP,
        "norm": gpt.LayerNorm,
        "block": gpt.Block,
    }
    assert model(**own).new_cache() is not None
    assert model(**{slot: type("Other", (own[slot],), {})}).new_cache() is None
    assert model(attention=attention.CausalSelfAttention).new_cache() is None
