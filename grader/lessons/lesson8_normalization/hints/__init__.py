"""The further hints of lesson 8, each step nearer to the answer."""
