"""Returns tensors that are huge, without values, not dense, not real or not finite, in turn."""

import itertools

LESSONS = ("lesson3",)
SAYS = "elements|meta|sparse|complex|shape|nan|inf|dtype|expected"
TURN = itertools.count()


def strike(*_):
    import torch

    strange = (
        lambda: torch.zeros(1).expand(1 << 20, 1 << 20),
        lambda: torch.zeros(2, 2, device="meta"),
        lambda: torch.eye(2).to_sparse(),
        lambda: torch.zeros(2, dtype=torch.complex64),
        lambda: torch.full((2, 2), float("nan")),
        lambda: torch.full((2, 2), float("inf")),
        lambda: torch.zeros(0),
        lambda: torch.zeros(()),
        lambda: torch.zeros([1] * 40),
    )
    return strange[next(TURN) % len(strange)]()
