"""Cases of lesson 7, which write themselves as code."""
