"""What a right tokenizer reaches on real text, measured by the grader."""
