"""What the checks of lesson 1 draw, and the code that a learner can paste to see it."""
