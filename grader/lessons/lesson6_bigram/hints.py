"""What `zth hint` says of lesson 6 after a check's first hint, each step nearer to the answer."""

PAIRS_ARE_COUNTED = (
    (
        "Take the text 0, 1, 1, 1, 2 with V = 3. Its pairs are (0, 1), (1, 1), (1, 1) and (1, 2), "
        "so row 1 is 0, 2, 1. Is yours its transpose, or is the 2 a 1?"
    ),
    (
        "tokens[:-1] and tokens[1:] are the first and the second tokens of all pairs. A loop over "
        "both at once adds 1 to the entry in row a, column b, of a (V, V) table of zeros in "
        "int64. Without a loop: torch.bincount of a · V + b, with a minlength of V²."
    ),
)
ROWS_ARE_SHARES = (
    (
        "Print probs.sum(dim=1): are all of them 1? If only probs.sum(dim=0) is, the sums were "
        "stretched along the other dimension."
    ),
    (
        "Sum over dim=1, along a row, and keep that dimension (keepdim=True): the sums are "
        "(V, 1), and broadcasting divides every row by its own. Divide as floats: // would leave "
        "zeros."
    ),
)
EVERY_COUNT_GETS_MORE = (
    (
        "With counts 0 and 3 and a smoothing of 1, the row is 1/5 and 4/5: the sum is that of "
        "the smoothed counts, 5, not 3."
    ),
    (
        "Make a new table, counts + smoothing, which has floats where smoothing is one; and go "
        "on with it as before. `counts += …` would change the caller's table, and fail where it "
        "holds whole numbers."
    ),
)
NOTHING_KNOWN = (
    (
        "A row of zeros without smoothing has the sum 0, so each of its shares is 0 / 0. With a "
        "smoothing of 1e-9, what would it be?"
    ),
    "Where a row's smoothed sum is 0, put 1/V instead: torch.where takes the one or the other.",
)
MEAN_IN_NATS = (
    (
        "For a table of halves the answer is ln 2 = 0.6931, whatever the text. Is yours larger "
        "by the number of pairs (a sum), 1 (log2), or negative?"
    ),
    (
        "Index the table with two tensors at once, the first tokens of all pairs for the rows "
        "and the second ones for the columns: that gives N − 1 probabilities. Then log, mean, "
        "and the sign."
    ),
)
LONG_TEXTS = (
    "Print the product of the probabilities of the failing case: it is 0, and log(0) is −∞.",
    (
        "The logarithm of a product is the sum of the logarithms. So take the logarithm of each "
        "probability by itself, and then the mean."
    ),
)
THE_IMPOSSIBLE = (
    (
        "Is there a small number inside your logarithm, or a clamp? The pair has probability 0, "
        "or 1e-10, and the answer must say so: ∞, or 23 nats for that pair."
    ),
    "torch.log of 0 is −∞ without complaint, and so is its mean: leave it in, with the minus.",
)
WALKS_THE_TABLE = (
    (
        "Follow the rows of the failing case by hand: row 0 has its 1 in the column of the first "
        "token, and that token's row has it in the column of the second. Which list did you "
        "return?"
    ),
    (
        "Keep the present token, 0 at first. Draw from its row; if 0 came, return the list; else "
        "append what came, and make it the present token. int(…) or .item() makes a plain number "
        "of a tensor."
    ),
)
STOPS_AT_THE_LONGEST = (
    "How many tokens does the failing case expect, and how many came? With longest=0 none do.",
    "Go on while len(name) < longest, and ask before each draw.",
)
DRAWS_BY_THE_PROBABILITIES = (
    (
        "The report names a row and a token. Is it always the likeliest one that comes, or are "
        "all tokens equally frequent?"
    ),
    (
        "torch.multinomial(row, 1, generator=generator) returns the place that was drawn, each "
        "with the probability that the row has there. probs[token] is the row; probs[:, token] "
        "would be a column."
    ),
)
THE_GENERATOR_DECIDES = (
    (
        "If two generators of the same seed write different names, chance comes from somewhere "
        "else too. If one writes the same name over and over, it is seeded anew each time."
    ),
    (
        "torch.multinomial draws from torch's own generator unless it is told: "
        "generator=generator, in every call. No manual_seed in your function."
    ),
)
LOGITS_ARE_ROWS = (
    (
        "Set W to torch.arange(9.).view(3, 3) and ask for the logits of [[2, 0]]: they must be "
        "6, 7, 8 and 0, 1, 2, in the shape (1, 2, 3)."
    ),
    (
        "F.one_hot(idx, V) has the shape (B, T, V) and holds whole numbers; converted to W's "
        "dtype, it can be multiplied by W from the right, @ W. W[idx] is the same. Return "
        "(logits, None) without targets."
    ),
)
LOSS_IS_THE_MEAN = (
    (
        "For W = 0 the loss is ln V. Is yours larger by the number of positions, or does it take "
        "only some of them?"
    ),
    (
        "F.cross_entropy wants (n, V) and (n,): make one long list of the positions of all rows, "
        "logits.flatten(0, 1) and targets.flatten(). The targets are shifted already. It takes "
        "logits, not probabilities."
    ),
)
GRADIENT_ARRIVES = (
    (
        "loss.backward(), and then print model.W.grad. None? Then the loss does not depend on W "
        "as autograd sees it."
    ),
    (
        "No .data, .detach(), .item() or numpy() between W and the loss; and W itself, wrapped "
        "in nn.Parameter in __init__, no copy made in forward."
    ),
)
LARGE_LOGITS = (
    "torch.tensor(1000.).exp() is inf, and inf / inf is NaN: that is what the lecture's form does.",
    (
        "F.cross_entropy(logits, targets) does it right. By hand: subtract the row's maximum "
        "from the logits first, which changes no probability; and take logsumexp, not the "
        "logarithm of a softmax, which may be 0."
    ),
)
STARTS_WITHOUT_AN_OPINION = (
    "print(list(model.named_parameters())): is it W alone, (vocab_size, vocab_size), all zeros?",
    (
        "self.W = nn.Parameter(…) around torch.zeros, after super().__init__(). nn.Linear would "
        "call it weight, and start it at random. The block size plays no part."
    ),
)
STEPS_DOWN_THE_GRADIENT = (
    (
        "Compare a single step first. Does W move too far or not far enough by a factor, or in "
        "the other direction? If only the second step is wrong, the first one's gradient is "
        "still there."
    ),
    (
        "inputs are tokens[:-1], targets tokens[1:], each as one row, (1, N − 1). In each step: "
        "loss = model(inputs, targets)[1]; clear the gradient; loss.backward(); then under "
        "torch.no_grad() subtract from model.W, in place. Keep loss.item(), as it was before."
    ),
)
THE_PENALTY_PULLS = (
    (
        "With a penalty of 2 and W all ones the penalty is 2, however large W is: the mean of "
        "the squares, not their sum."
    ),
    (
        "Add penalty · (model.W ** 2).mean() to the loss before backward, so that its gradient "
        "is in W.grad, too; and what you return is the sum of both."
    ),
)
OLD_GRADIENTS = (
    "Where does your loop clear the gradient: before backward, or only after the step?",
    "Set model.W.grad = None, or call model.zero_grad(), in each step before loss.backward().",
)
NAMES_NLL = (
    (
        "Below what the table of counts reaches, the model must see more than the last token; "
        "above, it learns too slowly. The report says which."
    ),
    (
        "zth train names-bigram --with bigram=student shows the curve; zth train names-bigram "
        "that of the course's model. They should lie on one another."
    ),
)
FINDS_THE_COUNTS = (
    (
        "Train on the names as the milestone does: 300 steps, a learning rate of 50, a penalty "
        "of 0.001. The losses should fall from 3.30 below 2.47; where do yours stop?"
    ),
    (
        "The checks look at four steps. In 300, whatever grows shows: a list of tensors that "
        "keeps every graph, a gradient that adds up, a rate that changes."
    ),
)
