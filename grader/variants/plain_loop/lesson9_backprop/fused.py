"""Row by row, and column by column."""

import torch


def cross_entropy_backward(logits, Yb):
    rows = []
    for row, y in zip(logits, Yb, strict=True):
        raised = (row - row.max()).exp()
        p = raised / raised.sum()
        p[y] -= 1
        rows.append(p / len(Yb))
    return torch.stack(rows)


def batchnorm_backward(dhpreact, bnraw, bnvar_inv, bngain):
    n, columns = len(dhpreact), []
    for up, raw, inverse, gain in zip(dhpreact.T, bnraw.T, bnvar_inv[0], bngain[0], strict=True):
        direct = gain * inverse * up
        by_variance = -gain * inverse * raw * torch.dot(up, raw) / (n - 1)
        both = direct + by_variance
        columns.append(both - both.mean())
    return torch.stack(columns, dim=1)
