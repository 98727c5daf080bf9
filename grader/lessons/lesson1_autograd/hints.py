"""What `zth hint` says of lesson 1 after a check's first hint, each step nearer to the answer."""

STARTS = (
    "Value(2.0) only has to remember: nothing is computed yet, and nothing has flowed back.",
    (
        "In __init__, keep what was passed in as `data`, as it is, and let `grad` be the number "
        "0.0. Keep `_prev` as well: backward() will want to know what a Value was made from."
    ),
)
ADD = (
    (
        "Run the case that zth grade shows and look at `data` first, then at the gradients. Is "
        "`data` wrong? Then it is __add__. Is only a `grad` wrong? Then it is what __add__ "
        "leaves for backward(), or backward() itself."
    ),
    (
        "__add__ gives a new Value that holds the sum of the two numbers and remembers both "
        "parts, each with the local derivative 1. backward() sets its own grad to 1; then each "
        "node, once its gradient is known, adds local derivative times own grad to the grad of "
        "each of its parts."
    ),
)
MUL = (
    (
        "Try numbers: with a = 3 and b = 4, let a grow to 3.01. The product grows from 12 to "
        "12.04, four times as much; and 4 is b."
    ),
    (
        "The local derivative for a is b's number, the one for b is a's number. Each is "
        "multiplied by the product's own grad, and added to what the part has already."
    ),
)
SUB = (
    (
        "a - b is a + (-b), and -a is a times -1: if your + and * are right, both can be made "
        "of them."
    ),
    (
        "Written on its own: in a - b the local derivatives are 1 for a and -1 for b, and in -a "
        "it is -1."
    ),
)
POWER = (
    (
        "Two cases that you know: a**2 is a*a, with the gradient 2a; a**-1 is 1/a, with the "
        "gradient -1/a². What does yours give for them?"
    ),
    (
        "The local derivative for a is n times (a's number to the power n - 1), times the "
        "gradient that arrives. n is a plain number and gets no gradient. a**0 is always 1, so "
        "its derivative is 0."
    ),
)
DIV = (
    "A short way: a / b is a * b**-1, made of your product and your power.",
    "Written on its own: 1/b for a, and -a/b² for b. With a = 6 and b = 2 that is 0.5 and -1.5.",
)
RELU = (
    "Right of 0 the slope is 1, left of it 0. The input decides which of the two it is.",
    (
        "The new number is the larger of 0 and a's number. What a receives is the gradient that "
        "arrives, if a's number is above 0, and nothing otherwise; it is added, as everywhere."
    ),
)
TANH = (
    (
        "Compute t once, with math.tanh, and keep it: the new number is t, and the derivative "
        "needs t."
    ),
    (
        "The local derivative is 1 - t*t, where t is the output and not the input: 1 for a = 0, "
        "about 0.42 for a = 1. Multiply it by the gradient that arrives."
    ),
)
EXP = (
    "The number is math.exp of the input. Where a = 0, number and slope are both 1.",
    (
        "The local derivative is the output itself, so keep that; a receives output times the "
        "gradient that arrives."
    ),
)
LOG = (
    "The number is math.log of the input, with no second argument. At a = 2 the slope is 0.5.",
    (
        "The local derivative is 1 divided by the input's number (not by the output's), times "
        "the gradient that arrives."
    ),
)
NUMBER_ON_THE_RIGHT = (
    "For a + 2 Python calls a.__add__(2), and the plain 2 has no `data` to read.",
    (
        "Begin __add__, __mul__, __sub__ and __truediv__ alike: if `other` is no Value, make "
        "one of it. From there on both are Values, and the rest of the method stays as it is."
    ),
)
NUMBER_ON_THE_LEFT = (
    (
        "For 2 + a Python asks the 2 first, which knows nothing of Values, and then "
        "a.__radd__(2). Each of +, -, * and / has such a method."
    ),
    (
        "Order means nothing to + and *: there, self + other and self * other will do. For the "
        "other two it does: __rsub__ is other - self and __rtruediv__ is other / self. Make a "
        "Value of `other` and let the methods that you have do the work."
    ),
)
SAME_NODE_TWICE = (
    (
        "In a + a both parts are one and the same Value. If backward() sets its gradient, the "
        "second part wipes out what the first one brought."
    ),
    (
        "Wherever a gradient is passed on, add it (+=) to what is there. For a = 3, a * a must "
        "give 3 + 3 = 6."
    ),
)
ORDER = (
    (
        "Draw the case: one node is reached by a short way and by a long one. If it passes its "
        "gradient on when only the short way has arrived, the rest never gets through."
    ),
    (
        "First make a list, then pass gradients. Into the list comes each node once, and only "
        "after all that it was made from (a depth-first walk does that). Then the result's grad "
        "is 1, and you go through the list from its end."
    ),
)
ANY_PROGRAM = (
    (
        "Which leaf is wrong, and which operations lie between it and the result? If each of "
        "these passes alone, look at how they are joined: a node used twice, or two ways that "
        "meet."
    ),
    (
        "Every step back has the same shape: the part's grad grows by the local derivative "
        "times the result's grad. Look for it in each operation: added and not set, made of "
        "`data` and not of `grad`, and the result's grad not forgotten."
    ),
)
DATA_STAYS = (
    (
        "Print each `data` before backward() and after it. The node that moved tells which "
        "operation does it."
    ),
    (
        "`data` is set in __init__ and nowhere else in this class. What backward() adds belongs "
        "in `grad`; and each operation gives a new Value, not one of its parts, changed."
    ),
)
GRADIENTS_ADD_UP = (
    (
        "Two results that share leaves are like two examples of one batch: after the second "
        "backward() each leaf holds the sum. So backward() must not begin by setting leaves to "
        "0."
    ),
    (
        "A leaf keeps its grad and receives more. A node that an operation made may start from "
        "0 at each backward(). And keep the leaves' gradients nowhere but in `grad`: whoever "
        "sets it to 0 expects the next backward() to bring that result's gradient alone."
    ),
)
MANY_PATHS = (
    (
        "Each diamond doubles the number of ways. If backward() goes on from every part at "
        "every visit, it walks all of them: a billion."
    ),
    (
        "While you put the nodes in order, remember in a set which you have seen, and skip "
        "those. Then pass gradients in one go through the finished list: each node once, "
        "however many ways lead to it."
    ),
)
PARAMETERS_IN_ORDER = (
    (
        "The check sets one parameter to 1 and all others to 0, by their places in the list. "
        "The neuron must then answer that very input, or 1 if it was the bias."
    ),
    (
        "parameters() gives one flat list: the weights, that of the first input first, and the "
        "bias at its end. They are the Values that __call__ computes with, not copies."
    ),
)
FORMULA = (
    (
        "Work the case out by hand: input times weight, added up, plus the bias. Is yours right "
        "but for the relu? Then look at when it is applied."
    ),
    (
        "Begin with the bias and add each weight times its input (zip brings the pairs "
        "together). Apply relu() to that sum if `nonlin` is true, and give the sum as it is if "
        "not."
    ),
)
INITIALISATION = (
    (
        "Neurons that start alike compute the same and learn the same. Chance is what makes "
        "them differ."
    ),
    (
        "For each input one Value of its own random.uniform(-1, 1), and one Value of 0 for the "
        "bias. Leave the seed of `random` alone, or two neurons come out the same."
    ),
)
SIDE_BY_SIDE = (
    "A layer is a list of neurons. Each is given the whole x, and the layer lists their answers.",
    (
        "Make `nout` neurons of `nin` inputs and hand the keyword arguments (`nonlin`) on to "
        "each. The answers come in the order of the neurons, and so do their parameters; of a "
        "single neuron, give the answer itself instead of a list of one."
    ),
)
LISTS_PARAMETERS = (
    (
        "Count: `nout` neurons of `nin` weights and a bias are nout * (nin + 1) Values, in one "
        "flat list. Which are missing, or there twice?"
    ),
    (
        "Go through the neurons and, within each, through its parameters(). Make every neuron "
        "by a call of its own: [Neuron(nin)] * nout is one neuron, listed many times."
    ),
)
LAYERS_IN_A_ROW = (
    "The sizes are `nin`, then those in `nouts`. Each two neighbours make a layer.",
    (
        "Every layer but the last has nonlin=True, the last has nonlin=False. To answer, let x "
        "be what the first layer says to x, then what the second says to that, and so on to the "
        "end."
    ),
)
LISTS_ALL_PARAMETERS = (
    "Count: MLP(2, [4, 1]) has (2 + 1) * 4 + (4 + 1) * 1 = 17. How many has yours?",
    (
        "One flat list: what the first layer's parameters() lists, then the second's. Give the "
        "layers' own Values, made once, so that training changes the network itself."
    ),
)
ZERO_GRAD = (
    (
        "It belongs to Module, so that neurons, layers and networks all have it: whatever "
        "parameters() lists is what it goes through."
    ),
    "Set `grad` to 0.0 on each Value of parameters(). Make no new Values, and leave `data` alone.",
)
DESCENDS = (
    (
        "One step is: the loss, zero_grad(), backward(), and each parameter moves a little "
        "against its gradient. Is the first loss right and a later one wrong? Then a gradient "
        "is missing, or left over from the step before."
    ),
    (
        "Compare the parameters before and after one step. One that did not move is not in "
        "parameters(), or only as a copy; one that moved too far kept an old gradient, so "
        "zero_grad() passed it by."
    ),
)
TWO_MOONS = (
    (
        "Make a network and print its parameters: are the weights all different, some below 0 "
        "and some above, and spread over -1 to 1?"
    ),
    (
        "Each weight needs its own random.uniform(-1, 1). If time ran out instead, it is "
        "backward(): every node once, and looked up in a set, not in a list."
    ),
)
