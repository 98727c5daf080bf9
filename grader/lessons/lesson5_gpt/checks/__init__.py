"""What must hold of a GPT's parts, of the whole, and of the loop that trains it."""

from grader.kit import Check
from grader.lessons.lesson5_gpt import milestones
from grader.lessons.lesson5_gpt.checks import (
    batches,
    checkpoints,
    model,
    parts,
    pretrained,
    training,
)

# The grader takes the checks of a lesson from the names of this module, in this order.
for module in (parts, model, pretrained, batches, training, checkpoints, milestones):
    globals().update({name: c for name, c in vars(module).items() if isinstance(c, Check)})
