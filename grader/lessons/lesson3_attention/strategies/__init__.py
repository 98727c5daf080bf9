"""Cases of lesson 3, and the code that a learner can paste to see one fail."""
