"""What lesson 1 asks of `Value`, `Neuron`, `Layer` and `MLP`."""

from grader.kit import gathered
from grader.lessons.lesson1_autograd import milestones
from grader.lessons.lesson1_autograd.checks import graphs, networks, operations

globals().update(gathered(operations, graphs, networks, milestones))
