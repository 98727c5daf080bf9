"""The leaderboards of a class: what is measured, how, and who is where.

`measure` gives a tree's value on a board with one secret seed; `table` makes ranks of what was
measured of all.
"""
