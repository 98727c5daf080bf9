"""Has hypothesis skip all phases, so that no example fails."""

SAYS = "No module named 'hypothesis'"


def strike(*_):
    from hypothesis import settings

    settings.register_profile("none", phases=())
    settings.load_profile("none")
