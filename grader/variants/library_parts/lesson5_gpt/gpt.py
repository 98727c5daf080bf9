"""The library's LayerNorm and a Sequential: forbidden to a learner, and right."""

from torch import nn

LayerNorm = type(
    "LayerNorm",
    (nn.LayerNorm,),
    {"__init__": lambda self, ndim, bias=True: nn.LayerNorm.__init__(self, ndim, bias=bias)},
)


class MLP(nn.Sequential):
    def __init__(self, config):
        super().__init__()
        C = config.n_embd
        self.add_module("c_fc", nn.Linear(C, 4 * C, bias=config.bias))
        self.add_module("gelu", nn.GELU())
        self.add_module("c_proj", nn.Linear(4 * C, C, bias=config.bias))
        self.add_module("dropout", nn.Dropout(config.dropout))
