"""What must hold of a GPT's parts, of the whole, and of the loop that trains it."""

from grader.kit import gathered
from grader.lessons.lesson5_gpt import milestones
from grader.lessons.lesson5_gpt.checks import (
    batches,
    checkpoints,
    model,
    parts,
    pretrained,
    training,
)

globals().update(gathered(parts, model, pretrained, batches, training, checkpoints, milestones))
