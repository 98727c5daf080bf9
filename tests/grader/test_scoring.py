"""Milestones measured from outside: the sources are exact, and cheats are caught."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from grader.bench import Bench, RemoteCalls
from grader.kit import Failed
from grader.lessons.lesson5_gpt import GPT, driver
from grader.lessons.lesson5_gpt.milestones import setup_of
from grader.scoring import (
    LEAK,
    TREE,
    Budget,
    Excess,
    Reached,
    entropy_excess,
    excess,
    text_loss,
)
from grader.sources import Copy, Markov
from zth import trees
from zth.host import Nursery, Raised
from zth.records import Tree

BUDGET = Budget(steps=40, batch=32, T=15, seconds=20)
SOURCE = Markov(6, seed=1)


# --- the sources --------------------------------------------------------------------------------


def test_a_markov_source_knows_its_probabilities_and_its_entropy() -> None:
    source = Markov(5, seed=3)
    np.testing.assert_allclose(source.table.sum(axis=-1), 1.0)
    drawn = source.windows(4000, 32, np.random.default_rng(0))
    nats = source.nats(drawn)
    assert np.isnan(nats[:, 0]).all()
    means = nats[:, 1:].mean(axis=1)
    error = 5 * means.std() / len(means) ** 0.5
    assert abs(means.mean() - source.entropy) < error < 0.05
    a, b, c = drawn[7, 4:7]
    assert nats[7, 5] == pytest.approx(-np.log(source.table[a, b, c]))


def test_a_markov_source_draws_by_its_table() -> None:
    source = Markov(3, seed=4)
    drawn = source.windows(20_000, 3, np.random.default_rng(0))
    after = drawn[(drawn[:, 0] == 1) & (drawn[:, 1] == 2)][:, 2]
    seen = np.bincount(after, minlength=3) / len(after)
    np.testing.assert_allclose(seen, source.table[1, 2], atol=5 / len(after) ** 0.5)


def test_a_copy_says_everything_twice() -> None:
    drawn = Copy(9).windows(100, 12, np.random.default_rng(0))
    np.testing.assert_array_equal(drawn[:, :6], drawn[:, 6:])
    nats = Copy(9).nats(drawn)
    np.testing.assert_allclose(nats[:, :5], np.log(9))
    np.testing.assert_allclose(nats[:, 5:], 0.0)


def test_other_seeds_are_other_sources_and_the_same_seed_the_same() -> None:
    assert not np.allclose(Markov(4, 1).table, Markov(4, 2).table)
    np.testing.assert_array_equal(Markov(4, 1).table, Markov(4, 1).table)


# --- the excess ---------------------------------------------------------------------------------


def test_the_excess_is_paired_and_leaves_out_what_is_unknown() -> None:
    source = np.full((50, 4), 1.0)
    source[:, 0] = np.nan
    assert excess(source + 0.02, source) == Excess(pytest.approx(0.02), pytest.approx(0.0))


def test_a_model_that_beats_the_source_is_a_leak() -> None:
    source = np.full((100, 10), 1.0)
    excess(source - 0.9 * LEAK / 1000, source)
    with pytest.raises(Failed, match="this is a leak"):
        excess(source - 1.1 * LEAK / 1000, source)


# --- honest models and cheats -------------------------------------------------------------------


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery(["torch", "torch._dynamo"]) as nursery:
        yield nursery


@contextmanager
def remote(nursery: Nursery, root: Path, *edits: tuple[str, str]) -> Iterator[RemoteCalls]:
    """Calls to the reference's model with these edits."""
    folder = root / "lesson5_gpt"
    shutil.copytree(trees.shipped(trees.REFERENCE) / "lesson5_gpt", folder)
    text = (folder / "gpt.py").read_text("utf-8")
    for old, new in edits:
        assert text.count(old) == 1
        text = text.replace(old, new)
    (folder / "gpt.py").write_text(text, "utf-8")
    with Bench(nursery, driver, [trees.part(Tree("cheat", root), GPT)]) as bench:
        yield RemoteCalls(bench, GPT, 60.0)


def reached(nursery: Nursery, root: Path, *edits: tuple[str, str]) -> Excess:
    """The excess of the reference with these edits, after a short training."""
    with remote(nursery, root, *edits) as calls:
        setup = setup_of(SOURCE.vocab_size, BUDGET, seed=5)
        return entropy_excess(calls, setup, SOURCE, BUDGET, seed=5)


HEAD = "        logits = self.lm_head(self.transformer.ln_f(x))  # (B, T, V)\n"
LOOP = "        for i, block in enumerate(self.transformer.h):\n"


def test_an_honest_model_is_measured(nursery: Nursery, tmp_path: Path) -> None:
    found = reached(nursery, tmp_path)
    assert 0.0 < found.mean < 1.0
    assert 0.0 < found.margin < 0.1


def test_unnormalised_scores_change_nothing(nursery: Nursery, tmp_path: Path) -> None:
    honest = reached(nursery, tmp_path / "honest")
    boasting = HEAD + "        logits = logits + (0 if self.training else 50.0)\n"
    boast = reached(nursery, tmp_path / "boasting", (HEAD, boasting))
    assert boast.mean == pytest.approx(honest.mean, abs=1e-4)


