"""What must hold of gradients that were worked out by hand."""

from grader.kit import Check
from grader.lessons.lesson9_backprop import milestones
from grader.lessons.lesson9_backprop.checks import fused, steps, whole

# The grader takes the checks of a lesson from the names of this module, in this order.
for module in (steps, fused, whole, milestones):
    globals().update({name: c for name, c in vars(module).items() if isinstance(c, Check)})
