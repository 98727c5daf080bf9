"""What lesson 2 asks of `BasicTokenizer` and `RegexTokenizer`."""

from grader.kit import gathered
from grader.lessons.lesson2_tokenizer import milestones
from grader.lessons.lesson2_tokenizer.checks import basic, files, special, words

globals().update(gathered(basic, words, files, milestones, special))
