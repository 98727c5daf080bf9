"""What `zth hint` says of lesson 9 after a check's first hint, each step nearer to the answer."""

# --- single steps -------------------------------------------------------------------------------

ROWS_ADD_UP = (
    (
        "With C of three rows and Xb = [0, 2, 2, 2], row 0 gets one of the four gradients, row 1 "
        "zeros, and row 2 the sum of three."
    ),
    (
        "Begin with zeros of C's shape. Go over all places (n, T): add demb there to the row of dC "
        "that Xb names. In a loop that is +=; dC[Xb] += demb keeps only one of several for the "
        "same row, index_add_ and accumulate=True keep all."
    ),
)
THREE_GRADIENTS = (
    (
        "dx must be (n, in), and there is dout (n, out) and W (in, out): transpose one of the two. "
        "dW must be (in, out), from x (n, in) and dout (n, out)."
    ),
    (
        "dx is dout times W transposed, dW is x transposed times dout, and db is the sum of dout "
        "over its rows. Nothing is divided by n: that is the loss's business."
    ),
)
FROM_THE_RESULT = (
    (
        "At h = 0 all flows back, at h = 0.5 three quarters, at h = 1 nothing. Is yours a function "
        "of h, or do you take tanh once more?"
    ),
    "The slope is 1 less the square of h. Multiply what flows back by it, number by number.",
)

# --- cross-entropy ------------------------------------------------------------------------------

FROM_THE_LOSS = (
    (
        "The loss of n = 3 rows is −(a + b + c) / 3, where a, b and c are the logprobs at the "
        "targets. What is its derivative for a? And for one that is not in it?"
    ),
    (
        "dlogprobs: zeros, with −1/n in each row at its target. dprobs: that, divided by probs, "
        "number by number, as the derivative of log x is 1/x."
    ),
)
THROUGH_THE_SUM = (
    (
        "probs = counts · counts_sum_inv: each factor gets the other one times dprobs; "
        "counts_sum_inv, which is (n, 1), gets the sum of that along the row. Then counts_sum, by "
        "the derivative of 1/x."
    ),
    (
        "dcounts_sum is dcounts_sum_inv times −1 over the square of counts_sum. dcounts has two "
        "parts: counts_sum_inv times dprobs, and dcounts_sum, which a sum hands to each of its "
        "terms as it is. Add them up."
    ),
)
TO_THE_LOGITS = (
    (
        "dnorm_logits is counts (which is exp of norm_logits) times dcounts. norm_logits = logits "
        "− logit_maxes: both get it, one of them with a minus and summed along the row."
    ),
    (
        "dlogits is dnorm_logits, and in each row the largest logit gets dlogit_maxes besides. "
        "Make a copy before you add to it, or dnorm_logits changes, too."
    ),
)

# --- batch norm ---------------------------------------------------------------------------------

GAIN_AND_BIAS = (
    (
        "hpreact = bngain · bnraw + bnbias. For one number of it, what is the derivative for each "
        "of the three? Where one number served all rows, sum over the rows."
    ),
    (
        "dbnbias is the sum of dhpreact over axis 0, dbngain that of bnraw · dhpreact, both with "
        "keepdim=True; dbnraw is bngain · dhpreact and keeps all rows."
    ),
)
THROUGH_THE_VARIANCE = (
    (
        "bnraw = bndiff · bnvar_inv, and bnvar_inv is (1, H): sum over the rows. In the next step, "
        "(bnvar + eps) to the power −3/2 is bnvar_inv cubed."
    ),
    (
        "dbnvar is −½ · bnvar_inv³ · dbnvar_inv. dbndiff2 is (n, H), each row of it dbnvar over "
        "n − 1."
    ),
)
THROUGH_THE_MEAN = (
    (
        "bndiff went into bnraw and into bndiff2: add bnvar_inv · dbnraw and 2 · bndiff · "
        "dbndiff2. bnmeani was taken off every row: minus the sum over the rows."
    ),
    (
        "dhprebn is dbndiff plus, in every row, dbnmeani over n: the mean divides by n, the "
        "variance by n − 1."
    ),
)

# --- fused --------------------------------------------------------------------------------------

IN_ONE_EXPRESSION = (
    (
        "The loss of a row is log(Σ exp(logits)) − logits[target]. What is the derivative of each "
        "of the two terms for one logit?"
    ),
    (
        "Softmax along the row, less 1 at the target (a one-hot vector, or an index), and all of "
        "it divided by the number of rows, since the loss is their mean."
    ),
)
LARGE_LOGITS = (
    "Of logits 1000 and 0, exp gives infinity and 1, and their share is not a number.",
    (
        "torch.softmax takes the largest off by itself. If you write it out, take each row's own "
        "maximum off before exp."
    ),
)
NORM_IN_ONE = (
    (
        "Put the steps together: dbnraw is gain · dhpreact. What reaches hprebn directly is "
        "bnvar_inv · dbnraw; by the mean comes minus its mean over the rows; by the variance, "
        "something along bnraw."
    ),
    (
        "bngain · bnvar_inv · (dhpreact − its mean over the rows − bnraw · s), where s is the sum "
        "over the rows of dhpreact · bnraw, divided by n − 1 as the variance is."
    ),
)

# --- the whole ----------------------------------------------------------------------------------

THE_LOSS = (
    "F.cross_entropy(logits, Yb) is allowed here: it is a step forward, not back.",
    "Call forward(p, Xb) for the logits (n, V), and return the mean, a tensor of one number.",
)
EVERY_PARAMETER = (
    (
        "logits, then h and W2 and b2, then hpreact, then the gain and the bias and hprebn, then "
        "embcat and W1 and b1, and last C. Which name is the first that is wrong?"
    ),
    (
        "forward returns what you need as v: v.h and W2 for the last linear layer, v.h for tanh, "
        "v.bnraw and v.bnvar_inv for batch norm, v.embcat and W1 for the first layer. The gradient "
        "of embcat becomes that of emb by its shape, v.emb.shape."
    ),
)
ANY_DTYPE = (
    "A number of Python's takes the dtype of the tensor that it meets; torch.zeros is float32.",
    "Make zeros with zeros_like, or say dtype=C.dtype; and leave out every .float() and .double().",
)
AUTOGRAD_IS_TOLD = (
    (
        "ByHand.backward gets dloss, the gradient of what the loss was used for, and gives one "
        "gradient for each argument of its forward, in order; None for those without."
    ),
    (
        "Each of your gradients, times dloss. That they come in the order of the names matters, "
        "not the order of your dict."
    ),
)
RUNNING = (
    "In training mode each batch moves bnmean and bnvar a little towards its own.",
    "Buffers are kept with the model and not trained: self.register_buffer. See _logits.",
)

# --- milestones ---------------------------------------------------------------------------------

AT_THE_LECTURES_SIZE = (
    (
        "The checks draw small batches. What in your code knows a size: a number in it, an axis "
        "that happened to be as long as another one?"
    ),
    (
        "Compare with autograd yourself: give the parameters requires_grad_(), let F.cross_entropy "
        "of forward's logits go backward, and look at each p.grad beside yours. Only what is "
        "graded must not."
    ),
)
NAMES = (
    (
        "Compare with the reference's curve: zth train names-by-hand, and the same with --with "
        "model=student."
    ),
    "If model.py is no longer as it came, take it again: zth reset lesson9 --component manual.",
)
