"""Writes results where a runner may look for them."""

ISOLATING = True
SAYS = "not implemented"
FOLDERS = (".", "/tmp", "/var/tmp", "/dev/shm", "/", "CLONE", "BESIDE", "TREE")


def strike(*_):
    for folder in FOLDERS:
        for name in ("results.json", "results.pkl", "report.xml"):
            try:
                with open(f"{folder}/zth-attack-{name}", "w") as file:
                    file.write('{"score": 100}')
            except OSError:
                continue
    raise NotImplementedError
