"""Normalisation: numbers that keep their size, over the batch or within each token.

Sources: "Batch Normalization" (Ioffe and Szegedy, 2015); "Layer Normalization" (Ba, Kiros and
Hinton, 2016); "Root Mean Square Layer Normalization" (Zhang and Sennrich, 2019).
"""

import torch
from torch import Tensor, nn

# In the comments: C channels, in the last dimension; n is how many rows of C there are: B in
# (B, C), B · T in (B, T, C).


class BatchNorm1d(nn.Module):
    """Each channel gets mean 0 and variance 1 over the batch, then a gain and a bias: (…, C).

        y = (x − mean) / √(variance + eps) · weight + bias

    In training, mean and variance (divided by n) are those of the batch, over all dimensions but
    the last, and running ones follow them, with the variance divided by n − 1:

        running ← (1 − momentum) · running + momentum · batch's

    In eval mode the running ones are used, and stay. Raises ValueError in training where n < 2.

    >>> norm = BatchNorm1d(1)
    >>> [round(y, 4) for y in norm(torch.tensor([[1.0], [3.0]])).flatten().tolist()]
    [-1.0, 1.0]
    >>> [round(r.item(), 3) for r in (norm.running_mean, norm.running_var)]  # variance 2, of n − 1
    [0.2, 1.1]
    """

    def __init__(self, dim: int, eps: float = 1e-5, momentum: float = 0.1) -> None:
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight = nn.Parameter(torch.ones(dim))
        self.bias = nn.Parameter(torch.zeros(dim))
        self.register_buffer("running_mean", torch.zeros(dim))  # saved with the model, not trained
        self.register_buffer("running_var", torch.ones(dim))

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            mean, variance = self._statistics(x)
        else:
            mean, variance = self.running_mean, self.running_var
        return (x - mean) * torch.rsqrt(variance + self.eps) * self.weight + self.bias

    def _statistics(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and variance of the batch, (C,) each; the running ones move towards them."""
        rows = x.flatten(0, -2)  # (n, C)
        n = len(rows)
        if n < 2:
            raise ValueError(f"a batch of {n} has no variance: more than one row is needed")
        mean = rows.mean(dim=0)
        variance = (rows - mean).square().mean(dim=0)
        with torch.no_grad():
            self.running_mean.mul_(1 - self.momentum).add_(self.momentum * mean)
            self.running_var.mul_(1 - self.momentum).add_(self.momentum * variance * n / (n - 1))
        return mean, variance


class LayerNorm(nn.Module):
    """Each token's numbers get mean 0 and variance 1, then a gain and a bias of their own: (…, C).

        y = (x − mean) / √(variance + eps) · weight + bias

    Mean and variance are over the last dimension; the variance divides by its length.
    """

    def __init__(self, ndim: int, bias: bool = True, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(ndim))
        self.bias = nn.Parameter(torch.zeros(ndim)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        x = x - x.mean(dim=-1, keepdim=True)  # first, so that large means do not cancel digits
        variance = x.square().mean(dim=-1, keepdim=True)  # (…, 1)
        y = x * torch.rsqrt(variance + self.eps) * self.weight
        return y if self.bias is None else y + self.bias


class RMSNorm(nn.Module):
    """Each token's numbers get a mean square of 1, then a gain: (…, C).

        y = x / √(mean of x² + eps) · weight

    The mean stays, and there is no bias: `bias` is there so that RMSNorm(n_embd, bias) can be made
    wherever a LayerNorm is, and changes nothing.

    >>> [round(y, 3) for y in RMSNorm(2)(torch.tensor([3.0, 4.0])).tolist()]  # by √12.5 = 3.54
    [0.849, 1.131]
    """

    def __init__(self, ndim: int, bias: bool = False, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(ndim))

    def forward(self, x: Tensor) -> Tensor:
        mean_square = x.square().mean(dim=-1, keepdim=True)  # (…, 1)
        return x * torch.rsqrt(mean_square + self.eps) * self.weight
