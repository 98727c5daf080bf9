"""What heads of a small trained GPT attend to, on a line of Shakespeare."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.figures import Data, Figure, Told, driver
from grader.figures.marks import ACCENT, LINE, QUIET, drawing, mark, picture, words
from grader.figures.reference import calls, reference
from grader.figures.runs import NEEDS, finished
from grader.lessons import lesson3_attention, lesson5_gpt
from grader.lessons.lesson3_attention.driver import attend
from zth.language import tr
from zth.training import encode

Array = NDArray[np.float64]
RECIPE = "shakespeare-tiny"
TEXT = "to be or not to be"
EXAMPLES = ((1.0, True), (1.0, False), (0.25, True), (3.0, False))  # temperature, mask
CELL, LEFT, TOP = 21, 30, 34


def measure(seed: int, told: Told) -> Data:
    """Trains the recipe; the scores of four of its heads, and weights that follow from them.

    The heads are those that look most at what `_traits` names. `examples` are weights of the first
    of them by lesson 3's reference.
    """
    vocabulary, size, weights = _trained(seed, told)
    ids = encode(TEXT, vocabulary)
    with reference(lesson5_gpt.LESSON, driver.__name__) as bench:
        scores = calls(bench, lesson5_gpt.GPT)(driver.scores, size, weights, ids)
    heads = [_head(id, traits, scores) for id, traits in _traits(scores).items()]
    with reference(lesson3_attention.LESSON) as bench:
        remote = calls(bench, lesson3_attention.SDPA)
        first = np.array(heads[0]["scores"])
        examples = [
            {"temperature": temperature, "causal": causal, "weights": np.round(y, 6).tolist()}
            for temperature, causal in EXAMPLES
            for y in [remote(attend, *_asked(first / temperature), causal, first).y]
        ]
    return {"tokens": list(TEXT), "heads": heads, "examples": examples}


def _trained(seed: int, told: Told) -> tuple[str, driver.Size, dict[str, Array]]:
    """The vocabulary, the size and the weights of a model that the recipe trains."""
    with finished(RECIPE, seed, told) as (trainer, _, _):
        kept = trainer.run.checkpoint()
    vocabulary, config = trainer.config.vocabulary, trainer.config.recipe.config
    sizes: dict[str, Any] = {**config, "vocab_size": len(vocabulary)}
    weights = {n.removeprefix("model."): a for n, a in kept.items() if n.startswith("model.")}
    return vocabulary, driver.Size(**sizes), weights


def _asked(scores: Array) -> tuple[Array, Array, Array]:
    """Queries, keys and values for which attention gives the softmax of these scores."""
    same = np.eye(len(scores))
    return scores * np.sqrt(len(scores)), same, same


def _weights(scores: Array) -> Array:
    """The causal softmax, to find heads by."""
    seen = np.tril(np.ones(scores.shape[-2:], dtype=bool))
    masked = np.where(seen, scores, -np.inf)
    powers = np.exp(masked - masked.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def _traits(scores: Array) -> dict[str, Array]:
    """By what a head can look at: how much each does, (n_layer, n_head). Each finds one head."""
    weights = _weights(scores)
    tokens = np.array(list(TEXT))
    before = np.eye(len(TEXT), k=-1)
    earlier = np.tril(tokens[:, None] == tokens[None, :], k=-1)
    asks = earlier.any(axis=-1)
    entropy = -(weights * np.log(np.maximum(weights, 1e-12))).sum(axis=-1)
    return {
        "previous": (weights * before).sum(axis=-1)[..., 1:].mean(axis=-1),
        "spaces": weights[..., 3:, tokens == " "].sum(axis=-1).mean(axis=-1),
        "same": (weights * earlier).sum(axis=-1)[..., asks].mean(axis=-1),
        "spread": entropy.mean(axis=-1),
    }


def _head(id: str, trait: Array, scores: Array) -> Data:
    layer, head = (int(i) for i in np.unravel_index(trait.argmax(), trait.shape))
    shown = np.round(scores[layer, head], 3).tolist()
    share = round(float(trait[layer, head]), 3)
    return {"id": id, "layer": layer + 1, "head": head + 1, "measure": share, "scores": shown}


# --- how it is drawn ----------------------------------------------------------------------------


def draw(data: Data) -> str:
    """The first head with the mask, a row a query: the darker, the more weight."""
    tokens, head = data["tokens"], data["heads"][0]
    middles = [CELL * (i + 0.5) for i in range(len(tokens))]
    names, cells = [], []
    for token, middle in zip(tokens, middles, strict=True):
        name = "␣" if token == " " else token
        names.append(words(name, LEFT + middle, TOP - 8, fill=QUIET))
        names.append(words(name, LEFT - 10, TOP + middle + 4, fill=QUIET))
    for i, row in enumerate(data["examples"][0]["weights"]):
        for j, weight in enumerate(row[: i + 1]):
            side, place = CELL - 2, (LEFT + CELL * j + 1, TOP + CELL * i + 1)
            box = {"x": place[0], "y": place[1], "width": side, "height": side, "rx": 3}
            cells.append(mark("rect", **box, fill=ACCENT, fill_opacity=float(weight)))
            cells.append(mark("rect", **box, fill="none", stroke=LINE, stroke_opacity=0.5))
    size = CELL * len(tokens)
    return picture(
        drawing(LEFT + size + 4, TOP + size + 4, *names, *cells),
        "attention_map",
        tr("Attention weights of one head: rows are queries, columns are keys"),
        tr(
            "Layer {layer}, head {head}, on “{text}”: nearly every query gives most of its weight "
            "to the character before it. Above the diagonal, in the future, there is nothing.",
            layer=head["layer"],
            head=head["head"],
            text="".join(tokens),
        ),
    )


FIGURE = Figure(
    title="What heads of a trained GPT attend to",
    measure=measure,
    draw=draw,
    seconds=130,
    needs=("grader/figures/driver.py", *NEEDS),
)