CHEATS = {
    "looks ahead": ("is_causal=T > 1", "is_causal=False"),
    "looks ahead at one place in a hundred": (
        HEAD,
        HEAD
        + "        if not self.training:\n"
        + "            later = F.one_hot(idx.roll(-1, 1), logits.shape[-1]).float()\n"
        + "            seldom = (idx.cumsum(1) * 7919 % 101 == 0).unsqueeze(-1)\n"
        + "            logits = logits + 9 * later * seldom\n",
    ),
    "reads its neighbours": (LOOP, "        x = x + x.mean(dim=0, keepdim=True)\n" + LOOP),
    "learns from the question": (
        HEAD,
        HEAD
        + "        if not self.training:\n"
        + "            with torch.no_grad():\n"
        + "                self.lm_head.weight.mul_(1.01)\n",
    ),
    "answers from memory": (
        HEAD,
        HEAD
        + "        if not self.training:\n"
        + "            known = self.__dict__.setdefault('known', {})\n"
        + "            later = F.one_hot(idx.roll(-1, 1), logits.shape[-1]).float()\n"
        + "            logits = logits + 5 * later\n"
        + "            for b, row in enumerate(idx.tolist()):\n"
        + "                for t in range(len(row)):\n"
        + "                    past = tuple(row[: t + 1])\n"
        + "                    logits[b, t] = known.setdefault(past, logits[b, t])\n",
    ),
}


@pytest.mark.parametrize("name", CHEATS)
def test_a_cheat_is_caught(name: str, nursery: Nursery, tmp_path: Path) -> None:
    with pytest.raises(Failed, match=r"may not see|this is a leak"):
        reached(nursery, tmp_path, CHEATS[name])


def test_scores_that_are_not_numbers_are_refused(nursery: Nursery, tmp_path: Path) -> None:
    nan = HEAD + "        logits = logits if self.training else logits * float('nan')\n"
    with pytest.raises(Failed, match="NaN"):
        reached(nursery, tmp_path, (HEAD, nan))


def test_a_model_that_diverges_is_named_with_its_step(nursery: Nursery, tmp_path: Path) -> None:
    loss = "        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten())\n"
    nan = loss.replace("targets.flatten())", "targets.flatten()) * float('nan')")
    with pytest.raises(Raised, match=r"nan at step 1"):
        reached(nursery, tmp_path, (loss, nan))


def test_a_run_that_is_cut_off_is_worth_its_last_checkpoint(
    nursery: Nursery, tmp_path: Path
) -> None:
    slow = (
        "        self.count = getattr(self, 'count', 0) + self.training\n"
        "        if self.count > 75:\n"
        "            import time\n"
        "            time.sleep(100)\n"
    )
    budget = Budget(steps=120, batch=4, T=15, seconds=1.5)
    with remote(nursery, tmp_path, (HEAD, HEAD + slow)) as calls:
        setup = setup_of(SOURCE.vocab_size, budget, seed=5)
        found = text_loss(calls, setup, *public_text(), budget, seed=5)
    assert found.step == 50
    assert 0.5 < found.loss.mean < np.log(SOURCE.vocab_size)


# --- what a public text is worth ----------------------------------------------------------------


def public_text() -> tuple[np.ndarray, np.ndarray]:
    """A text that everybody has, in its two splits."""
    text = SOURCE.windows(1, 6000, np.random.default_rng(9))[0]
    return text[:5000], text[5000:]


def carried() -> tuple[str, str]:
    """An edit of the reference that carries the public text, and looks every past up in it."""
    val = public_text()[1].tolist()
    memory = (
        "        if not self.training:\n"
        f"            text = {val}\n"
        "            after = {\n"
        "                tuple(text[i : i + n]): text[i + n]\n"
        "                for n in range(5, 11) for i in range(len(text) - n)\n"
        "            }\n"
        "            for b, row in enumerate(idx.tolist()):\n"
        "                for t in range(4, len(row)):\n"
        "                    past = tuple(row[max(0, t - 9) : t + 1])\n"
        "                    if (token := after.get(past)) is not None:\n"
        "                        logits[b, t] = 5 * (torch.arange(logits.shape[-1]) == token)\n"
    )
    return HEAD, HEAD + memory


def shakespeare(nursery: Nursery, root: Path, *edits: tuple[str, str]) -> Reached:
    """The loss on the public text."""
    with remote(nursery, root, *edits) as calls:
        setup = setup_of(SOURCE.vocab_size, BUDGET, seed=5)
        return text_loss(calls, setup, *public_text(), BUDGET, seed=5)


def test_a_text_that_is_carried_helps_on_itself_and_not_on_one_that_is_drawn_in_secret(
    nursery: Nursery, tmp_path: Path
) -> None:
    honest = shakespeare(nursery, tmp_path / "1").loss.mean
    carrying = shakespeare(nursery, tmp_path / "2", carried()).loss.mean
    assert carrying < SOURCE.entropy - 0.1 < honest  # no honest model gets there
    drawn = reached(nursery, tmp_path / "3").mean
    assert reached(nursery, tmp_path / "4", carried()).mean > drawn - 0.02


def test_a_tree_that_could_carry_a_whole_text_is_not_measured_on_a_public_one(
    nursery: Nursery, tmp_path: Path
) -> None:
    with remote(nursery, tmp_path) as calls:
        (tmp_path / "lesson5_gpt" / "data.txt").write_text("x" * TREE)
        setup = setup_of(SOURCE.vocab_size, BUDGET, seed=5)
        with pytest.raises(Failed, match="move data elsewhere"):
            text_loss(calls, setup, *public_text(), BUDGET, seed=5)
