"""What `zth hint` says of lesson 4 after a check's first hint, each step nearer to the answer."""
