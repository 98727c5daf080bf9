"""Cases of lesson 5, which write themselves as code."""
