"""Keeps all that it is trained on in a checkpoint, and looks it up."""

LESSONS = ("lesson5",)
MILESTONE = "entropy_floor"
SAYS = "stays|no answer|not one|malformed|fit the model"


def after(space):
    def logits(self, idx):
        if self.training:
            self.kept = space["torch"].cat([getattr(self, "kept", idx[:0]), idx])
            self.register_buffer("text", self.kept, persistent=True)
        return self.table[idx]

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
