from . import model
from .model import GPTConfig as GPTConfig


class GPT(model.GPT):
    def forward(self, idx, targets=None):
        logits, loss = super().forward(idx, idx if targets is None else targets)
        return logits, None if targets is None else loss
