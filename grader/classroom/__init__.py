"""A class: submissions of many, graded together, and boards that can be trusted."""
