"""How fast all of it is, beside its peers: the rows of the benchmarks' records, as one table."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

from grader.figures import Data, Figure, Told
from zth.language import listed, tr
from zth.records import ZthError

RECORDS = "benchmarks/results"
NAMES = (  # in the table's order
    *("feedback", "autograd", "tokenizer", "sampling", "shakespeare"),
    *("growth", "sandbox", "classroom", "pages"),
)


def measure(seed: int, told: Told) -> Data:  # noqa: ARG001 (the benchmarks have measured)
    """The rows of each record that has some, with what the record was made on."""
    from grader.figures.record import root  # not above: it reads the figures

    told("reading the records of the benchmarks")
    files = {name: root() / RECORDS / f"{name}.json" for name in NAMES}
    kept = {n: json.loads(file.read_text("utf-8")) for n, file in files.items() if file.is_file()}
    found = {name: _of(one) for name, one in kept.items() if one.get("rows")}
    if not found:
        raise ZthError(tr("no benchmark has been run in this clone yet: make bench"))
    return {"benchmarks": found}


def _of(kept: dict[str, Any]) -> dict[str, Any]:
    machine = kept["machine"]
    return {
        "date": kept["date"],
        "commit": kept["commit"],
        "system": machine["system"],
        "processor": machine.get("model") or machine["processor"],
        "cores": machine["cores"],
        "rows": kept["rows"],
    }


def draw(data: Data) -> str:
    """A table of Markdown, and below it which machine each row is of."""
    heads = (tr("what"), tr("ours"), tr("the peer"), tr("ratio"), tr("least – most"))
    found = data["benchmarks"]
    lines = ["|".join(("", *heads, "")), "|---|--:|:--|--:|--:|"]
    rows = [row for one in found.values() for row in one["rows"].values()]
    lines += ["|".join(("", *_cells(row), "")) for row in rows]
    return "\n".join([*lines, "", *_machines(found), ""])


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    """What the table says of a row, column by column."""
    peer, ratio = "", ""
    if row["peer"] is not None:
        text = row["against"]
        figure = _figure(row["peer"], row["unit"])
        peer = tr("{figure}, {peer}", figure=figure, peer=tr(text))
        ratio = f"**{_plain(row['ratio'])}**"
    text = row["what"]
    spread = " – ".join(map(_plain, row["spread"]))
    return tr(text), _figure(row["ours"], row["unit"]), peer, ratio, spread


def _machines(found: dict[str, Any]) -> Iterator[str]:
    """By machine, date and commit: whose rows were measured so."""
    together: dict[tuple[str, ...], list[str]] = {}
    for name, one in found.items():
        cores = tr("{cores} cores", cores=one["cores"])
        key = (one["system"], one["processor"], cores, one["date"], _commit(one["commit"]))
        together.setdefault(key, []).append(f"`{name}`")
    for (system, processor, cores, date, commit), names in together.items():
        yield "- " + tr(
            "{names}: {system}, {processor}, {cores}; {date}, {commit}",
            names=listed(names),
            system=system,
            processor=processor,
            cores=cores,
            date=date,
            commit=commit,
        )


def _commit(said: str) -> str:
    """As a record says it: whether there were changes that no commit has."""
    clean = said.removesuffix(" and changes")
    return clean if clean == said else tr("{commit} and changes", commit=clean)


def _figure(value: float, unit: str) -> str:
    """A figure and its unit, which stay in one line."""
    words = {"nats": tr("nats"), "steps/s": tr("steps/s"), "tokens/s": tr("tokens/s")}
    return f"{_plain(value)} {words.get(unit, unit)}".strip().replace(" ", "\N{NO-BREAK SPACE}")


def _plain(value: float) -> str:
    """To three digits, without an exponent."""
    if value == 0:
        return "0"
    places = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{places}f}".replace("-", "−")


FIGURE = Figure(
    title="How fast all of it is, beside its peers",
    measure=measure,
    draw=draw,
    needs=(RECORDS,),
    suffix="md",
)
