"""Has the files beside it that interpreters, test runners and tools read by themselves."""

SAYS = "not implemented"


def strike(*_):
    raise NotImplementedError


def plant(folder, file, clone):
    stop = "import os; os._exit(0)\n"
    for place in (folder, folder.parent):
        for name in ("evil.pth", "sitecustomize.py", "usercustomize.py", "conftest.py", "setup.py",
                     "python311._pth", "__main__.py"):  # fmt: skip
            (place / name).write_text(stop)
        (place / "pytest.ini").write_text("[pytest]\naddopts = --co -q\n")
        (place / "pyproject.toml").write_text("[tool.zth]\npoints = 1000\n")
        (place / "pyvenv.cfg").write_text("home = /tmp\n")
