"""What `zth hint` says of norm, MLP, block and model, after a check's first hint."""

NORM_MATCHES_THE_FORMULA = (
    (
        "Take one token with the numbers 1 and 3: mean 2, deviations −1 and 1, variance (1 + 1) / "
        "2 = 1. Without gain and bias y is −1 and 1, but for the 1e-5. What does yours give?"
    ),
    (
        "Take mean and variance with dim=-1 and keepdim=True, so that (…, 1) meets (…, C). The "
        "variance is the mean of the squared deviations, by C and not C − 1. Then deviation / "
        "√(variance + 1e-5), times weight, plus bias where there is one."
    ),
)
NORM_HAS_ITS_EPS = (
    (
        "Here the inputs are about 0.001, so their variance is about 1e-6, a tenth of eps: what "
        "eps is, and where it stands, decides the result."
    ),
    (
        "The divisor is √(variance + 1e-5): one root, with eps under it. For a variance of 1e-6 "
        "that is 0.0033; √variance + 1e-5 would be 0.0010."
    ),
)
NORM_SURVIVES_AN_OFFSET = (
    (
        "Near 4096, x² is near 16.8 million, and float32 has no digits left behind the point "
        "there: it counts by ones and twos. Subtract two such means, and rounding is most of what "
        "is left."
    ),
    (
        "Two steps. First the deviations x − mean: they are small, and have all their digits. "
        "Then the mean of their squares. Nothing is squared before the mean is gone."
    ),
)
NORM_GRADIENTS = (
    (
        "Each number of a token moves its mean and its variance, and so every result of that "
        "token. Treat these two as constants (detach, no_grad, .data, item), and the gradient of "
        "x lacks two terms."
    ),
    (
        "A test: y stays when all numbers of a token grow alike, so the gradients of its numbers "
        "must sum to 0. Do yours? Go from x to y by torch's operations alone, and let weight and "
        "bias be nn.Parameters."
    ),
)
NORM_STARTS_NEUTRAL = (
    (
        "A new norm should normalise and do nothing else. Which gain and which bias leave a "
        "number as it is?"
    ),
    (
        "weight is an nn.Parameter of n ones, bias one of n zeros. With bias=False the attribute "
        "bias is None, and named_parameters() has weight alone."
    ),
)
MLP_MATCHES_THE_FORMULA = (
    (
        "Follow the shapes: (B, T, C), after c_fc (B, T, 4·C), after the GELU the same, after "
        "c_proj (B, T, C). nn.Linear keeps its matrix as (out, in), so c_fc.weight is (4·C, C)."
    ),
    (
        "Two nn.Linear under exactly these names, both with bias=config.bias; between them "
        "nn.functional.gelu, exact or with approximate='tanh'. No second GELU, and x is not added "
        "here: the block does that."
    ),
)
MLP_GRADIENTS = (
    (
        "The output is right, and a gradient is not? Then the way from it is cut: by detach, "
        ".data, a new tensor made of numbers, or a layer that is made anew in forward."
    ),
    (
        "Make both layers in __init__, as attributes, so that named_parameters() has them. In "
        "forward call each as a layer, on what the one before it gave."
    ),
)
MLP_DROPS = (
    (
        "nn.Dropout knows whether the module trains, if it is an attribute made in __init__. In "
        "training it divides what it keeps by 1 − dropout, so that sums keep their size."
    ),
    (
        "It comes last: one nn.Dropout(config.dropout) on what c_proj gives. Before c_proj, "
        "dropped numbers would be mixed into every output, and no output would be 0."
    ),
)
BLOCK_USES_ITS_PARTS = (
    (
        "The parts that are handed in can be told apart: a norm that doubles, an attention that "
        "adds 1, an MLP that triples. From x = 1 the first half makes 1 + (2·1 + 1) = 4, the "
        "second 4 + 3·(2·4) = 28. Follow a 1 through yours."
    ),
    (
        "In __init__ call the factories that you were given and keep what they make: "
        "attention(config) as attn, mlp(config) as mlp, and norm(config.n_embd, config.bias) "
        "twice, as ln_1 and ln_2. In forward each half is x plus a part of a norm of x."
    ),
)
BLOCK_MATCHES_THE_FORMULA = (
    (
        "If norm, MLP and attention are right alone, only their order is left. Attention comes "
        "first; the MLP reads what came out of the first half, not the x from before it."
    ),
    (
        "New x: x plus attn of ln_1 of x. Then the new x, plus mlp of ln_2 of the new x. Each "
        "norm is used once, and only on what a part reads: the sum itself is never normalised. "
        "Names: ln_1, attn, ln_2, mlp."
    ),
)
BLOCK_GRADIENTS = (
    (
        "The gradient comes back to x along the stream itself and through both parts. Which way "
        "is missing? Is every weight of ln_1, attn, ln_2 and mlp reached?"
    ),
    (
        "Add without detach, and not in place: x += … would change numbers that the norm has kept "
        "for the way back. A part that is made in __init__ and not called gets no gradient."
    ),
)
LOGITS_MATCH_THE_FORMULA = (
    (
        "Follow the shapes: idx (B, T); wte of it (B, T, C); wpe of the positions (T, C), the "
        "same for each row; blocks and ln_f keep (B, T, C); lm_head gives (B, T, V). Is position "
        "0 right already, and only the rest is not?"
    ),
    (
        "The positions are 0 … T − 1, by torch.arange. Call each block of an nn.ModuleList in "
        "turn, n_layer of them with weights of their own; ln_f after the last; then lm_head, "
        "without a bias, on every position. Names: transformer.wte, transformer.wpe, "
        "transformer.h, transformer.ln_f and lm_head."
    ),
)
LOSS_IS_THE_MEAN = (
    (
        "Flatten both in the same order: logits (B, T, V) to (B·T, V), targets (B, T) to (B·T). "
        "Row i of the one then belongs to number i of the other."
    ),
    (
        "nn.functional.cross_entropy takes logits, and gives the mean in nats: no softmax before "
        "it, no ignore_index, no shift, since targets[b, t] follows idx[b, t] already. Return the "
        "logits as (B, T, V), not the flat ones."
    ),
)
MODEL_GRADIENTS = (
    (
        "Which gradient is wrong? That of wte is a sum of two: one from the tokens that were "
        "read, one from lm_head. That of wpe is there only if the positions go through an "
        "nn.Embedding."
    ),
    (
        "lm_head.weight and transformer.wte.weight must be one nn.Parameter: not a copy, no "
        ".data, no detach. And the loss that you return is the tensor that cross_entropy gives, "
        "not its item()."
    ),
)
MODEL_IS_CAUSAL = (
    (
        "Change the last token and compare the logits before it. Embeddings, norms, MLPs and "
        "lm_head look at one position at a time; so it is attention's mask, or something that is "
        "averaged over the row."
    ),
    (
        "Build the blocks with causal attention: scores above the diagonal are −inf before the "
        "softmax, or scaled_dot_product_attention is told is_causal=True. And all means are over "
        "the C numbers of a token (dim=-1), none over T."
    ),
)
STARTS_AS_GPT_2_DOES = (
    (
        "Print name, shape and standard deviation of all parameters. Due are 0.02 for matrices "
        "and embeddings, 0.02 / √(2·n_layer) for attn.c_proj and mlp.c_proj, biases of 0 and "
        "gains of 1. What nn.Linear and nn.Embedding do by themselves is something else."
    ),
    (
        "When all is built and the two matrices are one, go through named_modules(): draw the "
        "weight of each nn.Linear and nn.Embedding by nn.init.normal_, with the smaller std where "
        "the name ends in c_proj, and zero the bias if there is one. A block has two such "
        "projections, hence the 2 under the root."
    ),
)
A_LONG_ROW_IS_REFUSED = (
    (
        "wpe has a row for each of block_size positions and no more. To cut a longer row without "
        "a word would hide the mistake of whoever passed it."
    ),
    (
        "First thing in forward: compare idx.shape[1] with config.block_size, and raise a "
        "ValueError with both numbers if it is larger. A row of exactly block_size tokens is "
        "fine."
    ),
)
EMBEDDINGS_ARE_DROPPED = (
    "Token and position are added first. What may be dropped is the sum, number by number.",
    (
        "Keep an nn.Dropout(config.dropout) in the model, and call it once, on that sum, before "
        "the first block. As a module of the model it is off after eval(), and in training it "
        "divides what stays by 1 − dropout."
    ),
)
MODEL_RUNS_ANYWHERE = (
    (
        "Weights move with the model, and the tokens come from outside. Which tensors do you make "
        "yourself in forward? The positions, for one."
    ),
    (
        "Tell torch.arange device=idx.device. Positions or a mask that you keep in the module are "
        "made in __init__ by register_buffer, and then move along with it."
    ),
)
EVERY_PART_IS_A_SLOT = (
    (
        "With n_layer blocks, attention and mlp are called n_layer times each, norm twice for "
        "each block and once for ln_f: 2·n_layer + 1. A part that is made once and used "
        "everywhere shares its weights."
    ),
    (
        "Make each block by block(config, attention, mlp, norm), with the factories as they came "
        "and not your own classes; ln_f by norm(config.n_embd, config.bias). Each of the four "
        "arguments has a default of its own, so that any of them may be given alone."
    ),
)
ENTROPY_FLOOR = (
    (
        "See which source it is. The Markov chain asks for the last two tokens; the copy needs "
        "one from half a row ago. If only the copy fails, something far does not reach: a mask "
        "that ends early, or positions that cannot be told apart."
    ),
    (
        "If both fail, compare with the reference step by step: does the loss start near ln V, "
        "does every weight have a gradient, does each half of a block add to x, is ln_f before "
        "lm_head, is wpe added? Each of these has a check above; see whether all have passed."
    ),
)
SHAKESPEARE_CPU = (
    (
        "The checks passed, so one forward and one backward pass are right. What is left is how "
        "the model starts, and what changes over many steps. Lay the two curves side by side: "
        "where do they part?"
    ),
    (
        "At the very first step: it is the start, 0.02 and less for c_proj. Within some hundred "
        "steps: ln_f, the residual sums, the gain of the norms. Late: positions far back count "
        "for nothing. zth train with one part from the reference at a time shows which part it "
        "is."
    ),
)
SHAKESPEARE_GPU = (
    (
        "This model is large for the text: without dropout it learns the training text by heart, "
        "and the validation loss turns round and rises. Does yours?"
    ),
    (
        "0.2 of the embeddings, of what attention answers and of what the MLP answers is dropped "
        "in training, and nothing in eval mode. Let each be an nn.Dropout(config.dropout) inside "
        "the model, made in __init__, so that train() and eval() reach it."
    ),
)
WEIGHTS_FIND_THEIR_PLACE = (
    (
        "Published matrices are (in, out), nn.Linear keeps (out, in). A square matrix does not "
        "tell by its shape: attn.c_proj fits as it is, and is wrong."
    ),
    (
        "Go by the name: what ends in c_attn.weight, c_fc.weight or c_proj.weight is transposed; "
        "embeddings, gains and biases are not. Copy into the parameter in place, under no_grad, "
        "so that the model shares no memory with what it was given."
    ),
)
EVERY_PUBLISHED_FORM_FITS = (
    (
        "Write both lists of names down, sorted. Which differ by transformer. in front alone, "
        "which are masks, and which is wte by another name?"
    ),
    (
        "Take transformer. off, on both sides. Leave out what ends in .attn.bias or "
        ".attn.masked_bias; attn.c_attn.bias and attn.c_proj.bias are weights and stay. Leave out "
        "lm_head.weight, there or not. The rest must agree."
    ),
)
NAMES_MUST_AGREE = (
    (
        "A weight that nobody fills stays random; one that nobody takes says that the file is of "
        "another model. That both sides have equally many names proves nothing."
    ),
    (
        "Compare the plain names as two sets, before anything is copied: what is in one alone is "
        "missing, or too many. Raise a ValueError with its name."
    ),
)
SHAPES_MUST_AGREE = (
    (
        "copy_ stretches a single number over a whole matrix, and reshape makes fit whatever has "
        "as many numbers. So compare shapes, not counts."
    ),
    (
        "For each name compare the published shape with the parameter's, turned round for those "
        "that are transposed. Where they differ, raise a ValueError with the name and both "
        "shapes. Only when all agree, copy the first."
    ),
)
IT_IS_GPT_2 = (
    (
        "The parameters are right, and the logits are not? Then forward computes with something "
        "else: a copy that was made in __init__, or an lm_head that is no longer wte."
    ),
    (
        "Copy into the parameters that are there (copy_, under no_grad) instead of putting new "
        "ones in their place: wte and lm_head then stay one matrix. load_gpt2 changes nothing "
        "else of the model."
    ),
)
