"""Takes thousands of steps of training in the time of one, and brings ready-made weights."""

LESSONS = ("lesson5",)
MILESTONE = "own_loop"
SAYS = "no parameter has changed|losses for one step|no answer|stays"


def after(space):
    if "get_batch" in space:
        space["train"] = lambda *_, **__: [0.0] * 100_000


def plant(folder, file, clone):
    if file.name == "gpt.py":
        file.write_text((clone / "solutions" / folder.name / file.name).read_text())
