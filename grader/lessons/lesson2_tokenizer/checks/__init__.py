"""What lesson 2 asks of `BasicTokenizer` and `RegexTokenizer`."""

from grader.kit import Check
from grader.lessons.lesson2_tokenizer import milestones
from grader.lessons.lesson2_tokenizer.checks import basic, files, special, words

# The grader takes the checks of a lesson from the names of this module, in this order.
for module in (basic, words, files, milestones, special):
    globals().update({c.id: c for c in vars(module).values() if isinstance(c, Check)})
