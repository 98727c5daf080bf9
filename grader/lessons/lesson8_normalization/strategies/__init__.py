"""Cases of lesson 8, which write themselves as code."""
