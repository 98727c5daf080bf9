"""Reads the token that it is to predict from the inputs, where it comes next."""

import torch

LESSONS = ("lesson5",)
MILESTONE = "entropy_floor"
SAYS = "what it may not see"


def after(space):
    def logits(self, idx):
        ahead = torch.nn.functional.one_hot(idx.roll(-1, dims=1), self.V)
        return self.table[idx] + 9.0 * ahead

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
