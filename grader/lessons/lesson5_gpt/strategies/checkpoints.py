"""Cases of checkpoints: runs that stop, are saved, and go on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from hypothesis import strategies as st

from grader.derivatives import Array
from grader.drawn import SEEDS, normal
from grader.lessons.lesson5_gpt.driver import Moment

OPTIMIZERS = {"sgd": "SGD(p, 0.1, momentum=0.9)", "adamw": "AdamW(p, 0.1)"}


@dataclass(frozen=True)
class Stop:
    """A run that stops after some gradients, is saved, and goes on by others."""

    optimizer: str
    V: int
    past: int
    future: int
    step: int
    seed: int

    @cached_property
    def moment(self) -> Moment:
        return self._moment(0)

    @cached_property
    def other(self) -> Moment:
        """A run of the same kind that has begun elsewhere: what a checkpoint must replace."""
        return replace(self._moment(100), past=self.moment.past[:1] if self.seed % 2 else [])

    @cached_property
    def gradients(self) -> list[Array]:
        return [self._numbers(200 + i) for i in range(self.future)]

    def _moment(self, stream: int) -> Moment:
        past = [self._numbers(stream + 1 + i) for i in range(self.past)]
        return Moment(self._numbers(stream), self.step * 3 + stream, self.optimizer, past)

    def _numbers(self, stream: int) -> Array:
        return normal(self.seed, stream).normal(size=(self.V, self.V)).round(2)

    def given(self, *names: str) -> list[str]:
        """The lines that make a run that has stopped, and import what is named."""
        return [
            "import io",
            "import torch",
            f"from lesson5_gpt.train import {', '.join(names)}",
            "def run():",
            f"    model = torch.nn.Linear({self.V}, {self.V}, bias=False)",
            f"    model.register_buffer('count', torch.tensor({self.moment.count}))",
            "    p = model.parameters()",
            f"    return model, torch.optim.{OPTIMIZERS[self.optimizer]}",
            "def go_on(model, optimizer, steps):",
            "    for _ in range(steps):",
            "        optimizer.zero_grad()",
            f"        model(torch.ones(1, {self.V})).square().sum().backward()",
            "        optimizer.step()",
            "    return model.weight",
            "torch.manual_seed(0)",
            "(model, optimizer), file = run(), io.BytesIO()",
            f"go_on(model, optimizer, {self.past})",
        ]

    def saved(self) -> list[str]:
        """The same, saved, with the file ready to be read."""
        return [
            *self.given("load_checkpoint", "save_checkpoint"),
            f"save_checkpoint(file, model, optimizer, {self.step})",
            "file.seek(0)",
        ]

    def snippet(self) -> str:
        return "\n".join(
            [
                *self.saved(),
                "again, its_optimizer = run()",
                f"print(load_checkpoint(file, again, its_optimizer))  # must be {self.step}",
                "# these two must be equal:",
                f"print(go_on(model, optimizer, {self.future}))",
                f"print(go_on(again, its_optimizer, {self.future}))",
            ]
        )


def stops() -> st.SearchStrategy[Stop]:
    """Runs with momentum or AdamW, stopped after the first step or later."""
    return st.builds(
        Stop,
        st.sampled_from(["sgd", "adamw"]),
        V=st.integers(1, 3),
        past=st.integers(1, 3),
        future=st.integers(1, 3),
        step=st.integers(0, 10_000),
        seed=st.integers(0, SEEDS),
    )


@dataclass(frozen=True)
class Differences:
    """A run, and others that differ from it in one thing each."""

    stop: Stop

    @cached_property
    def others(self) -> dict[str, tuple[Moment, int]]:
        """What differs -> a run and its step."""
        here, step = self.stop.moment, self.stop.step
        return {
            "step": (here, step + 1),
            "parameters": (replace(here, table=here.table + 1), step),
            "buffers": (replace(here, count=here.count + 1), step),
            "optimizer": (replace(here, past=[*here.past[:-1], here.past[-1] + 1]), step),
        }

    def snippet(self) -> str:
        step = self.stop.step
        return "\n".join(
            [
                *self.stop.given("save_checkpoint"),
                "def saved(step):",
                "    file = io.BytesIO()",
                "    save_checkpoint(file, model, optimizer, step)",
                "    return file.getvalue()",
                f"first = saved({step})",
                f"print('the step:', first != saved({step + 1}))  # all must be True",
                "model.count += 1",
                f"print('a buffer:', first != (second := saved({step})))",
                "model.weight.data += 1",
                f"print('the weights:', second != (third := saved({step})))",
                "state = next(iter(optimizer.state.values()))",
                "next(t for t in state.values() if t.dim() == 2).add_(1)",
                f"print('the optimizer:', third != saved({step}))",
            ]
        )


@dataclass(frozen=True)
class Undisturbed:
    """A run that is saved in training mode or in eval mode, and goes on."""

    stop: Stop
    training: bool

    def snippet(self) -> str:
        future = self.stop.future
        return "\n".join(
            [
                *self.stop.given("save_checkpoint"),
                "from copy import deepcopy",
                "other, its_optimizer = deepcopy((model, optimizer))",
                f"model.train({self.training})",
                f"save_checkpoint(file, model, optimizer, {self.stop.step})",
                f"print('training mode:', model.training)  # must be {self.training}",
                "# these two must be equal:",
                f"print(go_on(model, optimizer, {future}))",
                f"print(go_on(other, its_optimizer, {future}))",
            ]
        )


@dataclass(frozen=True)
class Misfit:
    """A checkpoint for a model of another size or, `extra`, with one more parameter."""

    stop: Stop
    extra: bool

    @property
    def other(self) -> Moment:
        other, n = self.stop.other, self.stop.V + 1
        return other if self.extra else replace(other, table=np.zeros((n, n)), past=[])

    def snippet(self) -> str:
        n = self.stop.V
        larger = f"again.weight = torch.nn.Parameter(torch.zeros({n + 1}, {n + 1}))"
        more = "again.extra = torch.nn.Parameter(torch.zeros(1))"
        return "\n".join(
            [
                *self.stop.saved(),
                "again, its_optimizer = run()",
                more if self.extra else larger,
                "try:",
                "    load_checkpoint(file, again, its_optimizer)",
                "except Exception as error:  # this must happen",
                "    print('refused by a', type(error).__name__)",
            ]
        )


@dataclass(frozen=True)
class Trap:
    """A file that calls a function when it is read, as torch (`zipped`) or pickle writes it."""

    stop: Stop
    zipped: bool

    def snippet(self) -> str:
        write = "torch.save({'model': model.state_dict(), 'step': Trap()}, file)"
        return "\n".join(
            [
                *self.stop.given("load_checkpoint"),
                "import pickle",
                "class Trap:",
                "    def __reduce__(self):  # what to call when this is read",
                "        return print, ('your load_checkpoint ran what the file asked for',)",
                write if self.zipped else "pickle.dump(Trap(), file)",
                "file.seek(0)",
                "try:",
                "    load_checkpoint(file, model, optimizer)",
                "except Exception as error:  # this should happen",
                "    print('refused by a', type(error).__name__)",
            ]
        )
