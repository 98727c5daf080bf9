"""Tables of pairs on names: what a page says of the losses is in the data."""

from __future__ import annotations

import pytest

from grader.figures import bigram_losses, record
from grader.names import names

KEPT = record.read("bigram_losses")["data"]


def test_the_names_are_real_ones_and_the_smaller_text_is_part_of_the_larger() -> None:
    assert KEPT["source"] == "names.txt"
    assert KEPT["few_tokens"] < KEPT["tokens"] / 100


@pytest.mark.parametrize("text", ["many", "few"])
def test_smoothing_costs_on_the_text_that_was_counted(text: str) -> None:
    alphas, same, other = zip(*KEPT[text], strict=True)
    assert list(alphas) == bigram_losses.ALPHAS
    assert list(same) == sorted(same)
    assert min(other) < other[0]
    assert min(other) < other[-1]


def test_the_fewer_tokens_the_more_smoothing_is_best() -> None:
    best = {text: min(KEPT[text], key=lambda row: row[2])[0] for text in ("many", "few")}
    assert best["few"] >= best["many"]


def test_training_falls_towards_the_counts() -> None:
    ends = []
    for row in KEPT["descents"]:
        steps, losses = zip(*row["losses"], strict=True)
        assert list(steps) == list(range(0, bigram_losses.STEPS + 1, bigram_losses.EVERY))
        assert losses[0] == pytest.approx(3.2958, abs=1e-4)
        assert list(losses) == sorted(losses, reverse=True)
        ends.append(losses[-1] - KEPT["counted"])
    assert ends == sorted(ends, reverse=True)
    assert 0 < ends[-1] < 0.01


def test_the_counted_loss_is_one_of_the_table_of_smoothings() -> None:
    [counted] = [other for alpha, _, other in KEPT["many"] if alpha == 1.0]
    assert counted == KEPT["counted"]


def test_a_part_of_the_names_ends_with_a_name() -> None:
    drawn = names(0)
    end = bigram_losses._end(drawn, 5)
    assert drawn.train[end] == 0
    assert (drawn.train[: end + 1] == 0).sum() == 6
