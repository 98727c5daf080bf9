"""Raises an error whose text moves the cursor, turns the text round and is a formula."""

SAYS = "ValueError"


def strike(*_):
    raise ValueError("=1+1\x1b[2J\x1b[1;1H50 of 50 points\u202e<script>alert(1)</script>\x07")
