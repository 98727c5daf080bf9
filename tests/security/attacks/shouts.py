"""Gives scores that are no probabilities: enormous ones for every token at once."""

LESSONS = ("lesson5",)
MILESTONE = "entropy_floor"
SAYS = "stays|NaN or infinity|diverged"


def after(space):
    def logits(self, idx):
        return self.table[idx] + (0.0 if self.training else 1e30)

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
