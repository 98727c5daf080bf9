"""What `zth hint` says after a check's first hint."""

NEIGHBOURS_JOIN = (
    (
        "Take positions a, b, c, d of one number each, and n = 2: (1, 4, 1) becomes (1, 2, 2), "
        "with rows [a, b] and [c, d]. Rows [a, c] and [b, d] would join what is not side by side."
    ),
    (
        "In memory, the numbers of neighbours follow each other already: one view or reshape to "
        "(B, T / n, n · C) does it. Then squeeze dimension 1, that one alone, if its length is 1:"
        " a batch of one row must stay a batch."
    ),
)
NONE_IS_LEFT_OVER = (
    (
        "5 // 2 is 2: who computes the number of groups by // alone and cuts the row to fit loses"
        " the last position in silence."
    ),
    ("Compare T % n with 0 at the beginning of forward, and raise a ValueError that names both."),
)
HIERARCHY_MATCHES_THE_FORMULA = (
    (
        "Follow the shapes for a context of 8, n = 2: (B, 8, C), flattened (B, 4, 2 · C), after "
        "the first linear layer (B, 4, H), flattened (B, 2, 2 · H), … and after the last (B, H)."
    ),
    (
        "n_layer linear layers in an nn.ModuleList `linears`: the first n · n_embd -> n_hidden, "
        "the others n · n_hidden -> n_hidden. A tanh after each; none after lm_head. The "
        "embedding is `wte`."
    ),
)
HIERARCHY_GRADIENTS = (
    (
        "The logits are right and a gradient is not: then the way back is cut, by detach, .data, "
        "no_grad, or a tensor made anew of numbers."
    ),
    (
        "Go from wte to lm_head by torch's operations alone, and use every module that __init__ "
        "made, and no other."
    ),
)
HIERARCHY_HAS_NORMS = (
    (
        "Called with n_hidden alone, batchnorm gives a module. Where are they kept? In an "
        "nn.ModuleList `norms`, so that their parameters are found; a plain list hides them."
    ),
    (
        "For each level: tanh(norm(linear(x))). The linear layers are made with bias=False where "
        "batchnorm is not None; lm_head keeps its bias, as no norm follows it."
    ),
)
CONVOLUTION_MATCHES_THE_FORMULA = (
    (
        "Take K = 2, dilation 3, weight [10, 1], x = 1, 2, 3, 4, 5. At t = 0, 1, 2 there is "
        "nothing three steps back, and y is 1, 2, 3; at t = 3 it is 4 + 10 · 1 = 14. What does "
        "yours give?"
    ),
    (
        "Put (K − 1) · dilation positions of zeros before the row. Then term k is the padded row "
        "from position k · dilation on, T positions long, times weight[:, :, k].T. Add the K "
        "terms, and the bias at last."
    ),
)
CONVOLUTION_MOVES_EXACTLY = (
    (
        "Print which y move when a single x changes, as the code of the failure does. Are they "
        "shifted, mirrored, too many, or too few?"
    ),
    (
        "If y moves before x, zeros stand on the wrong side, or on both. If they are not "
        "`dilation` apart, the shift of term k is not a multiple of it. If they are mirrored, the"
        " kernel is read from the wrong end: its last entry belongs to the position itself."
    ),
)
CONVOLUTION_GRADIENTS = (
    (
        "Which of the three is wrong? A gradient of x that is too small has lost a term; one of "
        "weight or bias that is 0 belongs to something that is no parameter, or is detached."
    ),
    (
        "Do not write the terms into a tensor by .data or under no_grad. A sum of products of "
        "slices of the padded x with slices of weight has the right gradients by itself."
    ),
)
CONVOLUTION_KEEPS_THE_SIZE = (
    (
        "Each y is a sum of in_channels · kernel_size products. If all are independent and of "
        "size 1, the sum is about the root of their number."
    ),
    (
        "Divide normal numbers by (in_channels · kernel_size)**0.5. To divide by the root of "
        "in_channels alone forgets that the kernel has several positions."
    ),
)
PADDING_IS_LIKE_X = (
    ("torch.zeros(B, left, C) is float32 and on the CPU, whatever x is, and joined to x it shows."),
    (
        "torch.nn.functional.pad(x, (0, 0, left, 0)) pads the last dimension but one on the left,"
        " with zeros that are like x; x.new_zeros(…) makes such zeros, too."
    ),
)
PADDED_IS_THE_SAME = (
    (
        "Three things. The layout: transpose(1, 2) before and after. The zeros: (K − 1) · "
        "dilation, on the left only. The settings: hand kernel_size, dilation and bias on to "
        "nn.Conv1d."
    ),
    (
        "Hand all settings on to super().__init__, without a padding. In forward: transpose, pad "
        "the last dimension by (K − 1) · dilation on the left, ask super().forward, and transpose"
        " back. With nn.Conv1d's own padding there are zeros on the right as well: then as many "
        "outputs at the end have to go."
    ),
)
REACH_IS_COUNTED = (
    (
        "One layer with K = 2 and dilation 4 sees t and t − 4: it reaches back by 4, and its "
        "field is 5 positions. A second layer on it reaches further back from each of those."
    ),
    "Add (k − 1) · d of every layer, and 1 for the position itself. No layer: 1.",
)
WAVENET_IS_THE_HIERARCHY = (
    (
        "Is only the beginning of a row wrong? Then what stands before it is. A convolution pads "
        "its input with zeros, and a vector of zeros is not the embedding of token 0; on the next"
        " level, it is not what the level below makes of tokens 0 either."
    ),
    (
        "Pad the tokens, not the vectors: context − 1 times token 0 before idx, then embed. On "
        "each level, drop the first (n − 1) · n**i outputs, those that have seen zeros; T "
        "positions are left at the end. If all positions are wrong: the dilations are 1, n, n², "
        "…, and between convolution and the next level there is one tanh."
    ),
)
WAVENET_MOVES_EXACTLY = (
    (
        "With n = 2 and three levels the dilations are 1, 2, 4, and the field is 8. With 1, 1, 1 "
        "it would be 4; with 1, 4, 16 it would have holes."
    ),
    (
        "Level i, counted from 0, has dilation=kernel_size**i. Logits at t come from position t "
        "of the row without its padding: cut on the left only."
    ),
)
LOSS_IS_THE_MEAN = (
    "Position t of a row and its target are in step already: shift nothing.",
    (
        "F.cross_entropy wants (N, V) and (N,): flatten the first two dimensions of the logits "
        "and both of the targets. Without targets, the second answer is None."
    ),
)
WAVENET_GRADIENTS = (
    "Is anything between the tokens and the loss detached, or made anew of numbers?",
    (
        "The padding belongs to it: embed it together with the row, by the same wte. An embedding"
        " with padding_idx=0 would give token 0 no gradient."
    ),
)
PARTS_ARE_SLOTS = (
    (
        "Print the model that the code of the failure makes. Are your own parts in it, or those "
        "that were handed in? Once each, or one for all levels?"
    ),
    (
        "For level i, `convolution` gets the channels that come in, n_hidden and n, and by name "
        "dilation and bias, which is False where there is a batchnorm. Keep what it makes in an "
        "nn.ModuleList `convs`, and what batchnorm(n_hidden) makes in `norms`. In forward: "
        "convolution, norm, tanh."
    ),
)
A_NEW_MODEL_KNOWS_NOTHING = (
    (
        "Look at the size of the logits of a new model. For a loss near ln V it has to be well "
        "below 1."
    ),
    (
        "nn.Linear starts small enough. If you make lm_head's weights yourself, divide them by "
        "the root of n_hidden, and then by ten as in the lecture; its bias starts at 0."
    ),
)
WAVENET_RUNS_ANYWHERE = (
    "Which tensors does forward make itself? torch.zeros makes them on the CPU.",
    ("F.pad(idx, (context − 1, 0)) puts zeros, which are token 0, before each row, where idx is."),
)
BEATS_THE_MLP = (
    (
        "Train it yourself and look at the curve: zth train names-wavenet --with model=student, "
        "and the same without --with. Where do they part?"
    ),
    (
        "If the checks above pass, how the model starts is what is left: weights that are too "
        "large leave every tanh at its ends, where nothing is learned."
    ),
)
