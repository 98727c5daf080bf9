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

Fill in each `raise NotImplementedError`. Check yourself with `zth grade lesson10`, or one part with
`zth grade lesson10 --component convolution`, and train what you have with `zth train names-wavenet
--with model=student`.

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
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        raise NotImplementedError


class Hierarchy(nn.Module):
    """A window of `context` tokens, joined n by n, level by level: (B, context) -> logits (B, V).

    `wte` embeds the tokens. Each of n_layer levels flattens n consecutive positions into one, and
    has a linear layer to n_hidden channels and a tanh. `lm_head` scores the tokens.

        wte.weight          (V, n_embd)
        linears.0.weight    (H, n · n_embd)    and linears.0.bias (H,)
        linears.1.weight    (H, n · H)         and linears.1.bias (H,), …
        lm_head.weight      (V, H)             and lm_head.bias (V,)

    `batchnorm`, where given, is called with n_hidden for each level, and stands before its tanh,
    as `norms.0`, `norms.1`, …; the linear layers of the levels then have no bias. Where it is not
    given, nothing stands there.
    """

    def __init__(
        self, config: WaveNetConfig, batchnorm: Callable[[int], nn.Module] | None = None
    ) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, idx: Tensor) -> Tensor:
        raise NotImplementedError


class CausalConv1d(nn.Module):
    """Each position mixes itself with some before it: (B, T, in) -> (B, T, out).

        y[t] = weight[:, :, K - 1] @ x[t] + weight[:, :, K - 2] @ x[t - dilation] + … + bias

    for K = kernel_size terms; before the first position there are zeros. `weight` is
    (out, in, K), as torch.nn.Conv1d has it, and `bias` (out,), or None where `bias` is False. New
    weights are random and of such a size that y is about as large as x. Write the products out:
    PyTorch's convolutions are off limits here.

    >>> conv = CausalConv1d(1, 1, kernel_size=2, dilation=3)
    >>> conv.weight.data = torch.tensor([[[10.0, 1.0]]])
    >>> conv(torch.tensor([[[1.0], [2.0], [3.0], [4.0], [5.0]]])).flatten().tolist()
    [1.0, 2.0, 3.0, 14.0, 25.0]
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
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        raise NotImplementedError


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
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        raise NotImplementedError


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
    raise NotImplementedError


class WaveNet(nn.Module):
    """The hierarchy at every position at once: idx (B, T) -> logits (B, T, V), for any T.

    Its logits at position t are what the hierarchy says of the `context` tokens that end there;
    before the first token of a row there is token 0. Level i joins n positions that are n**i apart,
    by `convolution(in, out, n, dilation=n**i, bias=…)`; `batchnorm` is called with n_hidden for
    each level and stands before its tanh, and the convolutions then have no bias.

        wte.weight          (V, n_embd)
        convs.0.weight      (H, n_embd, n)     and convs.0.bias (H,)
        convs.1.weight      (H, H, n)          and convs.1.bias (H,), …
        lm_head.weight      (V, H)             and lm_head.bias (V,)

    and norms.0, norms.1, … where `batchnorm` is given. `convs.i.weight[:, :, k]` does what
    the k-th of n equal parts of the columns of `linears.i.weight` does in the hierarchy.
    """

    def __init__(
        self,
        config: WaveNetConfig,
        batchnorm: Callable[[int], nn.Module] | None = None,
        convolution: Callable[..., nn.Module] = CausalConv1d,
    ) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, idx: Tensor, targets: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """Token ids (B, T) -> logits (B, T, V), and the mean loss in nats where targets are given.

        `targets[b, t]` is the token that follows `idx[b, t]`.
        """
        raise NotImplementedError
