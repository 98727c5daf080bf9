"""What `zth hint` says of initialisation, after a check's first hint."""

KAIMING_KEEPS_THE_SIZE = (
    (
        "Print the standard deviation of a weight of shape (400, 50) for tanh: due is (5/3) / √50 "
        "= 0.236. A weight is (fan_out, fan_in), so 50 numbers make one output. In a weight of "
        "shape (100, 50, 4) it is 50 · 4 = 200 numbers."
    ),
    (
        "fan_in is the number of elements of weight[0]. The standard deviation is the gain divided "
        "by the root of fan_in, and normal_(mean, std) takes it as it is, not squared."
    ),
)
THE_GENERATOR_DECIDES = (
    (
        "Whoever passes a generator wants to draw the same weights again tomorrow. Does anything "
        "in yours draw from torch's own generator, or set a seed?"
    ),
    (
        "Tensor.normal_ has an argument generator: hand it on. Drawing moves it on by itself, so "
        "the next weight gets other numbers. Do all this under torch.no_grad(), and return weight."
    ),
)
WHAT_IS_UNKNOWN_IS_REFUSED = (
    (
        "A gain that is taken silently, 1 say, lets a network start badly without a word. And a "
        "vector has no inputs and outputs: nothing could be called its fan_in."
    ),
    (
        "Before anything is drawn: raise a ValueError unless the nonlinearity is one of the three, "
        "and another one unless weight.dim() is at least 2."
    ),
)
STARTS_AS_GPT_2_DOES = (
    (
        "Print name, mean and standard deviation of all parameters afterwards. Due are 0.02 for "
        "each linear layer and embedding, 0.02 / √(2·n_layer) for those called c_proj, biases of "
        "0; and a gain of 3 that was there before is still 3."
    ),
    (
        "Go through model.named_modules(). Leave out what is neither nn.Linear nor nn.Embedding. "
        "Draw its weight by normal_ with the generator, with the smaller std where the last part "
        "of the name, behind the last dot, is c_proj; zero the bias where it is not None."
    ),
)
