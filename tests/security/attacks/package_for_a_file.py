"""Has a package and a library of the same name beside it, which an import finds first."""

SAYS = "not implemented"


def strike(*_):
    raise NotImplementedError


def plant(folder, file, clone):
    (folder / file.stem).mkdir()
    text = "raise RuntimeError('zth-attack: got other code run')"
    (folder / file.stem / "__init__.py").write_text(text)
    (folder / f"{file.stem}.abi3.so").write_bytes(b"\x7fELF" + bytes(100))
