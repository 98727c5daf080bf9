"""Text from a model, token by token; with its cache, where it has one, and the same text without.

A cache saves the work on the tokens before, and changes the last digits of the scores: sums are
taken in another order. So a draw that those digits could change is made again, from the scores of
the whole window.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from zth.worker.answers import BadAnswer
from zth.worker.tensors import array

if TYPE_CHECKING:
    import torch

Array = NDArray[Any]

SLACK = 1e-5  # what a cache may change in a score, as a part of the largest one


@dataclass(frozen=True)
class Draw:
    """How a token is drawn: temperature 0 takes the likeliest, top_k 0 draws from all."""

    temperature: float
    top_k: int

    def __call__(self, scores: Array, place: float) -> int:
        """The token at `place`, in [0, 1), of the probabilities laid end to end."""
        if not np.isfinite(scores).all():
            raise BadAnswer("the model's scores hold NaN or infinity")
        if not self.temperature:
            return int(scores.argmax())
        return int(self._ends(scores).searchsorted(place, side="right"))

    def is_sure(self, scores: Array, place: float) -> bool:
        """Whether it would be the same token if each score were off by SLACK times the largest."""
        off = SLACK * float(np.abs(scores).max())
        if not math.isfinite(off):
            return False
        k = self.top_k if self.temperature else 1
        if 0 < k < len(scores):
            out, least = np.partition(scores, (-k - 1, -k))[[-k - 1, -k]]
            if not least - out > 2 * off:
                return False
        if not self.temperature:
            return True
        width = off / (2 * self.temperature)  # how far the end of a probability moves, at most
        first, last = self._ends(scores).searchsorted((place - width, place + width), side="right")
        return bool(first == last)

    def _ends(self, scores: Array) -> Array:
        """Where each token's probability ends, if they are laid end to end from 0 to 1."""
        kept = (scores.astype(np.float64) - scores.max()) / self.temperature
        if 0 < self.top_k < len(scores):
            kept[scores < np.partition(scores, -self.top_k)[-self.top_k]] = -np.inf
        ends: Array = np.exp(kept).cumsum()
        ends /= ends[-1]
        return ends


@dataclass(frozen=True)
class Whole:
    """The scores of a model that is given the whole window, of at most `longest` tokens."""

    model: Callable[..., Any]
    device: torch.device
    longest: int

    def __call__(self, tokens: Sequence[int]) -> Array:
        import torch

        with torch.no_grad():
            answer = self.model(torch.tensor([tokens[-self.longest :]], device=self.device))
            return _last(answer)


@dataclass
class Cached:
    """The scores of a model that is called with its cache: only tokens that are new are computed.

    The tokens of each call begin with those of the call before. The model's weights do not change
    meanwhile.
    """

    model: torch.nn.Module
    cache: Any
    device: torch.device
    seen: int = 0

    def __call__(self, tokens: Sequence[int]) -> Array:
        import torch

        new = tokens[self.seen :]
        self.seen = len(tokens)
        idx = torch.tensor([new], device=self.device)
        with torch.inference_mode(), _one_thread(len(new) == 1):
            answer = torch.func.functional_call(
                self.model, self._by_columns, (idx,), {"cache": self.cache}, tie_weights=False
            )
            return _last(answer)

    @cached_property
    def _by_columns(self) -> dict[str, torch.Tensor]:
        """Copies of the matrices with more rows than columns, laid out column by column.

        A product with one token reads each number of a matrix once, and takes as long as memory
        does, which delivers long stretches sooner than short ones.
        """
        import torch

        if self.device.type != "cpu":
            return {}
        return {
            f"{name}.weight": part.weight.detach().T.contiguous().T
            for name, part in self.model.named_modules()
            if type(part) is torch.nn.Linear and part.out_features > part.in_features
        }


def _last(answer: Any) -> Array:
    return array(scores(answer)[0, -1].float().cpu(), "logits", "float32")


def scores(answer: Any) -> torch.Tensor:
    """The scores in a model's answer, which may be (scores, loss)."""
    import torch

    found = answer[0] if isinstance(answer, tuple) else answer
    if not isinstance(found, torch.Tensor):
        raise BadAnswer(
            "the model's logits are a {kind}, expected a tensor", kind=type(found).__name__
        )
    return found


@contextmanager
def _one_thread(wanted: bool) -> Iterator[None]:
    """A single token is too little work to be shared: threads would wait for each other."""
    import torch

    before = torch.get_num_threads()
    if wanted:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def write(
    prompt: Sequence[int],
    count: int,
    draw: Draw,
    random: np.random.Generator,
    whole: Whole,
    cached: Cached | None,
) -> list[int]:
    """`count` tokens after the prompt: from a cache, as long as all of them fit into the window."""
    tokens = list(prompt)
    for _ in range(count):
        place, found = random.random(), None
        if cached is not None and len(tokens) <= whole.longest:
            found = cached(tokens)
        if found is None or not draw.is_sure(found, place):
            found = whole(tokens)
        tokens.append(draw(found, place))
    return tokens[len(prompt) :]
