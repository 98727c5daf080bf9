"""What a driver raises when the learner's result cannot be an answer, or is to be an exception."""

from collections.abc import Callable


class BadAnswer(Exception):
    """The result has the wrong nature (a list for a tensor, an input changed in place).

    The text is one line in the learner's terms; the check FAILS with it. It may have places for
    values, `BadAnswer("{what} is a {kind}, expected a tensor", what=…, kind=…)`, so that the host
    can say it in the reader's language, which a worker does not know.
    """

    def __init__(self, text: str, /, **values: object) -> None:
        self.text = text
        self.values = {name: str(value) for name, value in values.items()}
        super().__init__(text.format(**self.values) if values else text)


def exception_of(attempt: Callable[[], object]) -> str:
    """The name of the exception that the attempt raises; empty where there is none.

    What is not implemented yet is no answer, and is raised on.
    """
    try:
        attempt()
    except NotImplementedError:
        raise
    except Exception as error:
        return type(error).__name__
    return ""
