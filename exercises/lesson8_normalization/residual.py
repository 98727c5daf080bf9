"""Residual connections: a layer that adds to what it was given, instead of replacing it.

Fill in each `raise NotImplementedError`. Check yourself with `zth grade lesson8`, or one part with
`zth grade lesson8 --component residual`; how deep a net of your parts can be and still train:
`zth grade lesson8 --milestone all`.

Sources: "Deep Residual Learning for Image Recognition" (He et al., 2015); "Going deeper with Image
Transformers" (Touvron et al., 2021), for LayerScale.
"""

import torch
from torch import Tensor, nn


class LayerScale(nn.Module):
    """Each channel times a factor of its own, which starts small and is learned: (…, C).

    The parameter is `gamma` (dim,), all `init` at the start.

    >>> LayerScale(2, init=0.5)(torch.tensor([2.0, 4.0])).tolist()
    [1.0, 2.0]
    """

    def __init__(self, dim: int, init: float = 1e-4) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        raise NotImplementedError


class Residual(nn.Module):
    """x + scale(part(norm(x))): the part reads a normalised x and adds its answer to x itself.

    `norm` and `scale` are modules, or None: then that step is left out. Raises ValueError where the
    answer has another shape than x, even one that could be stretched to it.

    >>> Residual(nn.Identity(), scale=LayerScale(2, init=0.5))(torch.tensor([2.0, 4.0])).tolist()
    [3.0, 6.0]
    """

    def __init__(
        self, part: nn.Module, norm: nn.Module | None = None, scale: nn.Module | None = None
    ) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        raise NotImplementedError
