"""What `zth hint` says of the three norms, after a check's first hint."""

BATCH_IS_NORMALISED = (
    (
        "Follow the shapes: x (B, T, C), mean and variance (C,), y (B, T, C). With two rows, 1 and "
        "3, the mean is 2 and the variance (1 + 1) / 2 = 1, so without gain and bias y is −1 and "
        "1, but for eps. What does yours give?"
    ),
    (
        "Flatten all dimensions but the last, and take the mean over dimension 0. The variance is "
        "the mean of the squared deviations, by n and not n − 1. Then deviation / √(variance + "
        "self.eps), times weight, plus bias; in training nothing of the running statistics."
    ),
)
BATCH_GRADIENTS = (
    (
        "Each row moves the mean and the variance of its channel, and so all the other rows. If "
        "either is detached, taken under no_grad or through .data or item(), the gradient of x "
        "lacks terms. For a channel, the gradients of x must sum to 0: do yours?"
    ),
    (
        "Only the update of the running statistics belongs under torch.no_grad(). What normalises "
        "is computed outside of it, by torch's operations, and weight and bias are nn.Parameters."
    ),
)
BATCH_SURVIVES_AN_OFFSET = (
    (
        "Near 4096, x² is near 16.8 million, and float32 counts by ones and twos there. The "
        "difference of two such numbers is mostly rounding."
    ),
    (
        "Two steps: first the deviations x − mean, which are small and have all their digits; "
        "then the mean of their squares."
    ),
)
RUNNING_STATISTICS_FOLLOW = (
    (
        "After one batch with the rows 1 and 3, and momentum 0.1: running_mean is 0.9·0 + 0.1·2 = "
        "0.2. The variance of n − 1 is 2, so running_var is 0.9·1 + 0.1·2 = 1.1. Which of the two "
        "is wrong?"
    ),
    (
        "momentum is the share of the new, and it is the one that was passed. For running_var "
        "multiply the variance that normalises by n / (n − 1), where n counts rows, B·T of them. "
        "Update in place, under no_grad, once in each training pass."
    ),
)
EVAL_USES_THE_RUNNING_ONES = (
    (
        "In eval mode the answer for a row must not depend on the rows beside it, and nothing may "
        "change. Which statistics does your layer use, and does it still update them?"
    ),
    (
        "Ask self.training. If it is false, mean and variance are running_mean and running_var, "
        "with the same formula, eps under the root, and without a correction: n − 1 is in "
        "running_var already. One row is fine here."
    ),
)
ONE_ROW_IS_REFUSED = (
    (
        "One row is its own mean, all deviations are 0, and y would be the bias, whatever the row "
        "says. And n / (n − 1) is a division by 0."
    ),
    (
        "In training, count the rows: all dimensions but the last, multiplied. Raise a ValueError "
        "if there are less than two, before the running statistics have moved."
    ),
)
BATCHNORM_STARTS_NEUTRAL = (
    (
        "A new layer normalises and does nothing else. And before the first batch, what would "
        "leave a number as it is in eval mode: which mean, which variance?"
    ),
    (
        "weight and bias are nn.Parameters, (dim,) of ones and of zeros. running_mean and "
        "running_var come by self.register_buffer(name, tensor), (dim,) of zeros and of ones: so "
        "they are in state_dict(), move with .to(), and no optimizer sees them."
    ),
)
LAYER_MATCHES_THE_FORMULA = (
    (
        "Take one token with the numbers 1 and 3: mean 2, variance 1. Without gain and bias y is "
        "−1 and 1, but for eps. What does yours give? And with eps = 0.5, ±1 / √1.5 = ±0.816?"
    ),
    (
        "Mean and variance with dim=-1 and keepdim=True; the variance by C and not C − 1. Then "
        "deviation / √(variance + self.eps), times weight, plus bias where there is one."
    ),
)
LAYER_SURVIVES_AN_OFFSET = BATCH_SURVIVES_AN_OFFSET
LAYER_GRADIENTS = (
    (
        "Each number of a token moves its mean and its variance, and so every result of that "
        "token. Treat these two as constants, and the gradient of x lacks two terms."
    ),
    (
        "The gradients of a token's numbers must sum to 0. Go from x to y by torch's operations "
        "alone, without detach, and let weight and bias be nn.Parameters."
    ),
)
LAYER_STARTS_NEUTRAL = (
    (
        "A new norm should normalise and do nothing else. Which gain and which bias leave a "
        "number as it is?"
    ),
    (
        "weight is an nn.Parameter of ones, bias one of zeros; with bias=False the attribute bias "
        "is None, and named_parameters() has weight alone."
    ),
)
RMS_MATCHES_THE_FORMULA = (
    (
        "For the token (3, 4): the mean of the squares is (9 + 16) / 2 = 12.5, its root 3.54, so y "
        "is 0.849 and 1.131. Does yours subtract something, or divide by 5, the root of the sum?"
    ),
    (
        "x times torch.rsqrt of (the mean of x², with dim=-1 and keepdim=True, plus self.eps), "
        "times weight. No mean, no bias, and no detach: the size depends on x."
    ),
)
RMS_STARTS_NEUTRAL = (
    (
        "RMSNorm(n_embd, True) is how a GPT with biases would make one. Print its parameters: "
        "there must be weight, and nothing else."
    ),
    (
        "weight is an nn.Parameter of ndim ones. Accept the argument bias, with False as its "
        "default, and do nothing with it."
    ),
)
