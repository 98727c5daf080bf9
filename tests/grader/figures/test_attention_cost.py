"""The cost of attention: powers of the number of positions, and what must be so of them."""

from __future__ import annotations

import pytest

from grader.figures import attention_cost, record

KEPT = record.read("attention_cost")["data"]


@pytest.mark.parametrize("power", [1.0, 1.5, 2.0])
def test_a_power_is_found_in_values_that_grow_with_it(power: float) -> None:
    values = [3 * T**power for T in attention_cost.LENGTHS]
    assert attention_cost._power(values) == power


def test_what_does_not_grow_yet_does_not_count() -> None:
    values = [100.0 * T for T in attention_cost.LENGTHS]
    values[0], values[1] = 1e9, 1e9
    assert attention_cost._power(values) == 1.0


@pytest.mark.parametrize("way", ["whole", "blocks"])
def test_the_powers_are_those_of_what_was_measured(way: str) -> None:
    row = KEPT[way]
    assert row["power_of_time"] == attention_cost._power(row["seconds"])
    assert row["power_of_memory"] == attention_cost._power(row["bytes"])


@pytest.mark.slow
def test_memory_grows_as_the_page_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention_cost, "ENOUGH", 1)
    monkeypatch.setattr(attention_cost, "TURNS", 1)
    data = attention_cost.measure(0, lambda _: None)
    for way in ("whole", "blocks"):
        assert data[way]["bytes"][-1] == pytest.approx(KEPT[way]["bytes"][-1], rel=0.2)
    assert data["blocks"]["power_of_memory"] < 1.3 < 1.7 < data["whole"]["power_of_memory"]
