"""Residual connections: a layer that adds to what it was given, instead of replacing it.

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
        self.gamma = nn.Parameter(torch.full((dim,), init))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.gamma


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
        self.norm, self.part, self.scale = norm, part, scale

    def forward(self, x: Tensor) -> Tensor:
        answer = self.part(x if self.norm is None else self.norm(x))
        if self.scale is not None:
            answer = self.scale(answer)
        if answer.shape != x.shape:
            raise ValueError(f"an answer {tuple(answer.shape)} cannot be added to {tuple(x.shape)}")
        return x + answer
