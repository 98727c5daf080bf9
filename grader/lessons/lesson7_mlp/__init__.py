"""Lesson 7, an MLP language model, how it is trained, and handwritten digits."""

from zth.records import Component, Lesson

DATA, MODEL = "lesson7_mlp/data.py", "lesson7_mlp/mlp.py"
LOOP, PICTURES = "lesson7_mlp/train.py", "lesson7_mlp/digits.py"

SPLITS = Component("splits", "Three splits of words", DATA, "split_words")
DATASET = Component("dataset", "Words as examples", DATA, "build_dataset")
MINIBATCHES = Component("minibatches", "Mini-batches of examples", DATA, "minibatch")
WINDOWS = Component("windows", "The window of each position", MODEL, "windows")
MLP_LM = Component("mlp_lm", "An MLP as a language model", MODEL, "MLP")
DESCENT = Component("descent", "Training by mini-batches", LOOP, "train")
SWEEP = Component("sweep", "A sweep of learning rates", LOOP, "sweep")
CHOICE = Component("choice", "A rate, read off the sweep", LOOP, "choose_rate")
SPLIT_LOSS = Component("split_loss", "The loss of a whole split", LOOP, "split_loss")
CLASSIFIER = Component("classifier", "An MLP as a classifier", PICTURES, "Classifier")
PREDICTIONS = Component("predictions", "The likeliest class", PICTURES, "predict")
DIGITS = Component("digits", "A classifier that reads digits", PICTURES, "train_digits")

LESSON = Lesson(
    id="lesson7",
    title="Embeddings and an MLP",
    folder="lesson7_mlp",
    components=(
        SPLITS,
        DATASET,
        MINIBATCHES,
        WINDOWS,
        MLP_LM,
        DESCENT,
        SWEEP,
        CHOICE,
        SPLIT_LOSS,
        CLASSIFIER,
        PREDICTIONS,
        DIGITS,
    ),
    driver="grader.lessons.lesson7_mlp.driver",
    checks="grader.lessons.lesson7_mlp.checks",
    packages=("torch", "torch._dynamo"),  # the second: what torch.optim imports when it is used
    chapter="docs/lesson7_mlp.md",
)
