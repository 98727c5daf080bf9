"""Training, with a worker: on a text made here, since the repository carries no corpus."""

from __future__ import annotations

import math
import random
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zth import measure, trees
from zth.assembly import assemble
from zth.host import Nursery, Raised
from zth.plugins import Plugins
from zth.records import Component, Part, Recipe, Tree, ZthError
from zth.runs import Config, Run
from zth.training import Corpus, Progress, Trainer, encode, start_session

ATTENTION = Component(
    "attention", "Attention", "lesson3_attention/attention.py", "CausalSelfAttention"
)
RECIPE = Recipe(
    name="toy",
    description="a model of almost no size",
    dataset="made",
    model=Component("gpt", "The model", "lesson5_gpt/gpt.py", "GPT"),
    config_class="GPTConfig",
    config={"block_size": 16, "n_layer": 2, "n_head": 2, "n_embd": 16, "dropout": 0.1},
    slots=(ATTENTION,),
    steps=20,
    batch=8,
    learning_rate=1e-2,
    warmup=4,
    evaluate_every=8,
)
WRONG = {
    "tuple": ("return x, None", "attention returned a tuple, expected a tensor"),
    "shape": ("return x[..., :8]", "16, 8), expected the shape of its input, ("),
    "stub": (
        "raise NotImplementedError",
        "lesson3_attention/attention.py:10: forward is not impl",
    ),
    "crash": ("return x @ x[0, 0, :3]", "RuntimeError: "),
    "nan": ("return x * float('nan')", "the model's scores hold NaN or infinity"),
    "detached": ("return x.new_zeros(x.shape, requires_grad=True).to('meta')", "meta"),
}
PART = """
from torch import nn

class CausalSelfAttention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.c_proj = nn.Linear(config.n_embd, config.n_embd)

    def forward(self, x):
        {body}
"""


def text() -> str:
    """Words with some order, drawn anew but always the same: about 6,000 characters."""
    draw = random.Random(0)
    words = ["the", "cat", "sat", "on", "a", "mat", "and", "saw", "him"]
    return "".join(draw.choice(words) + draw.choice("  \n") for _ in range(1500))


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery(["torch", "torch._dynamo"]) as nursery:
        yield nursery


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return Corpus.of(text(), context=16)


def config(*wishes: str, steps: int = 20, known: dict[str, Tree] | None = None) -> Config:
    reference = Tree("reference", trees.shipped(trees.REFERENCE))
    there = {"reference": reference, **(known or {})}

    def resolve(spec: str, component: Component) -> Part:
        return trees.chosen(spec, component, there)

    made = assemble(RECIPE, wishes, resolve)
    return Config(
        RECIPE, made.names, made.model, made.slots, 0, steps, Corpus.of(text()).vocabulary, {}, {}
    )


def quiet(_: Progress) -> None:
    pass


@pytest.fixture
def trainer(nursery: Nursery, corpus: Corpus, tmp_path: Path) -> Iterator[Any]:
    """Makes trainers, each with a session of its own."""
    sessions = []

    def make(settings: Config | None = None, name: str = "run") -> Trainer:
        settings = settings or config()
        session = start_session(nursery, settings)
        sessions.append(session)
        return Trainer(settings, corpus, Run(tmp_path / name), session, "cpu")

    yield make
    for session in sessions:
        session.close()


def tree(root: Path, body: str) -> Tree:
    file = root / ATTENTION.file
    file.parent.mkdir(parents=True)
    file.write_text(PART.format(body=body))
    return Tree("mine", root)


def losses(run: Run) -> list[float]:
    return [row["train"] for row in run.metrics() if "train" in row]


def test_it_learns_and_leaves_a_whole_run(trainer: Any, corpus: Corpus) -> None:
    t = trainer()
    t.build()
    t.start(quiet)
    told: list[Progress] = []
    loss = t.train(told.append)
    rows = t.run.metrics()
    vals = [(row["step"], row["val"]) for row in rows if "val" in row]
    assert [step for step, _ in vals] == [0, 8, 16, 20]
    assert vals[0][1] == pytest.approx(math.log(len(corpus.vocabulary)), abs=0.1)
    assert vals[-1][1] == loss.mean < vals[0][1] - 0.3
    assert [row["step"] for row in rows if "train" in row] == list(range(1, 21))
    assert [p.val.mean for p in told if p.val] == [v for _, v in vals[1:]]
    assert sorted(f.name for f in t.run.path.iterdir()) == [
        "config.json",
        "curve.svg",
        "metrics.jsonl",
        "model.safetensors",
        "optimizer.safetensors",
    ]
    assert t.run.config() == t.config
    assert t.leak(trainer().session) < measure.AGREE / 100
    assert set(t.sample("the ", 50)) <= set(corpus.vocabulary)


def test_the_loss_is_of_every_whole_window(trainer: Any, corpus: Corpus) -> None:
    t = trainer()
    t.build()
    loss = t._evaluate(None)
    assert loss.tokens == (len(corpus.val) - 1) // 16 * 16


def test_resuming_is_bit_for_bit(trainer: Any) -> None:
    whole = trainer(name="whole")
    whole.build()
    whole.start(quiet)
    whole.train(quiet)

    first = trainer(name="parts")
    first.build()
    first.start(quiet)

    def stop(p: Progress) -> None:
        first.stopped = p.step >= 5

    first.train(stop)
    assert 5 <= first.step < 20
    first.session.close()

    second = trainer(name="parts")
    second.run.log({"step": 19, "train": 99.0})  # written after the checkpoint, then lost
    second.build(second.run.checkpoint())
    assert second.step == first.step
    second.go_on()
    second.train(quiet)
    assert losses(second.run) == losses(whole.run)
    ends = [run.run.checkpoint() for run in (whole, second)]
    assert ends[0].keys() == ends[1].keys()
    for name, a in ends[0].items():
        assert np.array_equal(a, ends[1][name]), name


