"""How weights start, so that signals keep their size through many layers.

Sources: "Delving Deep into Rectifiers" (He et al., 2015); "Language Models are Unsupervised
Multitask Learners" (Radford et al., 2019).
"""

import math

import torch
from torch import Tensor, nn

# What undoes the shrinking of each nonlinearity: ReLU drops half of the square, tanh squashes.
GAINS = {"linear": 1.0, "tanh": 5 / 3, "relu": math.sqrt(2)}


def kaiming_normal_(
    weight: Tensor, *, nonlinearity: str = "relu", generator: torch.Generator | None = None
) -> Tensor:
    """Fills a weight (fan_out, fan_in, …) in place from N(0, gain² / fan_in); returns it.

    fan_in counts the numbers that make one output: all dimensions but the first. The gain is 1 for
    "linear", 5/3 for "tanh", √2 for "relu". All that is random comes from `generator`. Raises
    ValueError for another nonlinearity, and for a weight of less than two dimensions.

    >>> w = kaiming_normal_(torch.empty(200, 50), nonlinearity="tanh")
    >>> 0.22 < w.std().item() < 0.25  # (5/3) / √50 = 0.236
    True
    """
    if nonlinearity not in GAINS:
        raise ValueError(f"no gain is known for {nonlinearity!r}; there are {', '.join(GAINS)}")
    if weight.dim() < 2:
        raise ValueError(f"a weight of shape {tuple(weight.shape)} has no fan_in")
    fan_in = weight[0].numel()
    with torch.no_grad():
        return weight.normal_(0.0, GAINS[nonlinearity] / math.sqrt(fan_in), generator=generator)


@torch.no_grad()
def gpt2_init_(model: nn.Module, n_layer: int, generator: torch.Generator | None = None) -> None:
    """Starts every nn.Linear and nn.Embedding of a model as GPT-2's, in place.

    Weights come from N(0, 0.02²), biases are 0. Each block adds two answers to the residual stream,
    through linear layers called `c_proj`; the weights of these start smaller by √(2 n_layer), so
    that the sum of all keeps its size. Other parameters, such as the gains of norms, stay.

    >>> model = nn.ModuleDict({"c_fc": nn.Linear(50, 200), "c_proj": nn.Linear(200, 50)})
    >>> gpt2_init_(model, n_layer=8)
    >>> [round(p.std().item(), 3) for p in model.parameters()]
    [0.02, 0.0, 0.005, 0.0]
    """
    for name, module in model.named_modules():
        if not isinstance(module, (nn.Linear, nn.Embedding)):
            continue
        residual = name.rpartition(".")[2] == "c_proj"
        std = 0.02 / math.sqrt(2 * n_layer) if residual else 0.02
        module.weight.normal_(0.0, std, generator=generator)
        if isinstance(module, nn.Linear) and module.bias is not None:
            module.bias.zero_()
