"""What a model can reach on made-up names that remembers three tokens, exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from grader.names import Made

Array = NDArray[np.float64]


def three_tokens(source: Made) -> float:
    """The least mean loss, in nats a token, of any model that sees the last three tokens only.

    Names of the source have three letters at least. While a newline is among the three tokens, they
    say all that matters: the name's first letter and how long it is. Three letters do not: what
    comes next is then a mixture over all families and lengths.
    """
    first, following = source.first, source.following
    families = np.arange(26) % source.families
    pairs = np.zeros_like(following)  # p(family, a, b) of names of two letters or more
    pairs[families, np.arange(26)] = first[:, None] * following[families, np.arange(26)]
    nats = _entropy(first)
    nats += float((first * _each(following)[families, np.arange(26)]).sum())
    nats += float((pairs * _each(following)[:, None, :]).sum())
    state = np.einsum("fab,fbc->fabc", pairs, following)
    joint, tokens = np.zeros((26, 26, 26, 27)), 3.0  # p(three letters, next); tokens a name
    for length in range(3, source.longest + 1):
        end = source.ending(length)
        tokens += float(state.sum())
        joint[..., 0] += end * state.sum(axis=0)
        joint[..., 1:] += (1 - end) * np.einsum("fabc,fcd->abcd", state, following)
        state = (1 - end) * np.einsum("fabc,fcd->fbcd", state, following)
    whole = joint.sum(axis=-1, keepdims=True)
    share = np.divide(joint, whole, out=np.ones_like(joint), where=joint > 0)
    return (nats - float((joint * np.log(share)).sum())) / tokens


def _each(p: Array) -> Array:
    """The entropy of each distribution over the last axis."""
    found: Array = -(p * np.log(p)).sum(axis=-1)
    return found


def _entropy(p: Array) -> float:
    return float(_each(p))
