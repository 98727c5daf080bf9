"""PyTorch's own convolution, which is forbidden to a learner, and right."""

from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional as F


class WaveNetConfig(NamedTuple):
    vocab_size: int = 27
    block_size: int = 32
    n_embd: int = 24
    n_hidden: int = 128
    n_layer: int = 3
    kernel_size: int = 2

    @property
    def context(self):
        return self.kernel_size**self.n_layer


class FlattenConsecutive(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.n = n

    def forward(self, x):
        if x.shape[1] % self.n:
            raise RuntimeError("left over")
        groups = torch.stack(x.split(self.n, dim=1), dim=1).flatten(2)
        return groups.squeeze(1)


class Hierarchy(nn.Module):
    def __init__(self, config, batchnorm=None):
        super().__init__()
        n, H = config.kernel_size, config.n_hidden
        self.n = n
        self.wte = nn.Embedding(config.vocab_size, config.n_embd)
        widths = [config.n_embd * n] + [H * n] * (config.n_layer - 1)
        self.linears = nn.ModuleList(nn.Linear(w, H, bias=batchnorm is None) for w in widths)
        if batchnorm is not None:
            self.norms = nn.ModuleList(batchnorm(H) for _ in widths)
        self.lm_head = nn.Linear(H, config.vocab_size)

    def forward(self, idx):
        """Each level is a convolution with a stride of n, by the weight of its linear layer."""
        x = self.wte(idx).mT
        for i, linear in enumerate(self.linears):
            weight = linear.weight.unflatten(1, (self.n, -1)).mT
            x = F.conv1d(x, weight, linear.bias, stride=self.n)
            x = torch.tanh(self.norms[i](x.mT).mT if hasattr(self, "norms") else x)
        return self.lm_head(x.squeeze(2))


class PaddedConv1d(nn.Conv1d):
    def __init__(self, in_channels, out_channels, kernel_size, dilation=1, bias=True):
        super().__init__(in_channels, out_channels, kernel_size, dilation=dilation, bias=bias)

    def forward(self, x):
        left = self.dilation[0] * (self.kernel_size[0] - 1)
        x = F.pad(x.transpose(-1, -2), (left, 0))
        return F.conv1d(x, self.weight, self.bias, dilation=self.dilation).transpose(-1, -2)


class CausalConv1d(PaddedConv1d):
    pass


def receptive_field(kernel_sizes, dilations):
    if not kernel_sizes and not dilations:
        return 1
    (*below, k), (*dilations_below, d) = kernel_sizes, dilations
    return receptive_field(below, dilations_below) + (k - 1) * d


class WaveNet(nn.Module):
    def __init__(self, config, batchnorm=None, convolution=CausalConv1d):
        super().__init__()
        self.config = config
        n, H = config.kernel_size, config.n_hidden
        self.wte = nn.Embedding(config.vocab_size, config.n_embd)
        self.convs = nn.ModuleList()
        self.norms = nn.ModuleList()
        for i in range(config.n_layer):
            C = H if i else config.n_embd
            self.convs.append(
                convolution(C, H, kernel_size=n, dilation=n**i, bias=batchnorm is None)
            )
            self.norms.append(nn.Identity() if batchnorm is None else batchnorm(H))
        self.lm_head = nn.Linear(H, config.vocab_size)

    def forward(self, idx, targets=None):
        before = self.config.kernel_size**self.config.n_layer - 1
        zeros = self.wte.weight[0].expand(len(idx), before, -1)  # what token 0 is embedded as
        x = torch.cat([zeros, self.wte(idx)], dim=1)
        for conv, norm in zip(self.convs, self.norms, strict=True):
            x = norm(conv(x)).tanh()
        logits = self.lm_head(x)[:, before:]
        if targets is None:
            return logits, None
        log_p = logits.log_softmax(-1)
        return logits, -log_p.gather(-1, targets[..., None]).mean()
