"""The untrusted side: the process that runs a learner's code. Never imported by the host."""
