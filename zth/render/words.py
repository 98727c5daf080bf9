"""What is said alike wherever a report is shown."""

from __future__ import annotations

from zth.language import tr
from zth.records import Breach
from zth.render.escape import plain


def said(breach: Breach) -> str:
    """What a breach means, in a sentence."""
    return tr(
        "{name} is used at {where}: {component} earns no points until it is gone",
        name=plain(breach.name),
        where=plain(breach.where),
        component=breach.component,
    )


def withheld() -> str:
    """What a report says where the grader failed."""
    return tr("The grader itself failed, so this grade does not count; please report it.")
