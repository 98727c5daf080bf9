"""A class in the browser: the boards, a student's own page, an instructor's; and its workers."""
