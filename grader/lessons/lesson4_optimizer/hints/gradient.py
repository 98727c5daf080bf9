"""Further hints at SGD and AdamW, and at what any optimizer has of them."""

PLAIN_DESCENT = (
    (
        "The gradient points to where the loss grows, so the step is subtracted. And p itself "
        "must change, for all who hold it."
    ),
    (
        "Subtract lr times the gradient from p in place (sub_, or add_ with a negative factor). "
        '"p = …" makes a new tensor that is then forgotten, "p.data = …" new memory; and view '
        "fails where p does not lie in one piece."
    ),
)
MOMENTUM = (
    (
        "With gradients of 1 and a momentum of 0.9 the buffer is 1, 1.9, 2.71, … and nears 10. "
        "Is yours 0.1, 0.19, …? Then it is a mean and not a sum."
    ),
    (
        "The state holds one buffer, zeros at first. At each step it is multiplied by momentum, "
        "and then the gradient is added in full. p moves by lr times the buffer. If your first "
        "buffer is p.grad itself, the next backward pass writes into it: make a copy."
    ),
)
NESTEROV = (
    (
        "With gradients of 1 and a momentum of 0.9, p moves by 1.9 · lr at the first step and by "
        "2.71 · lr at the second."
    ),
    (
        "Bring the buffer up to date first, as without nesterov. Then the direction is g + "
        "momentum · buffer, a new tensor, so that the buffer stays what it is. Without nesterov "
        "it is the buffer."
    ),
)
SGD_DECAYS = (
    (
        "With gradients of 0 and no momentum, p is multiplied by 1 − lr · weight_decay. With "
        "momentum, the decay gathers speed as any gradient does."
    ),
    (
        "Begin with a new tensor, the gradient plus weight_decay · p, without a factor of 2, and "
        "use it in place of the gradient from there on. p.grad belongs to the caller, so no += "
        "on it."
    ),
)
READS_ITS_GROUPS = (
    (
        "Let lr go from 0.1 to 0.2 after the first step: the whole buffer, old gradients as "
        "well, then counts at 0.2."
    ),
    (
        "lr comes in at the very end, when p moves, and never goes into the buffer. All four "
        "settings are read from the group in update; none is a number in your code, none is kept "
        "in self."
    ),
)
KEEPS_STATE_APART = (
    (
        "Two parameters of the same shape have two buffers. One of them may rest for a step, or "
        "get its first gradient late."
    ),
    (
        "What update remembers goes into the state that it is given, and into nothing else: no "
        "attribute of self, no dict by shape or by position. If that state is empty, this is the "
        "first step of this parameter. A gradient of zeros is a gradient."
    ),
)
FLOAT32 = (
    (
        "Print the dtype of p and of everything in the state, before and after a step. Where "
        "does another one come in?"
    ),
    (
        "Make what you remember by torch.zeros_like(p); torch.zeros alone is float32 and "
        "double() is float64, whatever p is. Settings are plain numbers, which change no dtype. "
        "p is changed in place."
    ),
)
DEFAULTS = (
    (
        "Make one without any setting and print param_groups[0]. Is each setting there, by its "
        "name and with the value of the signature?"
    ),
    (
        "Keep the signature of __init__ as it came, and hand every setting on in `defaults`, "
        "under its own name. In update there is then no number that stands for a setting."
    ),
)
CLOSURE = (
    (
        "If your class has no step of its own, look at the check of the base class first: "
        "base.closure_is_called."
    ),
    (
        "The closure is called once, before any parameter moves, inside torch.enable_grad(), and "
        "its loss is returned. A parameter that is used twice needs nothing special: autograd "
        "has added both parts in its gradient."
    ),
)
GOES_ON = (
    (
        "What does your update remember outside of the state that it is given? An attribute of "
        "the optimizer is not in state_dict, and so is not saved."
    ),
    (
        "Put everything into that state under names of your own: tensors, and plain numbers such "
        "as a count of steps. Then state_dict of the base class saves it. If "
        "base.saved_state_goes_on fails as well, begin there."
    ),
)
FIRST_STEP = (
    (
        "Whether the gradient is 1000 or 0.001, the first step is about lr: m̂ / √v̂ = g / |g|. "
        "How long is yours?"
    ),
    (
        "At the first step t is 1: m = (1 − β₁) g and v = (1 − β₂) g². Divided by 1 − β₁ᵗ and 1 "
        "− β₂ᵗ, each by its own, they are g and g² again. Raise t before you correct, and take "
        "the root of v̂."
    ),
)
MEANS = (
    (
        "Which step is the first to be wrong? If it is the second, look at t, and at what has "
        "become of m and v. If it is a little off from the start, look at which β is where."
    ),
    (
        "m takes the gradient with β₁, v the square of each number of the gradient with β₂ (not "
        "|g|, not m², not one number for the tensor). m̂ and v̂ are new tensors, so that m and v "
        "go on uncorrected. p.grad stays as it is, and everything has the dtype of p."
    ),
)
EPS = (
    (
        "With gradients of 1e-8 and eps = 1e-8 the first step is lr / 2, since 1e-8 / (1e-8 + "
        "1e-8) is a half. Under the root it would be lr / 10,000."
    ),
    (
        "In this order: v̂ = v / (1 − β₂ᵗ), then its root, then plus the eps of the group. Then "
        "m̂ is divided by it."
    ),
)
DECAY_IS_DECOUPLED = (
    (
        "With gradients of 0 only the decay is left: each step multiplies p by 1 − lr · "
        "weight_decay. Is it so in yours?"
    ),
    (
        "Before the step of Adam, multiply p in place by 1 − lr · weight_decay, both from the "
        "group. m and v see p.grad and nothing else. If the decay comes last instead, it acts on "
        "what has moved already."
    ),
)
GROUPS_HAVE_THEIR_OWN = (
    (
        "Four settings can differ from group to group: lr, betas, eps, weight_decay. Which of "
        "them is a number in your code, or an attribute?"
    ),
    (
        "Read all four from the group at the beginning of update, at every step; betas is a "
        "pair. m and v hold gradients alone and no lr. With lr = 0 nothing moves, but m, v and t "
        "go on."
    ),
)
COUNTERS = (
    (
        "A parameter that gets its first gradient at step 5 has t = 1 there. And where its "
        "gradient is None, t stands still."
    ),
    (
        "Keep t in the state of the parameter, beside m and v, and raise it by 1 in update. That "
        "is called only where there is a gradient, so it counts the right steps by itself."
    ),
)
