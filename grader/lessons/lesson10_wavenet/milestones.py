"""What a right WaveNet reaches on names, measured by the grader."""
