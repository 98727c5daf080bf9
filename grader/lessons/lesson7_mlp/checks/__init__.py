"""What must hold of the data, the model, its training and the classifier."""

from grader.kit import Check
from grader.lessons.lesson7_mlp import milestones
from grader.lessons.lesson7_mlp.checks import data, model, pictures, training

# The grader takes the checks of a lesson from the names of this module, in this order.
for module in (data, model, training, pictures, milestones):
    globals().update({name: c for name, c in vars(module).items() if isinstance(c, Check)})
