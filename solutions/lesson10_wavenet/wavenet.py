"""A tree of neighbours, and the same tree at every position at once: WaveNet.

    >>> config = WaveNetConfig(vocab_size=27, block_size=32)
    >>> config.context
    8
    >>> Hierarchy(config)(torch.zeros(4, 8, dtype=torch.long)).shape
    torch.Size([4, 27])
    >>> logits, loss = WaveNet(config)(torch.zeros(4, 32, dtype=torch.long))
    >>> logits.shape, loss
    (torch.Size([4, 32, 27]), None)

The first model answers for one window of 8 tokens, the second for the 32 windows that end at each
token of a row; with the same weights both say the same. `WaveNet(config, batchnorm=Mine)` builds
it with your batch normalization from lesson 8, in front of each tanh.

Sources: the lecture "Building makemore Part 5: Building a WaveNet"; "WaveNet: A Generative Model
for Raw Audio" (van den Oord et al., 2016).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

# In the comments: B rows in a batch, T tokens in a row, C channels, H = n_hidden, V = vocab_size,
# n = kernel_size.


@dataclass(frozen=True)
class WaveNetConfig:
    """The size of both models."""

    vocab_size: int = 27
    block_size: int = 32  # tokens in a row, T, when WaveNet is trained
    n_embd: int = 24
    n_hidden: int = 128
    n_layer: int = 3  # levels of the tree
    kernel_size: int = 2  # neighbours that each level joins

    @property
    def context(self) -> int:
        """Tokens that a prediction sees: 2 · 2 · 2 for three levels that join two each."""
        return self.kernel_size**self.n_layer


class FlattenConsecutive(nn.Module):
    """Puts n neighbours side by side: (B, T, C) -> (B, T / n, n · C).

    Where a single group is left, its dimension goes, too: (B, n, C) -> (B, n · C). Raises
    ValueError where T is no multiple of n.

    >>> x = torch.tensor([[[1], [2], [3], [4]]])  # (1, 4, 1)
    >>> FlattenConsecutive(2)(x)
    tensor([[[1, 2],
             [3, 4]]])
    >>> FlattenConsecutive(4)(x)
    tensor([[1, 2, 3, 4]])
    """

    def __init__(self, n: int) -> None:
        super().__init__()
        self.n = n

    def forward(self, x: Tensor) -> Tensor:
        B, T, C = x.shape
        if T % self.n:
            raise ValueError(f"{T} positions are no multiple of {self.n}")
        x = x.reshape(B, T // self.n, self.n * C)
        return x.squeeze(1) if x.shape[1] == 1 else x


class Hierarchy(nn.Module):
    """A window of `context` tokens, joined n by n, level by level: (B, context) -> logits (B, V).

    `batchnorm`, where given, is called with n_hidden for each level, and stands before its tanh.
    """

    def __init__(
        self, config: WaveNetConfig, batchnorm: Callable[[int], nn.Module] | None = None
    ) -> None:
        super().__init__()
        n, H = config.kernel_size, config.n_hidden
        self.wte = nn.Embedding(config.vocab_size, config.n_embd)
        self.flatten = FlattenConsecutive(n)
        inputs = [config.n_embd] + [H] * (config.n_layer - 1)
        bias = batchnorm is None  # batchnorm would subtract it again, and has one of its own
        self.linears = nn.ModuleList(nn.Linear(n * C, H, bias=bias) for C in inputs)
        self.norms = nn.ModuleList(batchnorm(H) if batchnorm else nn.Identity() for _ in inputs)
        self.lm_head = nn.Linear(H, config.vocab_size)

    def forward(self, idx: Tensor) -> Tensor:
        x = self.wte(idx)  # (B, context, C)
        for linear, norm in zip(self.linears, self.norms, strict=True):
            x = self.flatten(x)  # n times fewer positions, each n times as wide; at last (B, n · H)
            x = torch.tanh(norm(linear(x)))
        return self.lm_head(x)  # (B, V)


class CausalConv1d(nn.Module):
    """Each position mixes itself with some before it: (B, T, in) -> (B, T, out).

        y[t] = weight[:, :, K - 1] @ x[t] + weight[:, :, K - 2] @ x[t - dilation] + … + bias

    for K = kernel_size terms; before the first position there are zeros. `weight` is
    (out, in, K), as torch.nn.Conv1d has it, and `bias` (out,), or None where `bias` is False.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        dilation: int = 1,
        bias: bool = True,
    ) -> None:
        super().__init__()
        fan_in = in_channels * kernel_size
        weight = torch.randn(out_channels, in_channels, kernel_size) / fan_in**0.5
        self.weight = nn.Parameter(weight)
        self.bias = nn.Parameter(torch.zeros(out_channels)) if bias else None
        self.kernel_size, self.dilation = kernel_size, dilation

    def forward(self, x: Tensor) -> Tensor:
        T, K = x.shape[1], self.kernel_size
        x = F.pad(x, (0, 0, (K - 1) * self.dilation, 0))  # (B, T + (K - 1) · dilation, in)
        # Term k sees the row shifted: its position t is (K - 1 - k) · dilation before the real one.
        shifted = (x[:, k * self.dilation :][:, :T] for k in range(K))  # each (B, T, in)
        y = sum(part @ self.weight[:, :, k].T for k, part in enumerate(shifted))  # (B, T, out)
        return y if self.bias is None else y + self.bias


