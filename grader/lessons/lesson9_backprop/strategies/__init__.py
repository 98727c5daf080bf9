"""Cases of lesson 9, which write themselves as code."""
