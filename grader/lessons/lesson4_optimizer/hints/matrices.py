"""Further hints at Newton–Schulz and Muon."""

SQUARES = (
    (
        "Follow a matrix of one number, 5: divided by its norm it is 1, and the steps make 0.70, "
        "1.11, 0.72, 1.09, 0.70 of it. The chapter has more such rows."
    ),
    (
        "Divide by the root of the sum of all squares. Five times: A = X Xᵀ, and X becomes a X + "
        "(b A + c A A) X, in matrix products (@). a is 3.4445, b is −4.7750 with its minus, c is "
        "2.0315. After the loop nothing is divided any more."
    ),
)
ANY_SHAPE = (
    (
        "For a (7, 3) matrix X Xᵀ would be 7 × 7. Transpose it to (3, 7), and it is 3 × 3; the "
        "result is transposed back."
    ),
    (
        "If there are more rows than columns, start the loop from the transposed matrix (.mT), "
        "and transpose what comes out. The result has the shape of the input. The divisor is the "
        "norm of all numbers, not the largest number: with that, singular values may exceed 1, "
        "and the loop explodes."
    ),
)
SMALL_VALUES = (
    (
        "After the division the smallest singular value is about 0.01. The steps make 0.03, "
        "0.12, 0.4, 1.09, 0.7 of it. Stop earlier, and it is too small."
    ),
    (
        "Five steps, the default of `steps`, and this polynomial of fifth degree. The better "
        "known 1.5 X − 0.5 X Xᵀ X brings small values up by 1.5 a step, which takes about three "
        "times as many."
    ),
)
SIZE = (
    (
        "X / norm is the same matrix for X and for 10,000 X. So does your division happen, and "
        "before the loop?"
    ),
    (
        "Divide by the norm once. What keeps you from dividing by 0 must be tiny beside any real "
        "norm, such as 1e-12: a matrix may have a norm of 1e-4."
    ),
)
ZEROS = (
    "0 / 0 is NaN, and a NaN spreads through every product.",
    (
        "Let the divisor be at least something tiny (clamp does that), or add something tiny to "
        "it. 0 divided by it is 0, and stays 0 in all five steps."
    ),
)
FIRST_MOVE = (
    (
        "At the first step the momentum is a multiple of g, with nesterov as well, and "
        "orthogonalize minds no positive factor."
    ),
    (
        "W moves by lr times your orthogonalize of the direction; for square and wide matrices "
        "that is all. Neither a division by the norm alone nor another factor (some use 0.2 · "
        "√max(rows, columns)) does what is asked for."
    ),
)
TALL = (
    "For (18, 2) the factor is √(18 / 2) = 3. For (2, 18) and for (2, 2) it is 1.",
    (
        "√max(1, rows / columns), with rows from p.shape[0], multiplies the orthogonal part "
        "together with lr. The decay remains lr · weight_decay · W."
    ),
)
MOMENTUM_COMES_FIRST = (
    (
        "Take two steps with different gradients. Orthogonalized is the mean of both, and not "
        "each for itself."
    ),
    (
        "The buffer starts at zeros, becomes momentum · buffer + (1 − momentum) · g at each step "
        "(lerp_ with 1 − momentum does that), and is a mean of gradients as they are. "
        "Orthogonalize it anew at every step, and keep nothing of the result."
    ),
)
MUON_LOOKS_AHEAD = (
    (
        "The direction is momentum · b + (1 − momentum) · g, with the new b. So the newest "
        "gradient counts a bit more."
    ),
    (
        "Make the direction as a new tensor: lerp without the underscore does. Neither the "
        "buffer nor p.grad has the mix in it afterwards. Without nesterov, the direction is the "
        "buffer."
    ),
)
MUON_DECAYS = (
    (
        "As with AdamW: with lr = 0.1 and weight_decay = 0.5, W is multiplied by 0.95 and then "
        "moves."
    ),
    (
        "Multiply W in place by 1 − lr · weight_decay, both from the group, before it moves. "
        "Added to the gradient, the decay would be orthogonalized along with it."
    ),
)
MUON_KEEPS_ITS_GROUPS = (
    (
        "Which matrix is wrong, one whose group was changed, or one whose gradient was missing "
        "or late?"
    ),
    (
        "Read all settings from the group in update. The buffer goes into the state that update "
        "is given, zeros like p at the first gradient of this matrix; by shape, two matrices "
        "would share one."
    ),
)
ONLY_MATRICES = (
    ("A vector would only fail at the first step, in X Xᵀ, far from where the mistake was made."),
    (
        "In __init__, once the groups are made, look at every parameter of every group, and "
        "raise ValueError where ndim is not 2. A column, (n, 1), is a matrix."
    ),
)