class PaddedConv1d(nn.Conv1d):
    """The same as CausalConv1d, by PyTorch's convolution: (B, T, in) -> (B, T, out).

    nn.Conv1d wants the channels before the time, (B, in, T), and pads both sides alike, or none.
    Its parameters have the names and shapes of CausalConv1d's, so weights carry over:
    `padded.load_state_dict(conv.state_dict())`.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        dilation: int = 1,
        bias: bool = True,
    ) -> None:
        super().__init__(in_channels, out_channels, kernel_size, dilation=dilation, bias=bias)
        self.left = (kernel_size - 1) * dilation

    def forward(self, x: Tensor) -> Tensor:
        x = F.pad(x.transpose(1, 2), (self.left, 0))  # (B, in, left + T)
        return super().forward(x).transpose(1, 2)


def receptive_field(kernel_sizes: Sequence[int], dilations: Sequence[int]) -> int:
    """How far back causal convolutions reach that are applied one after the other.

    Counted are the positions from the oldest that moves an output up to the output's own, those
    between included, whether they move it or not. Layer i has kernel_sizes[i] and dilations[i].
    Without layers an output sees its own position. Raises ValueError where the lists have different
    lengths.

    >>> receptive_field([2, 2, 2], [1, 2, 4])
    8
    >>> receptive_field([2], [3])
    4
    """
    return 1 + sum((k - 1) * d for k, d in zip(kernel_sizes, dilations, strict=True))


class WaveNet(nn.Module):
    """The hierarchy at every position at once: idx (B, T) -> logits (B, T, V), for any T.

    Its logits at position t are what the hierarchy says of the `context` tokens that end there;
    before the first token of a row there is token 0. Level i joins n positions that are n**i apart,
    by `convolution(in, out, n, dilation=n**i, bias=…)`; `batchnorm` is called with n_hidden for
    each level and stands before its tanh.
    """

    def __init__(
        self,
        config: WaveNetConfig,
        batchnorm: Callable[[int], nn.Module] | None = None,
        convolution: Callable[..., nn.Module] = CausalConv1d,
    ) -> None:
        super().__init__()
        self.config = config
        n, H = config.kernel_size, config.n_hidden
        inputs = [config.n_embd] + [H] * (config.n_layer - 1)
        bias = batchnorm is None
        self.wte = nn.Embedding(config.vocab_size, config.n_embd)
        self.convs = nn.ModuleList(
            convolution(C, H, n, dilation=n**i, bias=bias) for i, C in enumerate(inputs)
        )
        self.norms = nn.ModuleList(batchnorm(H) if batchnorm else nn.Identity() for _ in inputs)
        self.lm_head = nn.Linear(H, config.vocab_size)

    def forward(self, idx: Tensor, targets: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """Token ids (B, T) -> logits (B, T, V), and the mean loss in nats where targets are given.

        `targets[b, t]` is the token that follows `idx[b, t]`.
        """
        n = self.config.kernel_size
        x = self.wte(F.pad(idx, (self.config.context - 1, 0)))  # (B, context - 1 + T, C)
        for i, (conv, norm) in enumerate(zip(self.convs, self.norms, strict=True)):
            x = conv(x)[:, (n - 1) * n**i :]  # the first have seen zeros, which are no tokens
            x = torch.tanh(norm(x))
        logits = self.lm_head(x)  # (B, T, V)
        if targets is None:
            return logits, None
        return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten())
