"""Hides a text where no size is counted: in bytecode, in names and in links."""

LESSONS = ("lesson5",)
MILESTONE = "shakespeare_cpu"
SAYS = "the lesson's folder holds"


def plant(folder, file, clone):
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "text.pyc").write_bytes(bytes(100_000))
    for number in range(600):
        (folder / f"{number:03}{'x' * 200}").touch()
        (folder / f"link{number}").symlink_to("x" * 4000)
