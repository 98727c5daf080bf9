"""Lifts the limits that were set for it."""

import resource

SAYS = "not implemented"
KINDS = ("RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_NOFILE", "RLIMIT_CORE")
ISOLATING = True


def strike(*_):
    for name in KINDS:
        kind = getattr(resource, name)
        soft, hard = resource.getrlimit(kind)
        try:
            resource.setrlimit(kind, (hard + 1, hard + 1))
        except (OSError, ValueError):
            continue
        raise RuntimeError(f"zth-attack: got more of {name} than {soft}")
    raise NotImplementedError
