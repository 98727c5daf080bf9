"""Runs beside the reference: what the figures ask of it. Returns plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zth.worker.tensors import array, tensor

Array = NDArray[Any]


@dataclass(frozen=True)
class Node:
    """A number of a graph, what it was made from, and the local derivative for each of these."""

    name: str
    data: float
    parents: list[str]
    locals: list[float]


@dataclass(frozen=True)
class Touched:
    """`grad` of a node was read, or where there is a `number`, set to it."""

    name: str
    number: float | None = None


@dataclass(frozen=True)
class Traced:
    """A graph, and all that a backward pass did to the gradients in it, in this order."""

    nodes: list[Node]
    touched: list[Touched]


def trace(Value: Any, leaves: dict[str, float], lines: list[str]) -> Traced:
    """Runs lines such as "c = a * b", then backward() on what the last one made."""
    nodes = {name: Value(data) for name, data in leaves.items()}
    for line in lines:
        exec(line, {}, nodes)  # our own lines, in the confined worker
    names = {id(node): name for name, node in nodes.items()}
    touched: list[Touched] = []
    slot = Value.grad

    def read(node: Any) -> Any:
        touched.append(Touched(names[id(node)]))
        return slot.__get__(node)

    def write(node: Any, number: float) -> None:
        touched.append(Touched(names[id(node)], float(number)))
        slot.__set__(node, number)

    Value.grad = property(read, write)
    try:
        list(nodes.values())[-1].backward()
    finally:
        Value.grad = slot
    return Traced(
        [
            Node(name, node.data, [names[id(p)] for p in node._prev], list(node._local))
            for name, node in nodes.items()
        ],
        touched,
    )


# --- attention ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Size:
    """What a GPT is made with."""

    block_size: int
    vocab_size: int
    n_layer: int
    n_head: int
    n_embd: int
    bias: bool
    dropout: float = 0.0


def scores(GPT: Any, size: Size, weights: dict[str, Array], ids: Array) -> Array:
    """q kᵀ / √d of all heads for one row of tokens: (n_layer, n_head, T, T), without the mask."""
    model = GPT(size).eval()
    model.load_state_dict({name: tensor(weight) for name, weight in weights.items()}, strict=False)
    model.double()
    found: list[Array] = []
    for block in model.transformer.h:
        block.attn.c_attn.register_forward_hook(lambda _, __, out: found.append(array(out, "qkv")))
    model(tensor(ids[None]).long())
    heads = (len(ids), 3, size.n_head, size.n_embd // size.n_head)
    qkv = np.stack(found).reshape(size.n_layer, *heads)  # (L, T, 3, nh, hs)
    q, k = (qkv[:, :, i].swapaxes(1, 2) for i in (0, 1))  # (L, nh, T, hs) each
    return np.asarray(q @ k.swapaxes(-2, -1) / np.sqrt(heads[-1]))
