"""The mean of the weights of the last steps, which are noisy each by itself."""

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F


@dataclass(frozen=True)
class ClassifierConfig:
    n_in: int = 64
    n_hidden: int = 256
    n_classes: int = 10


class Classifier(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.hidden = nn.Linear(config.n_in, config.n_hidden)
        self.head = nn.Linear(config.n_hidden, config.n_classes)

    def forward(self, x, targets=None):
        logits = self.head(torch.tanh(self.hidden(x)))
        if targets is None:
            return logits, None
        return logits, F.nll_loss(F.log_softmax(logits, dim=1), targets)


def predict(model, X):
    mode = model.training
    with torch.no_grad():
        answer = model.eval()(X)[0].log_softmax(1).sort(dim=1, stable=True).indices[:, -1]
    model.train(mode)
    return answer


def train_digits(model, images, labels, generator=None):
    parameters = list(model.parameters())
    means = [torch.zeros_like(p) for p in parameters]
    last = len(images) // 3
    steps = 2 * len(images) + last
    for step in range(steps):
        rows = torch.randint(len(images), (32,), generator=generator)
        noise = 0.2 * torch.randn(32, images.shape[1], generator=generator)
        grads = torch.autograd.grad(model(images[rows] + noise, labels[rows])[1], parameters)
        with torch.no_grad():
            for p, g, mean in zip(parameters, grads, means, strict=True):
                p -= 0.8 * g
                if step >= steps - last:
                    mean += p / last
    with torch.no_grad():
        for p, mean in zip(parameters, means, strict=True):
            p.copy_(mean)
