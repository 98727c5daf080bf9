"""A neural language model: look the last tokens up, think once, score the next.

    >>> model = MLP(MLPConfig(vocab_size=27, block_size=16, context=3))
    >>> logits, loss = model(torch.zeros(1, 16, dtype=torch.long))
    >>> logits.shape, loss
    (torch.Size([1, 16, 27]), None)

Sources: "A Neural Probabilistic Language Model" (Bengio et al., 2003); the lecture "Building
makemore Part 2: MLP".
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

# In the comments: B rows in a batch, T tokens in a row, V = vocab_size.


@dataclass(frozen=True)
class MLPConfig:
    """The size of a model; the defaults are those of the lecture's larger one."""

    vocab_size: int = 27
    block_size: int = 16  # tokens in a row, when it trains on a text
    context: int = 3  # tokens that a prediction is made from
    n_embd: int = 10  # numbers that stand for a token
    n_hidden: int = 200


def windows(idx: Tensor, context: int) -> Tensor:
    """For each position, its own token and the `context - 1` before it, the oldest first.

    Token ids (B, T) -> (B, T, context). Before the first token of a row, all tokens are 0.

    >>> windows(torch.tensor([[5, 6, 7]]), 2).tolist()
    [[[0, 5], [5, 6], [6, 7]]]
    """
    padded = F.pad(idx, (context - 1, 0))  # (B, context - 1 + T), zeros in front
    return padded.unfold(1, context, 1)  # (B, T, context)


class MLP(nn.Module):
    """The tokens of a window, each as its embedding, through one hidden layer of tanh.

    `batchnorm`, where it is given, is called with n_hidden; the module that it makes, which maps
    (B, T, n_hidden) to the same, stands before the tanh.

    - `wte`      an embedding V -> n_embd: the same table for every place in the window
    - `hidden`   a linear layer context · n_embd -> n_hidden, with a bias
    - `norm`     what `batchnorm` makes, or None
    - `lm_head`  a linear layer n_hidden -> V, with a bias
    """

    def __init__(
        self, config: MLPConfig, batchnorm: Callable[[int], nn.Module] | None = None
    ) -> None:
        super().__init__()
        self.config = config
        self.wte = nn.Embedding(config.vocab_size, config.n_embd)
        self.hidden = nn.Linear(config.context * config.n_embd, config.n_hidden)
        self.norm = None if batchnorm is None else batchnorm(config.n_hidden)
        self.lm_head = nn.Linear(config.n_hidden, config.vocab_size)

    def forward(self, idx: Tensor, targets: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
        """Token ids (B, T) -> logits (B, T, V), and the mean loss in nats where targets are given.

        `targets` (B, T) has the token that follows each of idx; or, as `build_dataset` has it,
        (B,) the token that follows each row.
        """
        x = self.wte(windows(idx, self.config.context))  # (B, T, context, n_embd)
        x = self.hidden(x.flatten(2))  # (B, T, n_hidden)
        if self.norm is not None:
            x = self.norm(x)
        logits = self.lm_head(torch.tanh(x))  # (B, T, V)
        if targets is None:
            return logits, None
        scored = logits[:, -1:] if targets.dim() == 1 else logits
        return logits, F.cross_entropy(scored.flatten(0, 1), targets.flatten())
