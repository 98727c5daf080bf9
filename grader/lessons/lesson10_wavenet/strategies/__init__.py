"""Cases of lesson 10, which write themselves as code."""
