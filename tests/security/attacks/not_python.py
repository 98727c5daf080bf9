"""Is no text, or text that takes the parser down."""

SAYS = "cannot be imported|null|Error"


def plant(folder, file, clone):
    file.write_bytes(b"x = " + b"(" * 50_000 + b"\0" * 100 + b"\xff\xfe")
