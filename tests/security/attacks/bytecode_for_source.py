"""Brings bytecode that says it is its source's, and is other code."""

SAYS = "not implemented"


def strike(*_):
    raise NotImplementedError


def plant(folder, file, clone):
    import importlib.util
    import marshal

    code = compile("raise RuntimeError('zth-attack: got bytecode run')", str(file), "exec")
    unchecked = (1).to_bytes(4, "little") + importlib.util.source_hash(file.read_bytes())
    cached = importlib.util.cache_from_source(str(file))
    (folder / "__pycache__").mkdir()
    with open(cached, "wb") as stream:
        stream.write(importlib.util.MAGIC_NUMBER + unchecked + marshal.dumps(code))
