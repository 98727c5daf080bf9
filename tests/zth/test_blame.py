"""The statistics of blame and its search, on curves that are made up."""

from __future__ import annotations

import math
import random

import pytest

from zth.blame import GATE, MATTERS, Difference, Parts, Played, Trial, search, tail

PARTS = ("attention", "mlp", "norm", "block", "gpt")
SEEDS = 5


def ended(loss: float) -> Trial:
    return Trial(((100, loss),))


class Model:
    """Trials of made-up models: `harm` tells what a set of parts costs, inf that it fails.

    Models of no parts but those in `same` share their noise, as those of the same numbers do.
    """

    def __init__(
        self, harm: object, noise: float = 0.002, seed: int = 0, same: Parts = frozenset()
    ) -> None:
        self.harm, self.noise, self.seed, self.same = harm, noise, seed, same
        self.played: set[tuple[Parts, int]] = set()

    def __call__(self, parts: Parts, count: int) -> Played:
        self.played.add((parts, count))
        draw = random.Random(f"{self.seed} {sorted(parts - self.same)}")
        cost = self.harm(parts)  # type: ignore[operator]
        if math.isinf(cost):
            return [Trial((), "RuntimeError: no")]
        return [ended(2.5 + 0.1 * s + cost + draw.gauss(0, self.noise)) for s in range(count)]


def costs(**each: float) -> object:
    return lambda parts: sum(each.get(part, 0.0) for part in parts)


# Percentage points of Student's t, from the tables: (t, degrees of freedom, one-sided chance).
@pytest.mark.parametrize(
    ("t", "freedom", "chance"),
    [
        (6.314, 1, 0.05),
        (2.920, 2, 0.05),
        (2.353, 3, 0.05),
        (3.747, 4, 0.01),
        (4.604, 4, 0.005),
        (3.365, 5, 0.01),
        (3.250, 9, 0.005),
        (1.697, 30, 0.05),
    ],
)
def test_the_tail_of_students_t_is_as_in_the_tables(t: float, freedom: int, chance: float) -> None:
    assert tail(t, freedom) == pytest.approx(chance, rel=2e-3)
    assert tail(-t, freedom) == pytest.approx(1 - chance, rel=2e-3)
    assert tail(0.0, freedom) == pytest.approx(0.5)


def test_a_difference_is_taken_seed_by_seed() -> None:
    worse, better = [ended(x) for x in (3.0, 5.1, 4.2)], [ended(x) for x in (2.9, 4.9, 4.1)]
    got = Difference.of(worse, better)
    assert got.each == pytest.approx((0.1, 0.2, 0.1))
    assert got.spread == pytest.approx(0.0577, abs=1e-4)
    # t = 0.1333 / 0.0577 · √3 = 4 with 2 degrees: between 5 % (2.92) and 1 % (6.965)
    assert 0.01 < got.chance < 0.05
    assert got.counts(0.05)
    assert not got.counts(0.01)


def test_what_is_certain_but_small_does_not_count() -> None:
    tiny = Difference((0.9 * MATTERS,) * 5)
    assert tiny.chance == 0.0
    assert not tiny.counts(GATE)
    assert Difference((1.1 * MATTERS,) * 5).counts(GATE)


def test_one_seed_alone_proves_nothing_but_a_failure() -> None:
    assert not Difference.of([ended(9.0)], [ended(1.0)]).counts(GATE)
    assert Difference.of([Trial((), "NaN")], [ended(1.0)]).counts(GATE)


def test_a_failure_that_the_other_shares_is_no_difference() -> None:
    failed = [Trial((), "NaN")]
    assert not Difference.of(failed, failed).counts(GATE)
    assert not Difference.of([ended(1.0)], failed).counts(GATE)


@pytest.mark.parametrize("guilty", PARTS)
def test_the_guilty_part_is_found(guilty: str) -> None:
    found = search(PARTS, Model(costs(**{guilty: 0.1})), SEEDS)
    assert found.guilty == (guilty,)
    assert found.mended
    assert not found.together
    assert found.alone[guilty].mean == pytest.approx(0.1, abs=0.01)
    assert found.without[guilty].mean == pytest.approx(0.1, abs=0.01)


def test_two_guilty_parts_are_found_together() -> None:
    found = search(PARTS, Model(costs(mlp=0.1, norm=0.3)), SEEDS)
    assert set(found.guilty) == {"mlp", "norm"}
    assert found.mended


