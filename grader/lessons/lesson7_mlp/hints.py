"""The further hints of lesson 7, each step nearer to the answer."""

EVERY_WORD_IS_IN_ONE_SPLIT = (
    (
        "Three slices of one list have three ends: what ends the first one begins the second. "
        "Print the lengths for 10 words: 8, 1 and 1."
    ),
    (
        "With n words: up to int(0.8 * n), from there up to int(0.9 * n), and from there on. Make "
        "the shuffled list a new one, so that the caller's stays in order."
    ),
)
THE_GENERATOR_SHUFFLES = (
    (
        "Who decides the order? Python's random and torch without a generator= have a chance of "
        "their own, which is another one tomorrow, or the same one for every seed."
    ),
    (
        "torch.randperm(len(words), generator=generator) is an order of numbers. Take the words by "
        "these numbers, and only then cut."
    ),
)
EXAMPLES_ARE_RIGHT = (
    (
        'Write down by hand what becomes of "ab" with a context of 2: 00 → a, 0a → b, ab → 0. '
        "Three examples for two letters. Which of yours is another?"
    ),
    (
        "For each word anew: begin with a list of `context` zeros; for each letter's number, and "
        "last for 0, note the list and the number, then make a new list without the oldest and "
        "with the new one at its end. No word at all gives tensors (0, context) and (0,), int64."
    ),
)
ROWS_BELONG_TOGETHER = (
    (
        "Print a small X, its Y and a batch of each: does row i of y belong to row i of x? And is "
        "the number of rows the one that was asked for?"
    ),
    (
        "One tensor of batch_size row numbers, from torch.randint; index X with it, and Y with the "
        "same one."
    ),
)
EVERY_EXAMPLE_IS_DRAWN = (
    (
        "Count what comes out of 4,000 draws from 3 examples. Which number never comes, or comes "
        "too often? It is mostly the first or the last."
    ),
    (
        "torch.randint(high, size) leaves `high` itself out, so that high is len(X), not one less. "
        "And there are as many examples as X has rows, not columns."
    ),
)
THE_GENERATOR_DRAWS = (
    (
        "Draw twice in a row, then again from a generator in the first state: the second batch is "
        "another one, the third is the first. Where is yours different?"
    ),
    (
        "Hand it on: torch.randint(…, generator=generator). Seed nothing inside, and make no "
        "generator of your own."
    ),
)
EACH_POSITION_HAS_ITS_WINDOW = (
    (
        "Take a row 5 6 7 and a context of 2: 0 5, 5 6, 6 7. Is the last number of each of your "
        "windows the token of its own position? Is the first window full of zeros but for that?"
    ),
    (
        "Put context − 1 zeros in front of each row, (B, context − 1 + T), as F.pad(idx, "
        "(context − 1, 0)) does; then window t is what lies from t to t + context. unfold(1, "
        "context, 1) gives all of them, or slices that you stack at dim=-1, the oldest first."
    ),
)
LOGITS_ARE_RIGHT = (
    (
        "Follow the shapes: idx (B, T); windows (B, T, context); embedded (B, T, context, n_embd); "
        "flattened (B, T, context · n_embd); hidden (B, T, n_hidden); logits (B, T, V). And with "
        "a context of 1, is it right then?"
    ),
    (
        "flatten(2) puts the last two dimensions together, the oldest token's numbers first. Then "
        "hidden, torch.tanh, lm_head: nothing before, between or after. Names: wte, hidden, "
        "lm_head; both linear layers have a bias."
    ),
)
LOSS_IS_THE_MEAN = (
    (
        "Flatten both in the same order: logits (B, T, V) to (B·T, V), targets (B, T) to (B·T). "
        "Row i of the one then belongs to number i of the other."
    ),
    (
        "nn.functional.cross_entropy takes logits, and gives the mean in nats: no softmax before "
        "it, no ignore_index (token 0 counts as any other), no shift. Return the logits as (B, T, "
        "V), not the flat ones."
    ),
)
ONE_TARGET_A_ROW = (
    (
        "targets.dim() tells the two apart: 2 for a token each, 1 for one a row. In the second "
        "case, which of the T positions has seen all of the row?"
    ),
    (
        "Where targets.dim() is 1, the loss is the cross-entropy of logits[:, -1], (B, V), and the "
        "targets, (B,). What is returned as logits is all of them, as ever."
    ),
)
GRADIENTS_ARE_RIGHT = (
    (
        "The output is right, and a gradient is not? Then the way from it is cut: by detach, "
        ".data, no_grad, a tensor made anew of numbers, or a layer that is made in forward. Which "
        "parameter is the first that is wrong?"
    ),
    (
        "Let wte be one nn.Embedding, used once for all windows together, and the layers nn.Linear "
        "made in __init__. The loss that you return is the tensor that cross_entropy gives, not "
        "its item()."
    ),
)
BATCHNORM_IS_A_SLOT = (
    (
        "Two questions: with which number is it called, and how often? And does what it makes see "
        "the numbers before the tanh, or after?"
    ),
    (
        "In __init__: None stays None, anything else is called once, with config.n_hidden, and "
        "kept. In forward, if there is one: hidden, then it, then tanh. It is called again with "
        "every forward pass; the layer has its bias in both cases."
    ),
)
STEPS_ARE_RIGHT = (
    (
        "Do the losses agree, and the weights not? Then it is the step. Is the first step right "
        "and the second not? Then gradients of the first are still there."
    ),
    (
        "Per step: minibatch; model(x, y) and its loss; gradients to None; loss.backward(); under "
        "torch.no_grad(), for each parameter whose grad is not None, subtract lr · grad in place. "
        "Note loss.item(), that of before the step."
    ),
)
THE_RATE_FALLS = (
    "Which step of yours is the first with the small rate? Of 5 it is number 3, counted from 0.",
    (
        "Compare the number of the step with steps / 2, a fraction where steps is odd: below it "
        "the rate is lr, from there on lr / 10, once and for good."
    ),
)
EVERY_STEP_HAS_ITS_BATCH = (
    (
        "Print the first row that your model sees at each step. The same each time? Then the batch "
        "is drawn before the loop, or the generator is put back."
    ),
    (
        "In the loop, first thing: minibatch(X, Y, batch_size, generator), with the generator that "
        "came in, and no other. And model.train() before the loop."
    ),
)
ONE_STEP_AT_EACH_RATE = (
    (
        "For low=0.01, high=1 and 3 steps the rates are 0.01, 0.1, 1. Are yours? If the rates are "
        "right and the second loss is not, look at the first step."
    ),
    (
        "Rate i is low · (high / low) ** (i / (steps − 1)), or torch.logspace from log10(low) to "
        "log10(high). At each: draw a batch, find its loss, note rate and loss, and step at this "
        "very rate. That last step is nobody's any more, and does no harm."
    ),
)
EVERY_RATE_HAS_ITS_BATCH = (
    "Print the first row that your model sees at each rate. Is it the same each time?",
    (
        "In the loop, at each rate: minibatch(X, Y, batch_size, generator), with the very "
        "generator that came in."
    ),
)
THE_MODEL_STAYS = (
    (
        "Assigning a model to another name copies nothing. And a copy of which the steps move the "
        "original's parameters is none."
    ),
    (
        "copy.deepcopy(model) is a model of its own; call it, and move its parameters. Or keep a "
        "deep copy of state_dict(), and load it at the end, however the sweep ends; the mode, too."
    ),
)
IT_STOPS_WHERE_IT_DIVERGES = (
    "What is in your lists when the very first loss is not finite? Nothing should be.",
    (
        "Find the loss; if math.isfinite says no, leave the loop; only then note rate and loss, "
        "both. NaN compares as false with everything, so no < or > will find it."
    ),
)
A_THIRD_OF_THE_LOWEST = (
    (
        "Take losses 3, 2, 4 and smoothing=0.5: m is 1.5, 1.75, 2.875; divided by 0.5, 0.75 and "
        "0.875 it is 3, 2.33, 3.29. The lowest is the second, so a third of the second rate."
    ),
    (
        "m begins at 0; for i = 1, 2, …: m = s · m + (1 − s) · loss, and the smooth loss is m / (1 "
        "− s ** i). Look for the place of the lowest smooth loss among all of them, and return the "
        "rate at that place, divided by 3."
    ),
)
EVERY_EXAMPLE_COUNTS = (
    (
        "Five examples by twos are 2, 2 and 1. The mean of three means gives the last example a "
        "weight of 1/3 instead of 1/5."
    ),
    (
        "Add up loss.item() · len(x) for each batch, and divide by len(X) at the end. The last "
        "batch is what is left, perhaps one; X.split(batch_size) gives them all."
    ),
)
A_QUESTION_LEAVES_NO_TRACE = (
    (
        "Four things: the mode as it was, kept; eval mode; no gradients; the mode back. Which is "
        "missing?"
    ),
    (
        "Keep model.training in a variable, call model.eval(), ask under torch.no_grad(), and call "
        "model.train(with what was kept), not always train()."
    ),
)
SCORES_ARE_RIGHT = (
    "Follow the shapes: x (N, n_in); hidden (N, n_hidden); logits (N, n_classes).",
    (
        "Two nn.Linear with a bias, named hidden and head, of the sizes in the configuration; "
        "between them torch.tanh, and nothing after. Without targets, return (logits, None)."
    ),
)
LOSS_REACHES_THE_WEIGHTS = (
    (
        "Are the logits right, and the loss not? cross_entropy wants logits, not probabilities, "
        "and takes the mean by itself."
    ),
    (
        "nn.functional.cross_entropy(logits, targets), as a tensor: no item(), no detach, no "
        "softmax before it. Return it beside the logits."
    ),
)
THE_LIKELIEST_CLASS = (
    "Follow the shapes: logits (N, classes), answer (N,). Which dimension has to go?",
    "argmax(dim=1) gives numbers of classes, int64; max(dim=1) gives scores, and then numbers.",
)
IT_LEARNS_ITS_PICTURES = (
    (
        "Is it the model that came in that has learned, or a copy of it? And does the loss of its "
        "own pictures fall at all? Print it. Few pictures make short epochs: count steps."
    ),
    (
        "With `train`, some hundred steps at a rate that a sweep has found are enough here. Where "
        "you train copies, load the best one's state_dict into the model at the end. Give the "
        "generator to all that draws: randperm, randn, minibatch."
    ),
)
READS_DIGITS = (
    (
        "Does it read the digits that it was trained on? Below 99 % there, train longer, or at a "
        "larger rate. If it reads those and not the others, it has learned them by heart: what "
        "could keep it from relying on single pixels?"
    ),
    (
        "Pixels are small numbers, and so are the weights that nn.Linear begins with: tanh hardly "
        "bends, and the model is nearly linear. Make hidden.weight a few times larger first. And "
        "train on copies of the pictures with a little noise, of 0.1 or 0.2. Choose by the part "
        "that you kept aside."
    ),
)
NAMES = (
    (
        "The checks above passed, so one pass is right. Train the same model with zth train names "
        "--with model=student, and with model=reference: where do the two curves part?"
    ),
    (
        "At the first step: it is how the model starts. Layers as nn.Linear and nn.Embedding make "
        "them are good enough; zeros, or weights of one size for all, are not. Later: is a part "
        "of it made anew in forward, or kept from the optimizer, which sees only parameters()?"
    ),
)
