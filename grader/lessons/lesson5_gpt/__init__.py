"""Lesson 5, GPT and its trainer."""

from zth.records import Component, Lesson

MODEL, LOOP = "lesson5_gpt/gpt.py", "lesson5_gpt/train.py"
FORBIDDEN = (
    "torch.nn.LayerNorm",
    "torch.nn.functional.layer_norm",
    "torch.native_layer_norm",
    "torch.nn.TransformerEncoderLayer",
    "torch.nn.TransformerDecoderLayer",
)

NORM = Component("norm", "Layer normalization", MODEL, "LayerNorm", FORBIDDEN)
MLP = Component("mlp", "The two-layer network in a block", MODEL, "MLP", FORBIDDEN)
BLOCK = Component("block", "One block", MODEL, "Block", FORBIDDEN)
GPT = Component("gpt", "The whole model", MODEL, "GPT", FORBIDDEN)
PRETRAINED = Component("pretrained", "GPT-2's weights", MODEL, "load_gpt2")
BATCHES = Component("batches", "Random batches of a text", LOOP, "get_batch")
EVALUATION = Component("evaluation", "An estimate of the loss", LOOP, "estimate_loss")
TRAINING = Component("training", "The training loop", LOOP, "train")
SAVING = Component("saving", "Saving a checkpoint", LOOP, "save_checkpoint")
LOADING = Component("loading", "Loading a checkpoint", LOOP, "load_checkpoint")

LESSON = Lesson(
    id="lesson5",
    title="GPT",
    folder="lesson5_gpt",
    components=(
        NORM,
        MLP,
        BLOCK,
        GPT,
        PRETRAINED,
        BATCHES,
        EVALUATION,
        TRAINING,
        SAVING,
        LOADING,
    ),
    driver="grader.lessons.lesson5_gpt.driver",
    checks="grader.lessons.lesson5_gpt.checks",
    packages=("torch", "torch._dynamo"),  # the second: what torch.optim imports when it is used
    chapter="docs/lesson5_gpt.md",
)
