"""Calls the private kernels of which PyTorch's functions are made."""

import torch

LESSONS = ("lesson3", "lesson5")
SAYS = "scaled_dot_product|layer_norm"


def after(space):
    if "scaled_dot_product_attention" in space and "Head" in space:
        hidden = getattr(torch, "_scaled_dot_product" + "_attention_math")
        space["scaled_dot_product_attention"] = lambda q, k, v, is_causal=False: hidden(
            q, k, v, None, 0.0, is_causal
        )[0]
    if "LayerNorm" in space:
        hidden = getattr(torch, "native_layer" + "_norm")
        made = {
            "__init__": built,
            "forward": lambda s, x: hidden(x, s.weight.shape, s.weight, s.bias, 1e-5)[0],
        }
        space["LayerNorm"] = type("LayerNorm", (space["nn"].Module,), made)


def built(self, ndim, bias=True):
    super(type(self), self).__init__()
    self.weight = torch.nn.Parameter(torch.ones(ndim))
    self.bias = torch.nn.Parameter(torch.zeros(ndim)) if bias else None
