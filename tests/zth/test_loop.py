"""The loop around a model: each place in it filled by a part, and what is said of wrong ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from zth import trees
from zth.assembly import BROUGHT, assemble
from zth.host import Nursery, Raised, Session
from zth.records import Component, Part, Recipe, Tree, ZthError
from zth.worker import fit
from zth.worker.loop import Loop, Setup, cosine

GPT = Component("gpt", "The model", "lesson5_gpt/gpt.py", "GPT")
PLACES = {
    "optimizer": Component("optimizer", "", "lesson4_optimizer/optimizer.py", "AdamW"),
    "clipping": Component("clipping", "", "lesson4_optimizer/schedule.py", "clip_grad_norm_"),
    "schedule": Component("schedule", "", "lesson4_optimizer/schedule.py", "cosine_schedule"),
    "batches": Component("batches", "", "lesson5_gpt/train.py", "get_batch"),
    "training": Component("training", "", "lesson5_gpt/train.py", "train"),
}
REFERENCE = Tree("reference", trees.shipped(trees.REFERENCE))
TOKENS = (np.arange(500) % 7).astype(np.int32)  # what follows is always the same
STEPS = 12


def part(slot: str, file: str = "", name: str = "", root: Path = REFERENCE.root) -> Part:
    usual = PLACES[slot]
    return Part(slot, root, file or usual.file, name or usual.name)


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery(["torch", "torch._dynamo"]) as nursery:
        yield nursery


Start = Callable[..., Session]


@pytest.fixture
def start(nursery: Nursery) -> Iterator[Start]:
    """A session that has built a small model, with these parts in its loop."""
    sessions: list[Session] = []

    def begin(*parts: Part, rate: float = 0.0, dropout: float = 0.1) -> Session:
        size = {"n_layer": 1, "n_head": 2, "n_embd": 16, "bias": True, "dropout": dropout}
        setup = Setup(
            model="gpt",
            config_class="GPTConfig",
            config={**size, "block_size": 8, "vocab_size": 7},
            slots=[],
            seed=3,
            device="cpu",
            steps=STEPS,
            batch=4,
            learning_rate=1e-2,
            warmup=3,
            weight_decay=0.1,
            betas=(0.9, 0.99),
            clip=0.5,
            rate=rate,
            loop=[p.component for p in parts],
        )
        model = trees.part(REFERENCE, GPT)
        driver = Path(str(fit.__file__))
        session = nursery.session(driver=driver, parts=[model, *parts])
        sessions.append(session)
        session.call(fit.build, setup, TOKENS, limit=60)
        return session

    yield begin
    for session in sessions:
        session.close()


def run(session: Session, count: int = STEPS) -> list[float]:
    return session.call(fit.advance, count, limit=60)


OTHERS = {
    "sgd": part("optimizer", name="SGD"),
    "muon": part("optimizer", "lesson4_optimizer/muon.py", "Muon"),
    "adamw": part("optimizer"),
}


# --- right parts --------------------------------------------------------------------------------


@pytest.mark.parametrize("slot", ["optimizer", "clipping", "schedule"])
def test_the_reference_in_a_place_trains_as_the_default_does(slot: str, start: Start) -> None:
    np.testing.assert_allclose(run(start(part(slot))), run(start()), rtol=1e-5)


@pytest.mark.parametrize("slot", ["batches", "training"])
def test_other_batches_train_too(slot: str, start: Start) -> None:
    losses, default = run(start(part(slot))), run(start())
    assert losses != default
    assert len(losses) == STEPS
    assert abs(losses[0] - default[0]) < 0.3


@pytest.mark.parametrize("name", OTHERS)
def test_any_optimizer_takes_its_place(name: str, start: Start) -> None:
    losses = run(start(OTHERS[name], rate=0.05, dropout=0.0))
    assert losses[-1] < losses[0]


def test_a_loop_may_step_with_a_closure(start: Start, tmp_path: Path) -> None:
    file = planted(tmp_path, CLOSURE, "training")
    losses = run(start(file, part("optimizer")))
    assert len(losses) == STEPS
    assert losses[-1] < losses[0]


CLOSURE = """
def train(model, optimizer, tokens, config, start, stop):
    def closure():
        optimizer.zero_grad()
        loss = model(tokens[None, :8], tokens[None, 1:9])[1]
        loss.backward()
        return loss

    return [float(optimizer.step(closure)) for _ in range(start, stop)]
