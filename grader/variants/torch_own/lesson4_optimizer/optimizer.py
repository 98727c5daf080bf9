"""torch's own: forbidden to a learner, and right."""

from torch.optim import SGD, AdamW

__all__ = ["SGD", "AdamW"]
