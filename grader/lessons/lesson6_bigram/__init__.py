"""Lesson 6, bigrams: counted, and learned."""

from zth.records import Component, Lesson

COUNTING, NETWORK = "lesson6_bigram/counting.py", "lesson6_bigram/network.py"
FORBIDDEN = (
    "torch.nn.functional.nll_loss",
    "torch.nn.functional.cross_entropy",
    "torch.nn.NLLLoss",
    "torch.nn.CrossEntropyLoss",
)

COUNTS = Component("counts", "Counting bigrams", COUNTING, "count_bigrams")
SMOOTHING = Component("smoothing", "From counts to probabilities", COUNTING, "probabilities")
LIKELIHOOD = Component(
    "likelihood", "How well a table fits a text", COUNTING, "negative_log_likelihood", FORBIDDEN
)
DRAWING = Component("drawing", "Drawing names", COUNTING, "sample")
BIGRAM = Component("bigram", "The same model as a network", NETWORK, "Bigram")
DESCENT = Component("descent", "Training it by gradient", NETWORK, "train")

LESSON = Lesson(
    id="lesson6",
    title="Bigrams",
    folder="lesson6_bigram",
    components=(COUNTS, SMOOTHING, LIKELIHOOD, DRAWING, BIGRAM, DESCENT),
    driver="grader.lessons.lesson6_bigram.driver",
    checks="grader.lessons.lesson6_bigram.checks",
    packages=("torch", "torch._dynamo"),  # the second: what torch.optim imports when it is used
    chapter="docs/lesson6_bigram.md",
)