"""


def test_the_rate_is_that_of_the_part(start: Start) -> None:
    slow, fast = (run(start(OTHERS["sgd"], rate=rate)) for rate in (1e-6, 0.5))
    assert fast[0] == slow[0]
    assert fast[-1] < slow[-1]


@pytest.mark.parametrize("parts", [(), *((p,) for p in OTHERS.values()), (part("training"),)])
def test_a_run_goes_on_bit_for_bit(parts: tuple[Part, ...], start: Start) -> None:
    whole = run(start(*parts))
    first = start(*parts)
    begun = run(first, 5)
    state = first.call(fit.state)
    second = start(*parts)
    assert second.call(fit.restore, state) == 5
    assert begun + run(second, STEPS - 5) == whole


def test_what_an_optimizer_counts_in_its_groups_is_kept(start: Start, tmp_path: Path) -> None:
    mine = planted(
        tmp_path,
        "import torch\nclass AdamW(torch.optim.SGD):\n"
        "    def step(self):\n"
        "        for group in self.param_groups:\n"
        "            group['count'] = group.get('count', 0) + 1\n"
        "            group['lr'] /= group['count']\n"
        "        super().step()\n",
    )
    whole = run(start(mine, rate=0.1))
    first = start(mine, rate=0.1)
    begun = run(first, 5)
    second = start(mine, rate=0.1)
    second.call(fit.restore, first.call(fit.state))
    assert begun + run(second, STEPS - 5) == whole


def test_the_schedule_rises_and_falls() -> None:
    factors = [cosine(step, 100, 10) for step in range(101)]
    assert factors[0] == pytest.approx(0.1)
    assert factors[9] == factors[10] == 1.0
    assert factors[55] == pytest.approx(0.55)
    assert factors[100] == pytest.approx(0.1)


# --- wrong parts --------------------------------------------------------------------------------


def planted(root: Path, source: str, slot: str = "optimizer") -> Part:
    file = root / PLACES[slot].file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(source)
    return part(slot, root=root)


OPTIMIZERS = {
    "no class": ("AdamW = 3\n", "optimizer is a int, expected a class"),
    "no rate": (
        "class AdamW:\n    def __init__(self, params): ...\n",
        "optimizer cannot be built: ",
    ),
    "no methods": (
        "class AdamW:\n    def __init__(self, params, lr): self.param_groups = []\n",
        "AdamW has no step",
    ),
    "no groups": (
        (
            "class AdamW:\n    def __init__(self, params, lr): ...\n"
            "    step = zero_grad = state_dict = load_state_dict = lambda self: None\n"
        ),
        "param_groups must be a list of dicts",
    ),
    "other parameters": (
        (
            "import torch\nclass AdamW(torch.optim.SGD):\n"
            "    def __init__(self, params, lr): super().__init__([torch.zeros(2)], lr)\n"
        ),
        "does not hold the model's parameters",
    ),
    "refuses": (
        "class AdamW:\n    def __init__(self, params, lr): raise ValueError('never')\n",
        "never",
    ),
    "keeps a list": (
        (
            "import torch\nclass AdamW(torch.optim.SGD):\n"
            "    def state_dict(self):\n"
            "        return {'state': {0: {'past': [1, 2]}}, 'param_groups': []}\n"
        ),
        "the optimizer keeps past, a list",
    ),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_wrong_optimizer_is_named(name: str, start: Start, tmp_path: Path) -> None:
    source, said = OPTIMIZERS[name]
    with pytest.raises(Raised) as error:
        start(planted(tmp_path, source)).call(fit.state)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


LOOPS = {
    "no stop": (
        "training",
        "def train(model, optimizer, tokens, config): ...\n",
        "training cannot be called: ",
    ),
    "nothing": (
        "training",
        "def train(model, optimizer, tokens, config, start, stop): ...\n",
        "training returned None for one step, expected a list of one loss",
    ),
    "no step": (
        "training",
        "def train(model, optimizer, tokens, config, start, stop): return [1.0]\n",
        "no parameter has changed: does it call optimizer.step()?",
    ),
    "another class": (
        "training",
        (
            "from torch import nn\n"
            "def train(model, optimizer, tokens, config, start, stop):\n"
            "    model.__class__ = nn.Module\n    return [1.0]\n"
        ),
        "training changed the class of the model",
    ),
    "nan": (
        "training",
        "def train(model, optimizer, tokens, config, start, stop): return [float('nan')]\n",
        "the training loss is nan at step 1",
    ),
    "no pair": ("batches", "def get_batch(*_): return 1\n", "must return (inputs, targets)"),
    "shape": (
        "batches",
        "def get_batch(tokens, B, T, g): return tokens[:T], tokens[:T]\n",
        "batches returned inputs of torch.Size([8]), expected (4, 8)",
    ),
    "rate": (
        "schedule",
        "def cosine_schedule(*_): return float('nan')\n",
        "schedule returned nan for step 0",
    ),
    "no function": ("clipping", "clip_grad_norm_ = 1\n", "clipping is a int, expected a function"),
}


@pytest.mark.parametrize("name", LOOPS)
def test_a_wrong_place_in_the_loop_is_named(name: str, start: Start, tmp_path: Path) -> None:
    slot, source, said = LOOPS[name]
    with pytest.raises(Raised) as error:
        run(start(planted(tmp_path, source, slot)))
    assert said in str(error.value)


# --- wishes -------------------------------------------------------------------------------------

RECIPE = Recipe(
    name="tiny",
    description="",
    dataset="none",
    model=GPT,
    config_class="GPTConfig",
    config={"block_size": 8},
    slots=(),
    steps=10,
    batch=2,
    learning_rate=1e-3,
    warmup=1,
    loop=tuple(PLACES.values()),
)


def assembled(*wishes: str) -> dict[str, Part]:
    known = {"reference": REFERENCE}
    return assemble(RECIPE, wishes, lambda spec, c: trees.chosen(spec, c, known)).slots


def test_a_loop_brings_its_own_batches_clipping_and_schedule() -> None:
    assert assembled("all=reference").keys() == {"optimizer", "training"}
    assert assembled("training=reference", "optimizer=reference").keys() == {
        "optimizer",
        "training",
    }
    for slot in BROUGHT["training"]:
        with pytest.raises(ZthError, match=f"training=reference brings its own {slot}"):
            assembled("training=reference", f"{slot}=reference")


@pytest.mark.parametrize("length", [10, 17, 100, 101, 107])
def test_in_turn_every_window_comes_once_before_any_comes_again(length: int) -> None:
    setup = Setup(
        model="", config_class="", config={"block_size": 8}, slots=[], seed=5, device="cpu",
        steps=100, batch=3, learning_rate=0.1, warmup=0, weight_decay=0.0, betas=(0.9, 0.99),
        clip=0.0, in_turn=True,
    )  # fmt: skip
    loop = Loop(setup, None, None, torch.arange(length), torch.device("cpu"), {})  # type: ignore[arg-type]
    count, seen = max(1, (length - 8) // 8), []
    for loop.step in range(2 * count):
        x, y = loop._batch()
        assert torch.equal(y, x + 1)
        seen += x[:, 0].tolist()
    assert len(seen) == 6 * count
    orders = [seen[i : i + count] for i in range(0, len(seen), count)]
    for order in orders:
        assert np.diff(sorted(order)).tolist() == [8] * (count - 1)
    assert count < 4 or len({tuple(order) for order in orders}) == len(orders)
    loop.step = 1  # stateless: a run that goes on sees what it would have seen
    assert loop._batch()[0][:, 0].tolist() == seen[3:6]
