"""What the tests of several lessons stand on."""

from __future__ import annotations

import re
import sys

import pytest

from zth import trees


@pytest.fixture
def reference(monkeypatch):
    """The reference tree can be imported, afresh, as a learner's can be in its folder."""
    for name in [name for name in sys.modules if re.match(r"lesson\d+_", name)]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(str(trees.shipped(trees.REFERENCE)))
