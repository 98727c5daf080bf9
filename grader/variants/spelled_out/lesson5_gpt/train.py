"""Gradients by torch.autograd.grad, clipping by hand, windows by unfold, a flat checkpoint."""

import math

import torch


def get_batch(tokens, batch_size, block_size, generator=None):
    if tokens.numel() < block_size + 1:
        raise ValueError("too few tokens")
    windows = tokens.unfold(0, block_size + 1, 1)
    chosen = torch.rand(batch_size, generator=generator, dtype=torch.float64) * len(windows)
    rows = windows[chosen.long()]
    return rows[:, :-1].contiguous(), rows[:, 1:].contiguous()


def estimate_loss(model, tokens, config, generator=None):
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        with torch.no_grad():
            batches = [
                get_batch(tokens, config.batch_size, config.block_size, generator)
                for _ in range(config.eval_batches)
            ]
            losses = torch.stack([model(x, y)[1] for x, y in batches])
    finally:
        for module, mode in modes.items():
            module.training = mode
    return losses.mean().item()


def rate(step, config):
    high, low = config.learning_rate, config.min_lr
    if step + 1 <= config.warmup:
        return high * (step + 1) / config.warmup
    x = min(1, (step - config.warmup) / max(config.steps - config.warmup, 1))
    return low + (high - low) * math.cos(math.pi * x / 2) ** 2


def train(model, optimizer, tokens, config, *, start=0, stop=None, on_eval=None):
    stop = config.steps if stop is None else stop
    before = model.training
    parameters = [p for p in model.parameters() if p.requires_grad]
    history = []
    for step in range(start, stop):
        model.train()
        generator = torch.Generator()
        generator.manual_seed(config.seed * 100_000 + step)
        sums, losses = [torch.zeros_like(p) for p in parameters], []
        for _ in range(config.accumulation):
            batch = get_batch(tokens, config.batch_size, config.block_size, generator)
            with torch.amp.autocast("cpu", torch.bfloat16, enabled=config.mixed_precision):
                loss = model(*batch)[1]
            losses.append(float(loss.detach()))
            for total, g in zip(sums, torch.autograd.grad(loss, parameters), strict=True):
                total += g
        history.append(math.fsum(losses) / len(losses))
        if history[-1] != history[-1] or abs(history[-1]) == math.inf:
            raise ValueError(f"step {step}: loss {history[-1]}")
        means = [total / config.accumulation for total in sums]
        norm = math.sqrt(sum(float((g * g).sum()) for g in means))
        factor = config.clip / norm if norm > config.clip else 1.0
        for p, g in zip(parameters, means, strict=True):
            p.grad = g * factor
        for group in optimizer.param_groups:
            group.update(lr=rate(step, config))
        optimizer.step()
        done = step + 1
        if on_eval is not None and config.eval_every > 0 and not done % config.eval_every:
            on_eval(done, estimate_loss(model, tokens, config, generator))
    optimizer.zero_grad()
    return (model.train(before), history)[1]


def save_checkpoint(file, model, optimizer, step):
    flat = {f"model {name}": tensor for name, tensor in model.state_dict().items()}
    state = optimizer.state_dict()
    for number, kept in state["state"].items():
        flat |= {f"state {number} {name}": value for name, value in kept.items()}
    torch.save({"step": torch.tensor(step), "groups": state["param_groups"], **flat}, file)


def load_checkpoint(file, model, optimizer):
    flat = torch.load(file, weights_only=True)
    states = {}
    for name, value in flat.items():
        if name.startswith("state "):
            _, number, key = name.split(" ")
            states.setdefault(int(number), {})[key] = value
    weights = {n.removeprefix("model "): t for n, t in flat.items() if n.startswith("model ")}
    model.load_state_dict(weights, strict=True)
    optimizer.load_state_dict({"state": states, "param_groups": flat["groups"]})
    return flat["step"].item()
