"""Is a link to the reference's folder."""

SAYS = "leads out of"


def plant(folder, file, clone):
    import shutil

    shutil.rmtree(folder)
    folder.symlink_to(clone / "solutions" / folder.name)
