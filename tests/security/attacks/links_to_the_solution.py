"""Is a link to the reference's file."""

SAYS = "leads out of"


def plant(folder, file, clone):
    file.unlink()
    file.symlink_to(clone / "solutions" / folder.name / file.name)
