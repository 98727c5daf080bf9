"""The loop as the lectures write it: lists of windows, gradients divided by hand."""

import math

import torch


def lr_at(step, config):
    if step < config.warmup:
        return config.learning_rate * (step + 1) / config.warmup
    ratio = (step - config.warmup) / max(1, config.steps - config.warmup)
    coefficient = 0.5 * (1.0 + math.cos(math.pi * min(ratio, 1.0)))
    return config.min_lr + coefficient * (config.learning_rate - config.min_lr)


def get_batch(tokens, batch_size, block_size, generator=None):
    if len(tokens) <= block_size:
        raise ValueError(f"the text is too short for rows of {block_size}")
    ix = torch.randint(len(tokens) - block_size, (batch_size,), generator=generator)
    x = torch.stack([tokens[i : i + block_size] for i in ix])
    y = torch.stack([tokens[i + 1 : i + block_size + 1] for i in ix])
    return x, y


def estimate_loss(model, tokens, config, generator=None):
    mode = model.training
    model.train(False)
    with torch.inference_mode():
        total = torch.zeros(())
        for _ in range(config.eval_batches):
            batch = get_batch(tokens, config.batch_size, config.block_size, generator)
            total += model(*batch)[1].float() / config.eval_batches
    model.train(mode)
    return float(total)


def train(model, optimizer, tokens, config, *, start=0, stop=None, on_eval=None):
    losses = []
    step = start
    last = stop if stop is not None else config.steps
    mode = model.training
    while step < last:
        model.train()
        for g in optimizer.param_groups:
            g["lr"] = lr_at(step, config)
        rng = torch.Generator()
        rng.manual_seed(hash((config.seed, step)) % 2**63)
        mean = 0.0
        for _micro in range(config.accumulation):
            x, y = get_batch(tokens, config.batch_size, config.block_size, rng)
            with torch.autocast("cpu", dtype=torch.bfloat16, enabled=config.mixed_precision):
                _, loss = model(x, y)
            if not torch.isfinite(loss):
                raise ValueError(f"diverged at step {step}: {loss}")
            loss.backward()
            mean += loss.detach().item() / config.accumulation
        for p in model.parameters():
            p.grad.div_(config.accumulation)
        torch.nn.utils.clip_grad_norm_(model.parameters(), config.clip)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(mean)
        step += 1
        if on_eval and config.eval_every and step % config.eval_every == 0:
            on_eval(step, estimate_loss(model, tokens, config, rng))
    model.train(mode)
    return losses


def save_checkpoint(file, model, optimizer, step):
    buffers_too = {name: value.clone() for name, value in model.state_dict().items()}
    torch.save([step, buffers_too, optimizer.state_dict()], file)


def load_checkpoint(file, model, optimizer):
    step, saved, state = torch.load(file, weights_only=True)
    own = model.state_dict()
    if own.keys() != saved.keys():
        raise KeyError(f"other parameters: {sorted(own.keys() ^ saved.keys())}")
    for name, value in own.items():
        if value.shape != saved[name].shape:
            raise ValueError(f"{name}: {tuple(saved[name].shape)} for {tuple(value.shape)}")
        value.copy_(saved[name])
    optimizer.load_state_dict(state)
    return step
