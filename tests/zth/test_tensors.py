"""A caller's tensors are watched, whatever their size."""

import numpy as np
import pytest

from zth.worker.answers import BadAnswer
from zth.worker.tensors import tensor, unchanged

torch = pytest.importorskip("torch")


def test_an_empty_tensor_that_stays_is_unchanged():
    with unchanged(tokens=tensor(np.array([], dtype=np.int64))):
        pass


def test_an_empty_tensor_that_grows_is_changed():
    given = torch.zeros(0, dtype=torch.int64)
    with pytest.raises(BadAnswer, match="tokens was changed in place"), unchanged(tokens=given):
        given.resize_(1).zero_()


def test_one_number_of_a_strided_row_is_watched():
    [given] = torch.arange(4.0)[None, ::2].unbind()
    with unchanged(x=given[:1]):
        pass
    with pytest.raises(BadAnswer, match="x was changed in place"), unchanged(x=given[:1]):
        given[0] = 1.0
