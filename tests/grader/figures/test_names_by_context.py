"""What more context is worth, as the page shows it."""

from __future__ import annotations

from grader.figures import names_by_context, record
from grader.figures.names_by_context import CONTEXTS

KEPT = record.read("names_by_context")["data"]


def test_each_model_has_each_context() -> None:
    for rows in (KEPT["mlp"], KEPT["tree"]):
        assert tuple(row["context"] for row in rows) == CONTEXTS
        assert all(row["least"] <= row["loss"] <= row["largest"] for row in rows)
    assert KEPT["tokens"] == names_by_context.BUDGET.tokens


def test_more_context_helps_both_alike_until_it_is_too_much_for_the_mlp() -> None:
    mlp, tree = ({row["context"]: row for row in KEPT[model]} for model in ("mlp", "tree"))
    for rows in (mlp, tree):
        assert rows[8]["largest"] < rows[2]["least"] - 0.1
    assert abs(tree[8]["loss"] - mlp[8]["loss"]) < 0.01
    assert tree[16]["largest"] < mlp[16]["least"]
