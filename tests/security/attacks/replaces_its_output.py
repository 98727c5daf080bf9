"""Replaces the streams to which the worker prints by objects that end the process."""

import sys

SAYS = "ended|SystemExit|not implemented"


class Stream:
    encoding = "utf-8"

    def write(self, text):
        raise SystemExit(0)

    def flush(self):
        raise SystemExit(0)


def strike(*_):
    sys.stdout = sys.stderr = Stream()
    raise NotImplementedError
