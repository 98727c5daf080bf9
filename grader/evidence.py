"""What `zth blame` shows: the run, progress, the losses of each model, the verdict, the curves."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table
from rich.text import Text

from zth.blame import GATE, LOOKS, MATTERS, SHARE, Blame, Difference, Parts, Played
from zth.language import listed, tr
from zth.render.curve import overlaid
from zth.render.escape import plain
from zth.runs import Config, Run
from zth.training import digests
from zth.trial import Trials

CURVES = "blame.svg"


@dataclass
class Evidence:
    """The screen of one search. `before` is the run's configuration, `short` that of a trial."""

    run: Run
    before: Config
    short: Config
    suspects: Sequence[str]
    seeds: int
    console: Console = field(default_factory=lambda: Console(highlight=False, soft_wrap=True))
    played: dict[Parts, Played] = field(default_factory=dict)

    def begin(self) -> None:
        """Says how the run ended, which parts are looked at, and how."""
        self._say(self._ending())
        parts = {self.before.model.component: self.before.model, **self.before.slots}
        mine = {slot: part for slot, part in parts.items() if slot in self.suspects}
        now = digests(mine)
        changed = [slot for slot in mine if now[slot] != self.before.digests.get(slot)]
        if changed:
            self._say(
                tr(
                    "note: since the run, the files of {parts} changed; looked at is what they "
                    "are now",
                    parts=listed(changed),
                )
            )
        config = self.short.recipe.config
        size = listed(f"{k} {v}" for k, v in config.items() if k in self.short.recipe.short)
        self._say(
            tr(
                "looked at: {parts}; of each model {seeds} short runs of {steps} steps{size}",
                parts=listed(self.suspects),
                seeds=self.seeds,
                steps=self.short.steps,
                size=tr(" ({size})", size=size) if size else "",
            )
        )

    def _ending(self) -> str:
        rows = self.run.metrics()
        steps = max((int(row["step"]) for row in rows), default=0)
        if why := self.run.failure:
            return tr(
                "{path} failed after step {step:,}: {why}",
                path=self.run.path,
                step=steps,
                why=plain(why, lines=1),
            )
        last = [row["val"] for row in rows if "val" in row]
        if not last:
            return tr("{path} was stopped before its first step", path=self.run.path)
        return tr(
            "{path}: validation loss {loss:.4f} after {step:,} of {steps:,} steps",
            path=self.run.path,
            loss=last[-1],
            step=steps,
            steps=self.before.steps,
        )

    @contextmanager
    def watching(self, trials: Trials) -> Iterator[Callable[[Parts, int], Played]]:
        """Gives a `play` that shows on a terminal which model is being trained."""
        with self.console.status(tr("starting")) as status:

            def play(parts: Parts, count: int) -> Played:
                known = self.played.get(parts, ())
                if len(known) < count and not any(trial.failure for trial in known):
                    number, name = len({*self.played, parts}), self.name(parts)
                    status.update(tr("model {number}: {name}", number=number, name=name))
                    self.played[parts] = trials.play(parts, count)
                return self.played[parts][:count]

            yield play

    def name(self, parts: Parts) -> str:
        """A model in words, by which parts in it are the learner's."""
        everything = frozenset(self.suspects)
        if not parts:
            return tr("all the reference's")
        if parts == everything:
            return tr("all yours")
        if len(parts) == 1:
            return tr("only {part} yours", part=next(iter(parts)))
        missing = listed(s for s in self.suspects if s not in parts)
        return tr("all yours but {parts}", parts=missing)

    def end(self, found: Blame) -> None:
        """Shows the losses, says who is guilty and why, and draws the curves."""
        self.console.print(self._table())
        for line in self._verdict(found):
            self._say(line)
        self._draw(found)

    def _table(self) -> Table:
        table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
        table.add_column(tr("model"))
        for heading in (tr("loss"), tr("worse by"), tr("chance")):
            table.add_column(heading, justify="right", no_wrap=True)
        reference = self.played[frozenset()]
        for parts, trials in self.played.items():
            difference = Difference.of(trials, reference)
            loss = math.fsum(t.loss for t in trials) / len(trials)
            against = ("", "") if not parts else _against(difference)
            table.add_row(
                Text(self.name(parts)), f"{loss:.4f}" if math.isfinite(loss) else "–", *against
            )
        return table

    def _verdict(self, found: Blame) -> Iterator[str]:
        if not found.whole.fails:
            yield tr(
                "counted is a difference of {least:g} nats and more that chance brings in at most "
                "{gate:.2g} of 100 cases, {share:.2g} for each part; ± is the spread over seeds",
                least=MATTERS,
                gate=100 * GATE / LOOKS,
                share=100 * SHARE / LOOKS / len(self.suspects),
            )
        if found.guilty:
            yield from self._guilty(found)
        else:
            yield from self._nobody(found)

    def _nobody(self, found: Blame) -> Iterator[str]:
        whole, reference = found.whole, self.played[frozenset()]
        if why := reference[-1].failure:
            yield tr("the reference's own model fails here: {why}", why=plain(why, lines=1))
        elif found.worse:
            yield tr("your model is worse, but no part alone explains it: nobody can be blamed")
        elif not found.decided:
            yield tr(
                "nobody can be blamed: the spread hides it, if your parts cost {nats:.2g} nats or "
                "less; more seeds see more: zth blame {path} --seeds {seeds}",
                nats=whole.most,
                path=self.run.path,
                seeds=found.seeds,
            )
        else:
            yield tr("nobody is to blame: with your parts the model is no worse")
        if self.run.failure and not whole.fails:
            yield tr(
                "the run failed, its short runs do not: try --full, and more --steps than it took"
            )
        yield from self._strangers(found)

    def _guilty(self, found: Blame) -> Iterator[str]:
        names = listed(found.guilty)
        if found.together:
            yield tr("to blame: {parts} together; alone, none of them does harm", parts=names)
        else:
            yield tr("to blame: {parts}", parts=names)
        for slot in found.guilty:
            yield tr(
                "  {part}: in the reference's model {alone}; yours without it {without}",
                part=slot,
                alone=_worse(found.alone[slot], self.played.get(frozenset({slot}))),
                without=_better(found.without[slot]),
            )
        if not found.mended:
            yield tr("  without them your model is still worse: there is more, or it hides here")
        yield from self._strangers(found)

    def _strangers(self, found: Blame) -> Iterator[str]:
        for slot in found.strangers:
            yield tr(
                "  {part} does not run with the reference's parts: {why}",
                part=slot,
                why=plain(self.played[frozenset({slot})][-1].failure, lines=1),
            )

    def _draw(self, found: Blame) -> None:
        everything = frozenset(self.suspects)
        shown = [frozenset[str](), everything, everything - set(found.guilty)]
        curves = {
            self.name(parts): [trial.curve for trial in self.played[parts]]
            for parts in dict.fromkeys(shown)
            if parts in self.played
        }
        title = tr("short runs of {path}", path=self.run.path.name)
        self.run.write(CURVES, overlaid(title, curves))
        self._say(tr("the curves: {path}", path=self.run.path / CURVES))

    def _say(self, line: str) -> None:
        self.console.print(line, markup=False)


def _against(difference: Difference) -> tuple[str, str]:
    if difference.fails:
        return tr("fails"), ""
    chance = difference.chance
    said = f"{chance:.1g}" if chance >= 1e-4 else "< 0.0001"
    return _signed(difference), said if len(difference.each) > 1 else ""


def _signed(difference: Difference) -> str:
    spread = f" ± {difference.spread:.4f}" if len(difference.each) > 1 else ""
    return f"{difference.mean:+.4f}{spread}"


def _worse(difference: Difference, trials: Played | None) -> str:
    if difference.fails and trials:
        return tr("it fails ({why})", why=plain(trials[-1].failure, lines=1))
    return tr("it costs {nats} nats", nats=_signed(difference))


def _better(difference: Difference) -> str:
    if difference.fails:
        return tr("runs")
    return tr("gains {nats} nats", nats=_signed(difference))
