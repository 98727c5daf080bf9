"""What `zth hint` says of batches, loop and checkpoints, after a check's first hint."""

TARGETS_FOLLOW = (
    (
        "In the text 0, 1, 2, 3, 4, 5, a window of 3 is x = 1, 2, 3 with y = 2, 3, 4: as long as "
        "x, and one further on."
    ),
    (
        "Draw batch_size starts, and take block_size + 1 tokens from each: all but the last are "
        "x, all but the first are y, both (batch_size, block_size). Take them from the text, do "
        "not compute them. A window may come twice."
    ),
)
EVERY_WINDOW_IS_DRAWN = (
    (
        "N tokens hold N − block_size windows of block_size + 1 tokens. With 5 tokens and "
        "block_size 2 they start at 0, 1 and 2. Can yours draw the last, and never one more?"
    ),
    (
        "torch.randint leaves its upper end out, so that end is N − block_size. Each row gets a "
        "start of its own: no multiples of block_size, not one after the other, not the same for "
        "all."
    ),
)
THE_GENERATOR_DECIDES = (
    (
        "Whoever passes a generator wants to be able to draw the same batches again. If you draw "
        "without it, make your own, or set its seed, that is lost."
    ),
    (
        "Hand it to torch.randint, which has an argument generator. Drawing moves it on by "
        "itself: leave its state alone, and two calls with the same one give two batches."
    ),
)
ESTIMATES_THE_LOSS = (
    (
        "Five things are looked at: the mode while the model is evaluated, the mode afterwards, "
        "whether gradients are on, how many batches of which size it sees, and that its weights "
        "stay."
    ),
    (
        "Note model.training; model.eval(); under torch.no_grad() draw eval_batches times a batch "
        "of batch_size rows of block_size by get_batch, and add up the losses; model.train(…) "
        "with what you noted. Return the sum divided by eval_batches, as a float."
    ),
)
THE_GENERATOR_DRAWS = (
    (
        "Each batch is to come from the generator that was given, one after another. Where is it "
        "lost on the way, or its seed set anew?"
    ),
    "Call get_batch inside the loop, once for each loss, with the generator as its last argument.",
)
STEPS_ARE_RIGHT = (
    (
        "Take a run of a single step: the weights at the end are the old ones minus rate times "
        "gradient. Did they not move? Then nothing stepped, or a copy did. Did they move too far? "
        "Then the rate is not the schedule's, or older gradients are still there."
    ),
    (
        "In each step: set lr of every one of optimizer.param_groups to lr_at(step, config); "
        "zero_grad; forward on a batch from get_batch; backward; clip; the optimizer's step. "
        "Append the loss as a number, by item(), and return the list, one loss for each step."
    ),
)
ACCUMULATES = (
    (
        "backward adds to the gradients that are there. After three batches they hold the sum of "
        "three, and the mean is due."
    ),
    (
        "zero_grad once, before the first batch of a step; then `accumulation` times a new batch, "
        "its loss divided by accumulation, and backward; then one clip and one step. The loss of "
        "the step is the mean over its batches."
    ),
)
CLIPS = (
    (
        "The norm is one number for all parameters together: the root of the sum of all squares. "
        "If it is over clip, all gradients shrink by the one factor clip / norm; if not, nothing "
        "happens."
    ),
    (
        "nn.utils.clip_grad_norm_ of model.parameters() and config.clip, once a step: after the "
        "last backward, when the mean is complete, and before the optimizer's step. Not "
        "clip_grad_value_, and not one parameter at a time."
    ),
)
EVALUATES_ON_THE_WAY = (
    (
        "With eval_every = 2 and 6 steps, on_eval hears of 2, 4 and 6, the numbers of steps done: "
        "step + 1. And it hears an estimate from eval_batches batches, not the loss of the step."
    ),
    (
        "After the optimizer's step, where eval_every is not 0 and divides step + 1: call "
        "estimate_loss with model, tokens and config, and tell on_eval the result. Call "
        "model.train() at the beginning of every step, so that an evaluation leaves no trace."
    ),
)
NOBODY_NEED_LISTEN = (
    (
        "on_eval is None unless somebody asks for it. What does your loop do when it is time to "
        "evaluate and nobody is there?"
    ),
    (
        "Before you call it, ask whether on_eval is not None. Without a listener an evaluation "
        "may be left out; the steps stay as they are."
    ),
)
RESUMES = (
    (
        "A run that starts at step 4 must see what step 4 of the whole run saw. So what a step "
        "sees may depend on its number, and not on how many steps this call has made."
    ),
    (
        "Loop over range(start, config.steps). In each step make a torch.Generator and seed it "
        "from config.seed and the step; a million times the one plus the other will do. The rate "
        "is lr_at of the same step."
    ),
)
PIECES_MAKE_THE_WHOLE = (
    (
        "Three things belong to the whole run, not to a call: the schedule, the batches of each "
        "step, and what the optimizer remembers. Which of them begins anew in yours?"
    ),
    (
        "range(start, stop), where a stop of None means config.steps, and stop itself is not "
        "done. lr_at gets the step's own number and the config as it is. Go on with the optimizer "
        "that was passed, its state untouched."
    ),
)
EVERY_BATCH_IS_ANOTHER = (
    (
        "Which two are the same? Within a step: the seed is set for every batch. In two steps: "
        "the step is not in the seed. With another config.seed: that is not in it."
    ),
    (
        "Make one generator at the beginning of each step, seeded by a number that differs for "
        "each pair of config.seed and step, and let all get_batch calls of this step draw from "
        "it, one after the other."
    ),
)
THE_MODE_COMES_BACK = (
    (
        "Whoever calls may have left the model in eval mode. Steps need training mode; afterwards "
        "everything is to be as it was."
    ),
    (
        "Note model.training before the first step; model.train() in every step; after the last "
        "one model.train(…) with what you noted, which may be False."
    ),
)
MIXED_PRECISION_IS_A_FLAG = (
    (
        "Under autocast, PyTorch computes products in bfloat16, while the weights stay as they "
        "are. The flag says whether forward passes run under it."
    ),
    (
        "Put the forward pass, and nothing else, into a with-block of torch.autocast: the device "
        "type of the tokens, torch.bfloat16, enabled=config.mixed_precision. float16 has a "
        "smaller range and would need its gradients scaled."
    ),
)
DIVERGENCE_IS_NAMED = (
    (
        "A loss of NaN or infinity has gradients of NaN, and one step with them makes every "
        "weight NaN. So look before the step."
    ),
    (
        "When the step's loss is known, before clipping and stepping: if math.isfinite says no "
        "(it does for NaN, ∞ and −∞), raise a ValueError whose text holds the number of the step."
    ),
)
OWN_LOOP = (
    (
        "One step was right; here are 300. Print the loss of each: does it stop falling early, "
        "rise, or jump at a certain step?"
    ),
    (
        "Stops early: the rate falls too soon, or all steps see the same batch. Jumps: gradients "
        "pile up, or are clipped one by one. Falls nicely while the measured loss stays high: a "
        "copy of the model was trained, or one batch was learnt by heart."
    ),
)
ALL_OF_IT_IS_SAVED = (
    (
        "Two runs are saved that differ in a single thing: the step, a weight, a buffer, what the "
        "optimizer remembers. If their files are equal, that thing is not in them."
    ),
    (
        "model.state_dict() has parameters and buffers, optimizer.state_dict() the settings and "
        "what was remembered, and the step is a number. Let torch.save write a dict of these "
        "three into the file that you were given; leave that open."
    ),
)
SAVING_DISTURBS_NOTHING = (
    (
        "A state_dict hands out the very tensors that the run goes on with, not copies. Change "
        "one of them, and the run has changed."
    ),
    (
        "No eval(), no zero_grad(), nothing popped or cleared, no dtype changed in place: read "
        "and write, and that is all."
    ),
)
THE_RUN_GOES_ON = (
    (
        "Three things are compared: the weights just after loading, a buffer, and the weights "
        "some steps later. If only the last is wrong, the optimizer has forgotten, or it improves "
        "other parameters than the model's."
    ),
    (
        "Call load_state_dict of the model that was passed and of the optimizer that was passed, "
        "each with its part of the file. It copies in place. No new model, no deepcopy, no "
        "assign=True; and the whole of the optimizer's state, AdamW's count of steps included."
    ),
)
THE_STEP_COMES_BACK = (
    (
        "save_checkpoint was told a step. load_checkpoint returns just that one: not the next, "
        "and not 0."
    ),
    (
        "Read it from what the file holds, by the name under which you saved it, and return it as "
        "an int."
    ),
)
ANOTHER_MODEL_IS_REFUSED = (
    (
        "Where a parameter is missing in the file, or has another shape, half of the model would "
        "stay as it was, and nobody would know."
    ),
    (
        "load_state_dict raises the error by itself, as long as nobody passes strict=False, "
        "catches it, or picks only what fits."
    ),
)
A_FILE_RUNS_NO_CODE = (
    (
        "A pickle may name any function, and whoever reads it calls that function. torch.load has "
        "an option under which it builds tensors, numbers and containers, and refuses the rest."
    ),
    (
        "Pass weights_only=True to torch.load, each time, and read the file by nothing else: "
        "pickle.load has no such option, and falling back to weights_only=False undoes it."
    ),
)
