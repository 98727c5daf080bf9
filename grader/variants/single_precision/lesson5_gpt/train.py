"""Losses, their means, gradients and their norm in float32; tensors as bytes in the checkpoint."""

import json
import math
import random
import struct

import torch

KINDS = {str(t): t for t in (torch.float64, torch.float32, torch.int64)}


def get_batch(tokens, batch_size, block_size, generator=None):
    """A permutation of enough windows, one or several times over."""
    windows = tokens.shape[0] - block_size
    if windows < 1:
        raise ValueError("the text is shorter than a window")
    starts = torch.randint(1 << 40, (batch_size,), generator=generator) % windows
    x = tokens.new_empty(batch_size, block_size)
    y = torch.empty_like(x)
    for b, s in enumerate(starts.tolist()):
        x[b], y[b] = tokens[s : s + block_size], tokens[s + 1 : s + 1 + block_size]
    return x, y


def estimate_loss(model, tokens, config, generator=None):
    mode = model.training
    total = torch.zeros((), dtype=torch.float32)
    torch_grad = torch.is_grad_enabled()
    torch.set_grad_enabled(False)
    model.eval()
    for _ in range(config.eval_batches):
        x, y = get_batch(tokens, config.batch_size, config.block_size, generator)
        total.add_(model(x, targets(y))[1].to(torch.float32))
    model.train(mode)
    torch.set_grad_enabled(torch_grad)
    return (total / config.eval_batches).item()


def targets(y):
    return y.clone(memory_format=torch.contiguous_format)


def train(model, optimizer, tokens, config, *, start=0, stop=None, on_eval=None):
    end = config.steps if stop is None else stop
    mode, losses = model.training, []
    model.train()
    for step in range(start, end):
        if step < config.warmup:
            lr = config.learning_rate / config.warmup * (step + 1)
        else:
            done = (step - config.warmup) / max(1, config.steps - config.warmup)
            wave = math.cos(math.pi * min(done, 1))
            half = (config.learning_rate - config.min_lr) / 2
            lr = (config.learning_rate + config.min_lr) / 2 + half * wave
        for group in optimizer.param_groups:
            group["lr"] = lr
        generator = torch.Generator()
        generator.manual_seed(random.Random(f"{config.seed}/{step}").getrandbits(62))
        optimizer.zero_grad()
        mean = torch.zeros(1)
        for _ in range(config.accumulation):
            x, y = get_batch(tokens, config.batch_size, config.block_size, generator)
            with torch.autocast("cpu", torch.bfloat16, config.mixed_precision):
                loss = model(x, y)[1].float() / config.accumulation
            loss.backward()
            mean += loss.detach()
        if not math.isfinite(mean.item()):
            raise ValueError(f"loss {mean.item()} at step {step}")
        clip([p.grad for p in model.parameters() if p.grad is not None], config.clip)
        optimizer.step()
        losses.append(mean.item())
        if config.eval_every and on_eval is not None and (step + 1) % config.eval_every == 0:
            on_eval(step + 1, estimate_loss(model, tokens, config, generator))
            model.train()
    model.train(mode)
    return losses


def clip(grads, limit):
    norm = torch.stack([g.float().norm() for g in grads]).norm()
    for g in grads:
        g *= torch.clamp(limit / (norm + 1e-6), max=1.0)


def flat(prefix, value, found):
    """Tensors by their path; what is left of the tree, with paths for tensors."""
    if isinstance(value, torch.Tensor):
        found[prefix] = value
        return {"at": prefix}
    if isinstance(value, dict):
        return {"dict": [[k, flat(f"{prefix}.{k}", v, found)] for k, v in value.items()]}
    if isinstance(value, list | tuple):
        return [flat(f"{prefix}.{i}", v, found) for i, v in enumerate(value)]
    return value


def grown(tree, tensors):
    if isinstance(tree, list):
        return [grown(v, tensors) for v in tree]
    if isinstance(tree, dict):
        if "at" in tree:
            return tensors[tree["at"]]
        return {k: grown(v, tensors) for k, v in tree["dict"]}
    return tree


def save_checkpoint(file, model, optimizer, step):
    """The length of the head, the head in JSON, then the numbers of all tensors."""
    tensors = {}
    tree = flat("", [model.state_dict(), optimizer.state_dict(), step], tensors)
    kinds = {name: [str(t.dtype), list(t.shape)] for name, t in tensors.items()}
    head = json.dumps([tree, kinds]).encode()
    parts = [struct.pack("<Q", len(head)), head]
    parts += [t.detach().contiguous().reshape(-1).numpy().tobytes() for t in tensors.values()]
    if isinstance(file, str):
        with open(file, "wb") as opened:
            opened.writelines(parts)
    else:
        file.writelines(parts)


def load_checkpoint(file, model, optimizer):
    if isinstance(file, str):
        with open(file, "rb") as opened:
            return load_checkpoint(opened, model, optimizer)
    [length] = struct.unpack("<Q", file.read(8))
    tree, kinds = json.loads(file.read(length))
    tensors = {}
    for name, (kind, shape) in kinds.items():
        size = KINDS[kind].itemsize * math.prod(shape)
        data = bytearray(file.read(size))
        tensors[name] = torch.frombuffer(data, dtype=KINDS[kind]).reshape(shape)
    weights, state, step = grown(tree, tensors)
    model.load_state_dict(weights)
    optimizer.load_state_dict(state)
    return step
