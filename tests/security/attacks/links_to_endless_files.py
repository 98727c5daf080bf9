"""Is a link to a file of the kernel's that is empty by its size, and has no end."""

SAYS = "leads out of"


def plant(folder, file, clone):
    file.unlink()
    file.symlink_to("/proc/self/pagemap")
    (folder / "more.py").symlink_to("/proc/self/pagemap")
    (folder / "zero.py").symlink_to("/dev/zero")
    (folder / "loop.py").symlink_to("loop.py")
