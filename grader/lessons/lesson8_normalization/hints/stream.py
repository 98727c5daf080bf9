"""What `zth hint` says of LayerScale and residuals, after a check's first hint."""

SCALES_EACH_CHANNEL = (
    (
        "x is (…, C) and gamma (C,): PyTorch stretches gamma over all dimensions but the last. "
        "With x = (2, 4) and gamma = (0.5, 10) the answer is (1, 40)."
    ),
    "Multiply x by self.gamma, which is an nn.Parameter of shape (dim,): nothing is added to it.",
)
STARTS_SMALL = (
    (
        "LayerScale(3).gamma has three numbers, all 0.0001. At 0 the weights before it would get "
        "no gradient at first; at 1 nothing would be gained."
    ),
    "torch.full((dim,), init) makes the tensor; wrap it into an nn.Parameter called gamma.",
)
ADDS_TO_ITS_INPUT = (
    (
        "Write x + scale(part(norm(x))) down for your four cases: with and without norm, with and "
        "without scale. Which of them is wrong? The x before the plus is the one that came in."
    ),
    (
        "In __init__ keep all three as attributes; a module or None is fine. In forward: read "
        "norm(x) if there is a norm, or else x; let the part answer; scale the answer if there is "
        "a scale; return x + answer, as a new tensor, with nothing detached."
    ),
)
ONLY_EQUAL_SHAPES_ARE_ADDED = (
    (
        "(2, 3) + (2, 1) works in PyTorch, and adds one number to three channels. That is hardly "
        "ever what was meant, and nobody would see it."
    ),
    "Compare answer.shape with x.shape before you add, and raise a ValueError with both.",
)
DEPTH_THAT_TRAINS = (
    (
        "The plain network of 4 layers needs a good start: what does describe say of each layer's "
        "output? With a gain of 5/3 before tanh it should have a standard deviation of about 0.65 "
        "in all of them."
    ),
    (
        "If only the deep residual one fails: look at the gradients, from the last layer to the "
        "first, by observe. Does the way around each layer arrive, x + answer, with the norm in "
        "front of the part and not on the sum?"
    ),
)
