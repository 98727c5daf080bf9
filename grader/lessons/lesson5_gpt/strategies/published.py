"""Cases of published weights."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from hypothesis import strategies as st

from grader.derivatives import Named
from grader.drawn import filled, tensor
from grader.lessons.lesson5_gpt.oracle import published
from grader.lessons.lesson5_gpt.strategies.code import configured
from grader.lessons.lesson5_gpt.strategies.model import GptCase, gpts


@dataclass(frozen=True)
class PublishedCase:
    """A tiny GPT-2 as its weights are published.

    `prefix` stands in front of the names; `masks` are among the weights; `head` is there, too.
    """

    gpt: GptCase
    prefix: str = ""
    masks: bool = False
    head: bool = False

    @cached_property
    def state(self) -> Named:
        plain = {n: w.astype("float32") for n, w in published(self.gpt.weights).items()}
        found = {f"{self.prefix}{n}": w for n, w in plain.items()}
        if self.masks:
            T = self.gpt.config.block_size
            for i in range(self.gpt.config.n_layer):
                name = f"{self.prefix}h.{i}.attn"
                found[f"{name}.bias"] = np.tril(np.ones((1, 1, T, T), "float32"))
                found[f"{name}.masked_bias"] = np.array(-1e4, "float32")
        if self.head:
            found["lm_head.weight"] = plain["wte.weight"]
        return found

    def given(self) -> list[str]:
        """The lines that make the state, from a model that is published, and a new model."""
        T, n_layer = self.gpt.config.block_size, self.gpt.config.n_layer
        lines = [
            "import numpy as np",
            "import torch",
            "from lesson5_gpt.gpt import GPT, GPTConfig, load_gpt2",
            f"config = {configured(self.gpt.config)}",
            "model, theirs = GPT(config).eval(), GPT(config).eval()",
            *filled("theirs", self.gpt.seed, tied=True),
            "matrices = ('c_attn.weight', 'c_fc.weight', 'c_proj.weight')  # stored as (in, out)",
            "state = {",
            f"    {self.prefix!r} + name.removeprefix('transformer.'):",
            "    (p.T if name.endswith(matrices) else p).detach().clone()",
            "    for name, p in named.items()",
            "}",
        ]
        if self.masks:
            lines += [
                f"for i in range({n_layer}):",
                f"    name = f'{self.prefix}h.{{i}}.attn'",
                f"    state[f'{{name}}.bias'] = torch.ones(1, 1, {T}, {T}).tril()",
                "    state[f'{name}.masked_bias'] = torch.tensor(-1e4)",
            ]
        if self.head:
            lines.append(f"state['lm_head.weight'] = state['{self.prefix}wte.weight']")
        return lines

    def snippet(self) -> str:
        return "\n".join(
            [
                *self.given(),
                "load_gpt2(model, state)",
                f"idx = {tensor(self.gpt.idx)}",
                "print(model(idx)[0], theirs(idx)[0], sep='\\n')  # must be equal",
            ]
        )


def publications(*, plain: bool = False) -> st.SearchStrategy[PublishedCase]:
    """Tiny GPT-2s; `plain`: just the weights, under the names without a prefix."""
    if plain:
        return st.builds(PublishedCase, gpts())
    prefixes = st.sampled_from(["", "transformer."])
    return st.builds(PublishedCase, gpts(), prefixes, st.booleans(), st.booleans())


@dataclass(frozen=True)
class Spoilt:
    """A published state in which one weight is amiss: "missing", "unexpected", or of a `shape`."""

    case: PublishedCase
    name: str
    fault: str
    shape: tuple[int, ...] = ()

    @property
    def key(self) -> str:
        """The name, as the state has it."""
        return self.case.prefix + self.name

    @cached_property
    def state(self) -> Named:
        state = dict(self.case.state)
        if self.fault == "missing":
            del state[self.key]
        else:
            state[self.key] = np.ones(self.shape, "float32")
        return state

    def snippet(self) -> str:
        change = f"state[{self.key!r}] = torch.ones({list(self.shape)})"
        if self.fault == "missing":
            change = f"del state[{self.key!r}]"
        return "\n".join(
            [
                *self.case.given(),
                change,
                "try:",
                "    load_gpt2(model, state)",
                "except ValueError as error:  # this must happen",
                "    print(error)",
            ]
        )


@st.composite
def spoilt(draw: st.DrawFn, *faults: str) -> Spoilt:
    """States with a weight too few, too many, or of another shape, perhaps one that broadcasts."""
    case = draw(publications())
    fault = draw(st.sampled_from(faults))
    plain = published(case.gpt.weights)
    if fault == "unexpected":
        n = case.gpt.config.n_layer
        name = draw(st.sampled_from([f"h.{n}.ln_1.weight", "ln_f.gain", "h.0.attn.c_attn.scale"]))
        return Spoilt(case, name, fault, (case.gpt.config.n_embd,))
    name = draw(st.sampled_from(sorted(plain)))
    if fault == "missing":
        return Spoilt(case, name, fault)
    right = plain[name].shape
    ways = [(*right[:-1], right[-1] + 1), (1,), (*right, 1), right[::-1], (1, *right)]
    return Spoilt(case, name, fault, draw(st.sampled_from([w for w in ways if w != right])))
