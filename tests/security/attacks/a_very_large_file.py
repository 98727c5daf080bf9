"""Is a file of a gigabyte, of which the disk holds nothing."""

SAYS = "a file of a tree may have"


def plant(folder, file, clone):
    import os

    os.truncate(file, 1 << 30)
    (folder / "beside.py").touch()
    os.truncate(folder / "beside.py", 1 << 40)
