"""What must hold of the counted bigram model and of the learned one, in the components' order."""

from grader.lessons.lesson6_bigram.checks.counting import *  # noqa: F403
from grader.lessons.lesson6_bigram.checks.network import *  # noqa: F403
