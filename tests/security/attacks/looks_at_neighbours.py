"""Lets what it says of a row depend on the other rows of the batch."""

import torch

LESSONS = ("lesson5",)
MILESTONE = "entropy_floor"
SAYS = "what it may not see"


def after(space):
    def logits(self, idx):
        around = torch.nn.functional.one_hot(idx, self.V).float().mean(0, keepdim=True)
        return self.table[idx] + 3.0 * around

    if "GPT" in space:
        space["GPT"] = model(space, logits)


def model(space, logits):
    nn, torch = space["nn"], space["torch"]

    class GPT(nn.Module):
        def __init__(self, config, **_):
            super().__init__()
            self.V = config.vocab_size
            self.table = nn.Parameter(torch.zeros(self.V, self.V))

        def forward(self, idx, targets=None):
            scores = logits(self, idx)
            if targets is None:
                return scores, None
            return scores, nn.functional.cross_entropy(scores.flatten(0, 1), targets.flatten())

    return GPT
