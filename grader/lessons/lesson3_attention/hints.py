"""What `zth hint` says of lesson 3 after a check's first hint, each step nearer to the answer."""

MATCHES_THE_FORMULA = (
    (
        "Follow the shapes: q is (…, Tq, d), and k with its last two dimensions swapped is (…, "
        "d, Tk), so their product has a row for each query. The softmax goes along that row."
    ),
    (
        "Swap with transpose(-2, -1), which minds no dimensions in front. Divide the scores by "
        "the square root of q's last dimension, take softmax with dim=-1, and multiply by v, "
        "whose width may differ from d."
    ),
)
CAUSAL_MATCHES_THE_FORMULA = (
    (
        "With two queries and five keys, the queries stand at positions 3 and 4: the first sees "
        "keys 0 to 3, the second all five. Write that mask down, then print yours."
    ),
    (
        "Start from ones of shape (Tq, Tk) and keep the lower triangle, with its diagonal moved "
        "by Tk − Tq (tril takes that as an argument). Wherever that leaves a 0, the score "
        "becomes −inf."
    ),
)
GRADIENTS = (
    (
        "Is y right, and a gradient missing or 0? Then the way from that input to y is cut: by "
        "detach, .data, item(), numpy, no_grad, or a new tensor made of numbers."
    ),
    (
        "Go from q, k and v to y by torch's own operations alone, and change nothing in place "
        "that was used before. A gradient of NaN comes from a softmax by hand that meets inf − "
        "inf or 0 / 0; torch.softmax after masked_fill with −inf does not."
    ),
)
PAST_IGNORES_THE_FUTURE = (
    (
        "Is the mask put on after the softmax? By then the weights of the past have been "
        "divided by a sum to which the future belonged."
    ),
    (
        "Set the scores of keys that a query must not see to −inf, then take the softmax: "
        "exp(−inf) is exactly 0, and the rest sums to 1. With fewer queries than keys, the "
        "diagonal moves by Tk − Tq. But what lies before must count: a mask that hides "
        "everything is wrong, too."
    ),
)
ORDER_IS_FREE = (
    (
        "Shuffle keys and values alike, and each query meets the same pairs as before, in "
        "another order; a sum does not mind. Turn the queries round, and the results turn with "
        "them."
    ),
    (
        "So nothing may depend on a place: no mask unless is_causal, nothing that counts "
        "positions, and a softmax over the keys (the last dimension of the scores), not over "
        "the queries."
    ),
)
WEIGHTS_SUM_TO_ONE = (
    (
        "If all values are 1, each result is the sum of a query's weights. Sum yours over the "
        "last dimension: is it 1 everywhere?"
    ),
    (
        "Scores, divided by √d; then the mask; then the softmax over the last dimension; and "
        "after it nothing that changes a weight."
    ),
)
SHIFTING_ALL_KEYS = (
    (
        "Add a vector c to every key, and every score of a query grows by the same q·c. What a "
        "softmax of numbers does is unmoved by that."
    ),
    (
        "So if yours moves, the softmax goes along another dimension than the keys, or the "
        "weights are not a softmax, or masked scores are a finite number, which does not grow "
        "with the others."
    ),
)
LARGE_SCORES = (
    (
        "exp(100,000) is infinite, and infinity by infinity is NaN. The softmax of scores minus "
        "their largest is the same, and there no exp exceeds 1. torch.softmax does it by "
        "itself."
    ),
    (
        "Mask with −inf and nothing else: −10,000 is more than a real score of −100,000, and "
        "would win. If you write the softmax by hand, mask first, so that the largest is one "
        "that is seen."
    ),
)
LAYOUT = (
    (
        "torch.zeros, ones and full give float32 unless told otherwise; together with bfloat16 "
        "or float64 they change the result's dtype, or fail."
    ),
    (
        "Start from q (q.new_zeros, torch.zeros_like), or say dtype=q.dtype and "
        "device=q.device; a mask may be boolean, and masked_fill changes no dtype. Use reshape "
        "where you wrote view."
    ),
)
DEVICE = (
    (
        "A tensor that you make without saying where is on the CPU, and cannot meet one on a "
        "GPU. The check follows every such tensor to where it meets the input."
    ),
    (
        "Look for each torch.ones, zeros, full, arange, tril or tensor. In a function, give it "
        "device= of the input. What a module makes in __init__ goes through "
        "self.register_buffer(name, tensor), and then moves along with the module."
    ),
)
DETACHED = (
    (
        "Which gradient is missing or wrong? Walk back from y to that weight, and look for "
        "detach, .data, item(), no_grad, or a tensor made anew."
    ),
    (
        "Call each layer, as a layer, on x as it came, and use torch's operations for the rest. "
        "A layer that is made and not used gets no gradient; one used in place of another gets "
        "the other's."
    ),
)
CAUSAL = (
    (
        "Change the last position of x and compare: only the last row of y may change. Change "
        "the first: every row may."
    ),
    (
        "Rows of the scores are queries, columns are keys. What lies above the diagonal (column "
        "> row) becomes −inf, and only then comes the softmax over the columns. The diagonal "
        "itself stays."
    ),
)
LEAK = (
    (
        "With large weights, a real score can lie below the number that you mask with. Then the "
        "key that should be hidden wins."
    ),
    (
        "Fill with float('-inf'), before the softmax, and leave the softmax to torch, which "
        "subtracts the largest score by itself. Neither exp by hand nor a clamp is needed."
    ),
)
FAR = (
    (
        "The row fills block_size, and what matters stands at its beginning: a window, or a "
        "mask that ends too early, loses it."
    ),
    (
        "The mask is the whole lower triangle, block_size by block_size: its first column is "
        "all ones. For a row of T positions use its first T rows and T columns."
    ),
)
DROP = (
    (
        "nn.Dropout, kept in the module by __init__, knows whether the module trains: eval() "
        "switches it off, and in training it divides what stays by 1 − dropout."
    ),
    (
        "Call one nn.Dropout(dropout) on the weights, after the softmax and before they meet "
        "the values. Where there is an output projection, call another one on what it gives. "
        "nn.functional.dropout would need training=self.training each time."
    ),
)
HEAD_MATCHES_THE_FORMULA = (
    (
        "Try a single position: it attends to itself alone, so y must be exactly value(x). If "
        "that holds, look at the scale, then at the mask."
    ),
    (
        "Scores are query(x) times key(x), transposed; divided by the square root of head_size, "
        "not of n_embd; masked by the first T rows and T columns of the triangle; through the "
        "softmax; times value(x)."
    ),
)
MULTIHEAD_MATCHES_THE_FORMULA = (
    (
        "Each head gives (B, T, head_size). Side by side they are (B, T, num_heads · "
        "head_size), the first head first; `proj` brings that to n_embd."
    ),
    (
        "Give each head the same x, in the order of `heads`; torch.cat along dim=-1; then "
        "`proj`, which has a bias; then dropout. Nothing else."
    ),
)
ONE_HEAD_IS_A_HEAD = (
    (
        "With one head, and a `proj` that changes nothing, only the head is left. If the "
        "results differ, something else happens on the way: a second scale, a residual, a norm."
    ),
    (
        "Let `heads` be an nn.ModuleList of objects of your class Head, made with head_size, "
        "n_embd, block_size and dropout; their weights are then found as heads.0.key.weight and "
        "so on."
    ),
)
NAMES_AND_SHAPES = (
    (
        "Print name and shape of each of named_parameters(). Due are c_attn.weight, (3C, C), "
        "and c_proj.weight, (C, C), and a bias for both only where config.bias says so."
    ),
    (
        "Two nn.Linear, under exactly these names: C to 3·C and C to C, both with "
        "bias=config.bias. The mask is a buffer, not a parameter; dropout has none."
    ),
)
ATTENTION_MATCHES_THE_FORMULA = (
    (
        "Of the 3C numbers at a position, the first C are queries, the next C keys, the last C "
        "values; within each, the first hs numbers belong to the first head. Follow one number "
        "on its way."
    ),
    (
        "Split along the last dimension into three of C. Each by view to (B, T, n_head, hs), "
        "then T and n_head swapped. Scores by √hs, not √C. On the way back swap first, then "
        "make the memory contiguous, then view as (B, T, C); c_proj comes last."
    ),
)
ATTENTION_DTYPE = (
    (
        "Turn the module to bfloat16 and print the dtype after each line: where does float32 "
        "come in? Often by a mask that is added or multiplied, or a scale that is a tensor."
    ),
    (
        "masked_fill with a boolean mask changes no dtype, and a scale can be a Python number. "
        "x may be a transposed view: use reshape where you wrote view, or contiguous() before "
        "it."
    ),
)
ROWS_OF_ANY_LENGTH = (
    (
        "Call your module with a long row, then with a short one, then with a longer one. Which "
        "call goes wrong?"
    ),
    (
        "The module keeps its layers and one mask for block_size, made in __init__. Everything "
        "else, the length T first of all, comes from x anew at each call; a mask cut for one "
        "row must not replace the one that is kept."
    ),
)
BLOCKS_MATCH_THE_FORMULA = (
    (
        "Two blocks with one score each, 0 and then 10. After the first, m = 0 and total = 1. "
        "The second raises m to 10, and what total counted is now worth exp(0 − 10) of it; the "
        "same goes for acc."
    ),
    (
        "For each block of queries: m = −inf, total = acc = 0. For each block of keys: the "
        "scores by √d; the new m is the larger of m and each row's largest score; multiply "
        "total and acc by exp(old m − new m), then add the sums of exp(score − new m), for acc "
        "times the values. At the end acc / total."
    ),
)
BLOCKS_GRADIENTS = (
    (
        "Writing into a slice of a tensor, or += on one that autograd has kept for the way "
        "back, gives an error or a wrong gradient."
    ),
    (
        "Let each block of keys make new tensors for m, total and acc, collect the results of "
        "the blocks of queries in a list, and join them by torch.cat along the positions. Only "
        "m may be detached: the result does not depend on it."
    ),
)
BLOCKS_LARGE_SCORES = (
    "If m starts at 0 and all scores lie far below, every exp(score − m) is 0, and 0 / 0 is NaN.",
    (
        "Let m start at −inf, total and acc at 0. The first block then multiplies by exp(−inf) "
        "= 0, and from there on the largest exponent of a row is always 0. Take the new m "
        "before any exp."
    ),
)
BLOCKS_ANY_DEVICE = (
    (
        "m, total and acc are tensors that you make, so they are on the CPU unless you say "
        "otherwise. The check follows each of them to where it meets q, k or v."
    ),
    (
        "q.new_full for m, with −inf, and q.new_zeros for total and acc, take q's device and "
        "dtype. Shapes: (…, queries in the block, 1) for m and total, (…, queries in the block, "
        "dv) for acc."
    ),
)
MEMORY_IS_LINEAR = (
    (
        "All scores at once are T × T numbers. In blocks only block × block of them need to "
        "exist at a time."
    ),
    (
        "Two loops: over blocks of queries and, within, over blocks of keys, with m, total and "
        "acc for one block of queries alone. No list of scores, no T × T mask, no call of your "
        "function from above. The results of finished blocks are all that may pile up."
    ),
)
