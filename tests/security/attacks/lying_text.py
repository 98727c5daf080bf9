"""Raises an error whose text is a string that lies about its length and what it holds."""

SAYS = "Told|ended|not text"


class Text(str):
    def __len__(self):
        return 1

    def __getitem__(self, _):
        return self

    def encode(self, *_):
        return self

    def decode(self, *_):
        return self


class Told(Exception):
    def __str__(self):
        return Text("zth" * 10_000_000)


def strike(*_):
    raise Told
