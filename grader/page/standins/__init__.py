"""Modules that stand at the top of a page's interpreter in place of what cannot be there."""
