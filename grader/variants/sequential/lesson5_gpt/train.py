"""The step as a closure, batches as a generator, and a checkpoint of JSON lines."""

import base64
import io
import json
import math

import numpy as np
import torch


def get_batch(tokens, batch_size, block_size, generator=None):
    count = tokens.size(0) - block_size
    if count <= 0:
        raise ValueError(f"{tokens.size(0)} tokens are no window")
    starts = torch.randint(0, count, (batch_size,), generator=generator)
    index = starts.view(-1, 1) + torch.arange(block_size).view(1, -1)
    return torch.take(tokens, index), torch.take(tokens, index + 1)


def stream(tokens, config, generator):
    while True:
        yield get_batch(tokens, config.batch_size, config.block_size, generator)


@torch.inference_mode()
def estimate_loss(model, tokens, config, generator=None):
    was = "train" if model.training else "eval"
    model.eval()
    mean = 0.0
    batches = zip(range(1, config.eval_batches + 1), stream(tokens, config, generator))  # noqa: B905
    for n, (x, y) in batches:
        _, loss = model(x, y)
        mean += (loss.item() - mean) / n
    getattr(model, was)()
    return mean


def schedule(config):
    """All rates of the run."""
    rises = [config.learning_rate * (i + 1) / config.warmup for i in range(config.warmup)]
    length = config.steps - config.warmup
    turns = np.linspace(0, np.pi, max(1, length) + 1)[: max(0, length)]
    falls = config.min_lr + (config.learning_rate - config.min_lr) * (np.cos(turns) + 1) / 2
    return [*rises, *map(float, falls)][: config.steps]


def train(model, optimizer, tokens, config, *, start=0, stop=None, on_eval=None):
    rates, history, mode = schedule(config), [], model.training
    for step in range(config.steps)[start:stop]:
        numbers = np.random.SeedSequence([config.seed, step]).generate_state(1, np.uint32)
        generator = torch.Generator().manual_seed(int(numbers[0]))
        batches = stream(tokens, config, generator)

        def closure(batches=batches, step=step):
            optimizer.zero_grad(set_to_none=False)
            with torch.autocast("cpu", torch.bfloat16, enabled=config.mixed_precision):
                losses = [model(*next(batches))[1] for _ in range(config.accumulation)]
            loss = torch.stack(losses).mean()
            if not loss.isfinite():
                raise ValueError(f"no finite loss at step {step}")
            loss.backward()
            torch.nn.utils.clip_grad_norm_(list(model.parameters()), config.clip)
            return loss.detach()

        model.train()
        for group in optimizer.param_groups:
            group["lr"] = rates[step]
        history.append(float(optimizer.step(closure)))
        done, every = step + 1, config.eval_every
        if on_eval and every and done == done // every * every:
            on_eval(done, estimate_loss(model, tokens, config, generator))
    model.train(mode)
    return history


def encoded(value):
    """JSON for a tree of dicts, lists, numbers and tensors."""
    if isinstance(value, torch.Tensor):
        file = io.BytesIO()
        np.save(file, value.detach().cpu().numpy(), allow_pickle=False)
        return {"npy": base64.b64encode(file.getvalue()).decode()}
    if isinstance(value, dict):
        return {"items": [[k, encoded(v)] for k, v in value.items()]}
    if isinstance(value, list | tuple):
        return {"list": [encoded(v) for v in value], "tuple": isinstance(value, tuple)}
    return value


def decoded(value):
    match value:
        case {"npy": text}:
            file = io.BytesIO(base64.b64decode(text))
            return torch.from_numpy(np.load(file, allow_pickle=False))
        case {"items": items}:
            return {k: decoded(v) for k, v in items}
        case {"list": values, "tuple": fixed}:
            made = [decoded(v) for v in values]
            return tuple(made) if fixed else made
    return value


def save_checkpoint(file, model, optimizer, step):
    """A path, or a binary file that stays open."""
    parts = [step, dict(model.state_dict()), optimizer.state_dict()]
    data = "\n".join(json.dumps(encoded(part)) for part in parts).encode()
    if hasattr(file, "write"):
        file.write(data)
    else:
        with open(file, "wb") as opened:
            opened.write(data)


def load_checkpoint(file, model, optimizer):
    if not hasattr(file, "read"):
        with open(file, "rb") as opened:
            return load_checkpoint(opened, model, optimizer)
    step, weights, state = (decoded(json.loads(line)) for line in file.read().splitlines())
    if math.isnan(step):
        raise ValueError("no step")
    model.load_state_dict(weights)
    optimizer.load_state_dict(state)
    return step
