"""What `zth hint` says of the diagnostics, after a check's first hint."""

NUMBERS_ARE_RIGHT = (
    (
        "For 0, 1, 1, 2 and limit 0.97: mean 1, standard deviation √(2/3) = 0.816, saturation 3 of "
        "4 = 0.75. Which is wrong? A number that is exactly the limit is not beyond it."
    ),
    (
        "Detach x and flatten it (reshape, not view: it may not lie in one piece). The rest is "
        "mean(), std(), and the mean of abs() > limit as floats, each as item(): a Python float."
    ),
)
BARS_ARE_RIGHT = (
    (
        "For 0, 1, 1, 2 in two bars: the edges are 0, 1, 2; the 1s lie on a border and belong to "
        "the upper bar, and so does the 2, the greatest. So 1 and 3 of 4 numbers, each by a width "
        "of 1: 0.25 and 0.75."
    ),
    (
        "Edges: bins + 1 numbers from x.min() to x.max(), evenly. Height: count / (numbers · "
        "width). If the least is the greatest, go from 0.5 below to 0.5 above. torch.histogram "
        "with density=True does it, too."
    ),
)
SEES_OUTPUTS_AND_GRADIENTS = (
    (
        "Print the names that you return beside those of model.named_modules(): exactly those of "
        "the kind that ran must be there. Then compare the shapes: output and gradient are alike."
    ),
    (
        "A forward hook gets (module, inputs, output): keep the output itself, undetached, under "
        "the module's name. Then torch.autograd.grad(loss, outputs, materialize_grads=True) gives "
        "a gradient for each, in order, and zeros where the loss does not depend on it."
    ),
)
NO_TRACE_IS_LEFT = (
    (
        "Who looks should not change what is seen. register_forward_hook returns a handle; is "
        "remove() called on each of them, also when the loss raises an error?"
    ),
    (
        "Run the loss within try, and remove the hooks in finally. Do not call backward(): it adds "
        "to the grad of every parameter, and torch.autograd.grad does not."
    ),
)
RATIO_IS_RIGHT = (
    (
        "From (1, −1) to (1.01, −1.01): the update is (0.01, −0.01), its standard deviation is a "
        "hundredth of the weight's, and log10 of 0.01 is −2. What does yours say?"
    ),
    (
        "std of (after − before), divided by std of before, then log10, as a Python float. Let "
        "torch take the logarithm: math.log10(0) is an error, torch.log10 of 0 is −inf."
    ),
)
