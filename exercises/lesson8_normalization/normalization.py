"""Normalisation: numbers that keep their size, over the batch or within each token.

Fill in each `raise NotImplementedError`. torch's own norms are what you are writing, so they are
off limits. Check yourself with `zth grade lesson8`, or one part with
`zth grade lesson8 --component batchnorm`.

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

    Parameters: `weight` (dim,), ones at the start, and `bias` (dim,), zeros; the lecture calls them
    gamma and beta. Buffers, which are saved with the model and not trained (`register_buffer`):
    `running_mean` (dim,), zeros at the start, and `running_var` (dim,), ones. No gradient flows
    into them. The lecture divides by n − 1 everywhere; the paper and PyTorch do as it is here.

    >>> norm = BatchNorm1d(1)
    >>> [round(y, 4) for y in norm(torch.tensor([[1.0], [3.0]])).flatten().tolist()]
    [-1.0, 1.0]
    >>> [round(r.item(), 3) for r in (norm.running_mean, norm.running_var)]  # variance 2, of n − 1
    [0.2, 1.1]
    """

    def __init__(self, dim: int, eps: float = 1e-5, momentum: float = 0.1) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        raise NotImplementedError


class LayerNorm(nn.Module):
    """Each token's numbers get mean 0 and variance 1, then a gain and a bias of their own: (…, C).

        y = (x − mean) / √(variance + eps) · weight + bias

    Mean and variance are over the last dimension; the variance divides by its length. Subtract the
    mean before you square, so that large means do not cost digits. Parameters: `weight` (ndim,),
    ones at the start, and `bias` (ndim,), zeros, or None where `bias` is False.
    """

    def __init__(self, ndim: int, bias: bool = True, eps: float = 1e-5) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        raise NotImplementedError


class RMSNorm(nn.Module):
    """Each token's numbers get a mean square of 1, then a gain: (…, C).

        y = x / √(mean of x² + eps) · weight

    The mean stays, and there is no bias: `bias` is there so that RMSNorm(n_embd, bias) can be made
    wherever a LayerNorm is, and changes nothing. The parameter is `weight` (ndim,), ones at first.

    >>> [round(y, 3) for y in RMSNorm(2)(torch.tensor([3.0, 4.0])).tolist()]  # by √12.5 = 3.54
    [0.849, 1.131]
    """

    def __init__(self, ndim: int, bias: bool = False, eps: float = 1e-5) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        raise NotImplementedError
