"""What a driver raises when the learner's result cannot be an answer at all."""


class BadAnswer(Exception):
    """The result has the wrong nature (a list for a tensor, an input changed in place).

    The text is one line in the learner's terms; the check FAILS with it.
    """
