from __future__ import annotations

from pathlib import Path

import growth
import pytest
from growth import KIB, MIB, Sizes

FEW = Sizes(bytes=(KIB, 4 * MIB, 8 * MIB), positions=(256, 512), rounds=2)


def test_growth_is_found_round_by_round() -> None:
    row = growth.growth("x", [1, 2, 4], {1: [1.0, 3.0], 2: [2.0, 12.0], 4: [4.0, 48.0]})
    assert (row.ours, row.spread, row.peer) == (1.5, (1.0, 2.0), None)


def test_a_class_has_one_right_submission_in_five_and_no_two_alike(tmp_path: Path) -> None:
    growth.hand_in(tmp_path, 6)
    texts = [
        "".join(file.read_text("utf-8") for file in sorted(place.glob("*/*.py")))
        for place in sorted(tmp_path.iterdir())
    ]
    assert len(set(texts)) == 6
    without_mark = [text.replace(f"# {i}\n", "") for i, text in enumerate(texts)]
    assert without_mark[0] == without_mark[5]
    assert len(set(without_mark)) == 5


def test_the_bare_pipe_carries_to_a_process_that_ends(capfd: pytest.CaptureFixture[str]) -> None:
    with growth.bare_pipe() as pipe:
        pipe(bytes(KIB))
        pipe(b"")
    assert not capfd.readouterr().err


def test_an_array_there_and_back_is_set_against_a_copy(capsys: pytest.CaptureFixture[str]) -> None:
    found, rows = growth.of_wire(FEW)
    assert set(found["seconds"]) == {"there", "and back", "copy", "pipe"}
    assert all(set(by) == set(FEW.bytes) for by in found["seconds"].values())
    assert set(rows) == {"wire_there", "wire_back", "wire_pipe", "wire_exponent"}
    assert rows["wire_there"].what == "an array of 8 MiB to a worker"
    assert "8 MiB" in capsys.readouterr().out


@pytest.mark.slow
def test_memory_in_blocks_grows_less_than_at_once() -> None:
    found, rows = growth.of_attention(FEW)
    assert found["positions"] == [256, 512]
    assert rows["attention_blocks"].ours < rows["attention_whole"].ours
