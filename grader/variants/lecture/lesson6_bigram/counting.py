"""As in the lecture: a loop that counts, shares in float32, multinomial with everything named."""

import torch


def count_bigrams(tokens, vocab_size):
    N = torch.zeros((vocab_size, vocab_size), dtype=torch.int64)
    for ix1, ix2 in zip(tokens, tokens[1:]):  # noqa: B905, RUF007
        N[ix1, ix2] += 1
    return N


def probabilities(counts, smoothing=1.0):
    P = (counts + smoothing).float()
    empty = P.sum(1) == 0
    P[empty] = 1.0
    P /= P.sum(1, keepdim=True)
    return P


def sample(probs, generator, longest=100):
    out = []
    ix = 0
    while True:
        if len(out) == longest:
            break
        p = probs[ix]
        ix = torch.multinomial(p, num_samples=1, replacement=True, generator=generator).item()
        if ix == 0:
            break
        out.append(ix)
    return out


def negative_log_likelihood(probs, tokens):
    log_likelihood = 0.0
    n = 0
    for ix1, ix2 in zip(tokens, tokens[1:]):  # noqa: B905, RUF007
        prob = probs[ix1, ix2]
        logprob = torch.log(prob)
        log_likelihood += logprob
        n += 1
    nll = -log_likelihood
    return nll / n
