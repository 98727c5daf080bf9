"""Lesson 10, WaveNet."""

from zth.records import Component, Lesson

FILE = "lesson10_wavenet/wavenet.py"
FORBIDDEN = tuple(
    f"torch.{owner}{function}"
    for owner, functions in {
        "nn.": ("Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "LazyConv1d"),
        "nn.functional.": ("conv1d", "conv2d", "conv3d", "conv_transpose1d"),
        "": ("conv1d", "conv2d", "conv3d", "conv_transpose1d", "convolution"),
    }.items()
    for function in functions
)

FLATTEN = Component("flatten", "Neighbours side by side", FILE, "FlattenConsecutive")
HIERARCHY = Component("hierarchy", "A tree over one window", FILE, "Hierarchy")
CONVOLUTION = Component("convolution", "Causal convolution", FILE, "CausalConv1d", FORBIDDEN)
PADDED = Component("padded", "The same by nn.Conv1d", FILE, "PaddedConv1d")
REACH = Component("reach", "The receptive field", FILE, "receptive_field")
WAVENET = Component("wavenet", "The tree at every position", FILE, "WaveNet")

LESSON = Lesson(
    id="lesson10",
    title="WaveNet",
    folder="lesson10_wavenet",
    components=(FLATTEN, HIERARCHY, CONVOLUTION, PADDED, REACH, WAVENET),
    driver="grader.lessons.lesson10_wavenet.driver",
    checks="grader.lessons.lesson10_wavenet.checks",
    packages=("torch", "torch._dynamo"),  # the second: what torch.optim imports when it is used
    chapter="docs/lesson10_wavenet.md",
)
