"""micrograd's own networks."""

from micrograd.nn import MLP, Layer, Neuron

__all__ = ["MLP", "Layer", "Neuron"]
