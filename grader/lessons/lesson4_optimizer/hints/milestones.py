"""Further hints at the milestones."""

ILL_CONDITIONED = (
    (
        "The report gives your steps and, in brackets, the reference's. Which of the runs falls "
        "behind: the plain one, or only one with momentum? Its settings are in the chapter's "
        "table."
    ),
    (
        "A mistake that no single step shows adds up over hundreds: a state that begins anew, a "
        "rate that is read once, a float32 tensor on the way. Run zth grade lesson4 without a "
        "milestone again, since the smallest failing case tells more than a long run."
    ),
)
LANGUAGE_MODEL = (
    (
        "The model has three matrices of different shapes, and its learning rate changes at "
        "every step. So look at what may be mixed up: states, shapes, and the rate of an earlier "
        "step."
    ),
    (
        "E holds a row for each token, and a token that is not in the batch has a gradient of "
        "zeros there, which is a gradient. Print the size of each matrix's step; they should "
        "fall with the rate, and none should stand still."
    ),
)
