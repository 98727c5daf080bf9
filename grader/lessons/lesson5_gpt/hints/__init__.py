"""The further hints of lesson 5, each step nearer to the answer."""
