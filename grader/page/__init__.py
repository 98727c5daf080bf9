"""Grading in a page of the site: the same checks, played in one interpreter, without a sandbox.

The browser is the sandbox there. What the page shows is for its reader alone and never a grade of a
class. Left out is what needs processes: limits of time and memory, milestones over a corpus, and
what a failure is known as (`grader.diagnosis`), which plays dozens of wrong implementations.
"""
