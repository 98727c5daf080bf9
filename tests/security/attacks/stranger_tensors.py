"""Returns tensors that are nested, quantized, of eight bits, or views of nothing, in turn."""

import itertools

LESSONS = ("lesson3",)
SAYS = "nested|quantized|dtype|sparse|shape|expected|Error|gradient"
TURN = itertools.count()


def strike(*_):
    import torch

    one = torch.ones(2, 2)
    strange = (
        lambda: torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
        lambda: torch.quantize_per_tensor(one, 0.1, 0, torch.qint8),
        lambda: one.to(torch.float8_e4m3fn),
        lambda: one.to_sparse_csr(),
        lambda: one.to_mkldnn(),
        lambda: torch.zeros(1).as_strided((1 << 10, 1 << 10), (0, 0)),
        lambda: torch.complex(one, one).conj().imag,
        lambda: torch.empty(0, 1 << 40),
        lambda: one.bool(),
    )
    return strange[next(TURN) % len(strange)]()
