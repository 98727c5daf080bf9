"""The lessons: each is data, a driver that runs beside the learner's code, and checks."""