def test_how_many_steps_go_into_a_call_changes_nothing(trainer: Any) -> None:
    from zth.worker import fit

    seen = []
    for counts in ([6], [1, 2, 3]):
        t = trainer()
        t.build()
        seen.append([x for n in counts for x in t.session.call(fit.advance, n, limit=60)])
    assert seen[0] == seen[1]


def test_swapped_attention_trains_to_the_same_losses(trainer: Any) -> None:
    seen = []
    for wishes in ((), ("attention=reference",)):
        settings = config(*wishes)
        settings = Config(**{**vars(settings), "recipe": _without_dropout(settings.recipe)})
        t = trainer(settings, name=f"run{len(wishes)}")
        t.build()
        t.start(quiet)
        t.train(quiet)
        seen.append(losses(t.run))
    np.testing.assert_allclose(seen[0], seen[1], rtol=1e-3)


def _without_dropout(recipe: Recipe) -> Recipe:
    return Recipe(**{**vars(recipe), "config": {**recipe.config, "dropout": 0.0}})


def test_ctrl_c_keeps_a_checkpoint(trainer: Any) -> None:
    t = trainer(config(steps=100_000))
    t.build()
    t.start(quiet)
    threading.Timer(0.5, signal.raise_signal, [signal.SIGINT]).start()
    before = signal.getsignal(signal.SIGINT)
    t.train(quiet)
    assert t.stopped
    assert 0 < t.step < 100_000
    assert int(t.run.checkpoint()["step"]) == t.step
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_part_is_named_in_one_line(kind: str, trainer: Any, tmp_path: Path) -> None:
    from zth.cli.train import _reason

    body, said = WRONG[kind]
    settings = config("attention=mine", known={"mine": tree(tmp_path / "mine", body)})
    t = trainer(settings)
    t.build()
    with pytest.raises((Raised, ZthError)) as error:
        t.start(quiet)
    message = _reason(error.value) if isinstance(error.value, Raised) else str(error.value)
    assert said in message
    assert "\n" not in message
    assert not t.run.path.exists()


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("def __init__(self): ...", "attention cannot be built: "),
        ("def __init__(self, config, more): ...", "attention cannot be built: "),
        ("def __init__(self, config): config.n_heads", "has no attribute 'n_heads'"),
    ],
)
def test_a_part_that_cannot_be_built_is_named(
    header: str, said: str, trainer: Any, tmp_path: Path
) -> None:
    mine = tree(tmp_path / "mine", "return x")
    file = tmp_path / "mine" / ATTENTION.file
    file.write_text(f"from torch import nn\nclass CausalSelfAttention(nn.Module):\n    {header}\n")
    with pytest.raises(Raised) as error:
        trainer(config("attention=mine", known={"mine": mine})).build()
    assert said in str(error.value)


def test_a_run_that_diverges_names_the_step(trainer: Any, tmp_path: Path) -> None:
    body = "self.calls = getattr(self, 'calls', 0) + self.training\n" + " " * 8
    body += "return self.c_proj(x) * (float('inf') if self.calls > 3 else 1.0)"
    t = trainer(config("attention=mine", known={"mine": tree(tmp_path / "mine", body)}))
    t.build()
    t.start(quiet)
    with pytest.raises(Raised, match="the training loss is nan at step 4: the run diverged"):
        t.train(quiet)
    assert int(t.run.checkpoint()["step"]) == 0


def test_a_part_that_looks_ahead_is_seen(trainer: Any, tmp_path: Path) -> None:
    body = "return self.c_proj(x.roll(-1, 1)) * 20"
    t = trainer(config("attention=mine", known={"mine": tree(tmp_path / "mine", body)}))
    t.build()
    t.start(quiet)
    assert t.leak(trainer(t.config).session) > measure.AGREE


def test_checkpoints_of_two_steps_do_not_mix(trainer: Any, tmp_path: Path) -> None:
    t = trainer()
    t.build()
    t.start(quiet)
    old = (t.run.path / "optimizer.safetensors").read_bytes()
    t.train(quiet)
    (t.run.path / "optimizer.safetensors.new").write_bytes(
        (t.run.path / "optimizer.safetensors").read_bytes()
    )
    (t.run.path / "optimizer.safetensors").write_bytes(old)
    assert int(t.run.checkpoint()["step"]) == 20  # cut off between the two renames
    (t.run.path / "optimizer.safetensors.new").unlink()
    with pytest.raises(ZthError, match="two different steps"):
        t.run.checkpoint()


def test_the_recipes_name_parts_that_the_reference_has() -> None:
    plugins = Plugins.load()
    reference = plugins.trees()["reference"]
    for recipe in plugins.recipes().values():
        for component in (recipe.model, *recipe.slots):
            assert trees.defines(trees.part(reference, component)), component.id
        assert recipe.dataset in plugins.datasets()
        assert {"block_size"} <= recipe.config.keys()


def test_a_character_that_is_not_in_the_vocabulary_is_named() -> None:
    with pytest.raises(ZthError, match="'z'"):
        encode("abz", "ab")


@pytest.mark.parametrize("words", ["", "a", "ab" * 50])
def test_a_corpus_without_room_for_a_window_says_so(words: str) -> None:
    with pytest.raises(ZthError, match=rf"a corpus of {len(words)} characters is too short for 16"):
        Corpus.of(words, context=16)
