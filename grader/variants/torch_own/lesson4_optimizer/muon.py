"""torch's own, which works in bfloat16: forbidden to a learner, and right."""

from torch.optim import Muon

__all__ = ["Muon"]
