"""What lesson 1 asks of `Value`, `Neuron`, `Layer` and `MLP`."""

from grader.kit import Check
from grader.lessons.lesson1_autograd import milestones
from grader.lessons.lesson1_autograd.checks import graphs, networks, operations

# The grader takes the checks of a lesson from the names of this module, in this order.
for module in (operations, graphs, networks, milestones):
    globals().update({name: c for name, c in vars(module).items() if isinstance(c, Check)})
