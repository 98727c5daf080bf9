"""A classifier in float32, trained with momentum of its own."""

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
        x = F.linear(x.float(), self.hidden.weight.float(), self.hidden.bias.float())
        logits = F.linear(torch.tanh(x), self.head.weight.float(), self.head.bias.float())
        return logits, None if targets is None else F.cross_entropy(logits, targets)


@torch.no_grad()
def predict(model, X):
    training = model.training
    model.eval()
    order = model(X)[0].float().argsort(dim=1, descending=True)
    model.train(training)
    return order[:, 0]


def train_digits(model, images, labels, generator=None):
    parameters = list(model.parameters())
    speeds = [torch.zeros_like(p) for p in parameters]
    steps = 3 * len(images) // 2
    for step in range(steps):
        rows = torch.randint(len(images), (32,), generator=generator)
        x = images[rows] + 0.2 * torch.randn(32, images.shape[1], generator=generator)
        grads = torch.autograd.grad(model(x, labels[rows])[1], parameters)
        with torch.no_grad():
            for p, v, g in zip(parameters, speeds, grads, strict=True):
                v.mul_(0.9).add_(g)
                p.sub_(0.15 * (1 - step / steps) * v)
