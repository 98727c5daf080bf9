"""Brings modules that have the names of those that a runner imports."""

SAYS = "not implemented"
EXTRA = "torch numpy msgspec conftest sitecustomize usercustomize random typing driver pytest"
