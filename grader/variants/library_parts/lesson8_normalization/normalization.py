"""torch's own, as far as it has them."""

from torch import nn
from torch.nn import functional as F


class BatchNorm1d(nn.BatchNorm1d):
    """Theirs has the channels in dimension 1, and counts its batches."""

    def __init__(self, dim, eps=1e-5, momentum=0.1):
        super().__init__(dim, eps, momentum)

    def forward(self, x):
        return super().forward(x.reshape(-1, x.shape[-1])).view_as(x)


class LayerNorm(nn.LayerNorm):
    def __init__(self, ndim, bias=True, eps=1e-5):
        super().__init__(ndim, eps=eps, bias=bias)


class RMSNorm(nn.Module):
    def __init__(self, ndim, bias=False, eps=1e-5):
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(nn.init.ones_(nn.Linear(1, ndim).bias.data))

    def forward(self, x):
        return F.rms_norm(x, self.weight.shape, self.weight, self.eps)