def test_two_parts_of_which_either_does_all_the_harm_are_both_found() -> None:
    found = search(PARTS, Model(lambda parts: 0.2 if parts & {"mlp", "norm"} else 0.0), SEEDS)
    assert set(found.guilty) == {"mlp", "norm"}
    assert found.mended
    assert abs(found.without["mlp"].mean) < 0.02  # the other does it still


def test_parts_that_do_harm_only_together_are_said_to() -> None:
    found = search(PARTS, Model(lambda parts: 0.2 if parts >= {"mlp", "norm"} else 0.0), SEEDS)
    assert set(found.guilty) == {"mlp", "norm"}
    assert found.together
    assert found.mended


def test_a_second_guilty_part_that_shows_only_beside_the_learners_own_is_found() -> None:
    def harm(parts: Parts) -> float:
        return 0.3 * ("mlp" in parts) + 0.2 * (parts >= {"norm", "gpt"})

    found = search(PARTS, Model(harm), SEEDS)
    assert found.guilty[0] == "mlp"
    assert set(found.guilty[1:]) < {"norm", "gpt"}
    assert found.mended


def test_a_part_that_fails_is_found_by_its_failure() -> None:
    model = Model(costs(block=math.inf))
    found = search(PARTS, model, SEEDS)
    assert {count for parts, count in model.played if parts != frozenset(PARTS)} == {1}
    assert found.guilty == ("block",)
    assert found.alone["block"].fails
    assert found.mended


def test_a_part_that_fits_the_learners_own_parts_only_is_not_blamed_for_that() -> None:
    def harm(parts: Parts) -> float:
        lonely = "block" in parts and "gpt" not in parts
        return math.inf if lonely else 0.1 * ("mlp" in parts)

    found = search(PARTS, Model(harm), SEEDS)
    assert found.guilty == ("mlp",)
    assert found.strangers == ("block",)


def test_nobody_is_looked_for_where_the_model_is_no_worse() -> None:
    model = Model(costs(mlp=-0.2))
    found = search(PARTS, model, SEEDS)
    assert (found.guilty, found.worse, found.decided) == ((), False, True)
    assert {parts for parts, _ in model.played} == {frozenset(), frozenset(PARTS)}


def test_where_the_spread_hides_it_there_is_another_look_and_then_silence() -> None:
    model = Model(costs(mlp=0.02), noise=0.1, seed=4)
    found = search(PARTS, model, SEEDS)
    assert found.guilty == ()
    assert not found.decided
    assert {count for _, count in model.played} == {SEEDS, 2 * SEEDS}


def test_a_later_look_finds_what_the_first_did_not() -> None:
    """Beside a guilty part, an innocent one is named in 5 of 100 cases at most."""
    found = [
        search(PARTS, Model(costs(mlp=0.06), noise=0.025, seed=seed), SEEDS) for seed in range(200)
    ]
    for seeds in (SEEDS, 2 * SEEDS):
        assert any(one.guilty == ("mlp",) for one in found if one.seeds == seeds)
    assert sum(one.guilty == ("mlp",) for one in found) >= 180
    assert sum(bool(set(one.guilty) - {"mlp"}) for one in found) <= 10


def test_a_part_that_is_known_to_do_no_harm_is_not_played_again() -> None:
    model = Model(costs(mlp=0.1), noise=0.06, seed=6, same=frozenset({"norm", "block"}))
    found = search(PARTS, model, SEEDS)
    assert found.seeds > SEEDS
    assert found.guilty == ("mlp",)
    assert (frozenset({"norm"}), SEEDS) in model.played
    assert (frozenset({"norm"}), found.seeds) not in model.played
    assert (frozenset({"mlp"}), found.seeds) in model.played


def test_right_trees_are_blamed_as_seldom_as_is_said() -> None:
    """1,000 made-up right trees: at most 1 in 100 is blamed; of 1,000, over 20 would be 3 sigma."""
    blamed = sum(
        search(PARTS, Model(costs(), noise=0.03, seed=seed), SEEDS).worse for seed in range(1000)
    )
    assert blamed <= 20


def test_what_fails_in_the_reference_blames_nobody() -> None:
    assert search(PARTS, Model(lambda _: math.inf), SEEDS).guilty == ()
