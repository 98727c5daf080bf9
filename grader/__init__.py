"""The grader: lessons, the checks that judge them, and the engine that runs the checks."""
