"""torch's own: forbidden to a learner, and right."""

from torch.nn.utils import clip_grad_norm_

__all__ = ["clip_grad_norm_"]
