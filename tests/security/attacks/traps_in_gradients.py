"""Returns a right shape whose gradient ends the process, or never comes to an end."""

LESSONS = ("lesson3",)
SAYS = "SystemExit|ended|expected|no answer"


def strike(q, k, v, is_causal=False):
    import torch

    class Trap(torch.autograd.Function):
        @staticmethod
        def forward(_, x):
            return x.clone()

        @staticmethod
        def backward(*_):
            raise SystemExit(0)

    return Trap.apply((q @ k.mT).softmax(-1) @ v)
