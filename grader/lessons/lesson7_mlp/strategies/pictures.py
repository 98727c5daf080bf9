"""Pictures that are easy to tell apart."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from hypothesis import strategies as st

from grader.derivatives import Array
from grader.drawn import SEED, normal
from grader.lessons.lesson7_mlp.driver import ClassifierConfig


@dataclass(frozen=True)
class Drawings:
    """Four pictures of random pixels, 30 times each, with a little noise."""

    seed: int
    config = ClassifierConfig(n_in=64, n_hidden=32, n_classes=4)

    @cached_property
    def labels(self) -> Array:
        return normal(self.seed, 1).permutation(120) % 4

    @cached_property
    def images(self) -> Array:
        draw = normal(self.seed, 2)
        pictures = draw.integers(0, 2, (4, 64))
        noisy: Array = pictures[self.labels] + 0.1 * draw.normal(size=(120, 64))
        return noisy.clip(0, 1).astype("float32")

    def snippet(self) -> str:
        return "\n".join(
            [
                "import numpy as np",
                "import torch",
                "from lesson7_mlp.digits import Classifier, ClassifierConfig, train_digits",
                f"labels = np.random.default_rng([{self.seed}, 1]).permutation(120) % 4",
                f"draw = np.random.default_rng([{self.seed}, 2])",
                "pictures = draw.integers(0, 2, (4, 64))",
                "noisy = pictures[labels] + 0.1 * draw.normal(size=(120, 64))",
                "images = torch.from_numpy(noisy.clip(0, 1)).float()",
                f"torch.manual_seed({self.seed})",
                "model = Classifier(ClassifierConfig(n_in=64, n_hidden=32, n_classes=4))",
                f"generator = torch.Generator().manual_seed({self.seed})",
                "train_digits(model, images, torch.from_numpy(labels), generator)",
                "print((model.eval()(images)[0].argmax(1).numpy() == labels).mean())",
            ]
        )


def drawings() -> st.SearchStrategy[Drawings]:
    return st.builds(Drawings, SEED)
