"""Checkpoints as NumPy arrays, with a description in JSON; the optimizer's state by hand."""

import json

import numpy as np
import torch


def save_checkpoint(file, model, optimizer, step):
    arrays = {f"model/{name}": t.detach().numpy() for name, t in model.state_dict().items()}
    groups = optimizer.param_groups
    for i, p in enumerate(p for group in groups for p in group["params"]):
        for key, value in optimizer.state[p].items():
            arrays[f"optimizer/{i}/{key}"] = torch.as_tensor(value).numpy()
    rates = [{k: v for k, v in g.items() if k != "params"} for g in groups]
    about = json.dumps({"step": step, "groups": rates})
    np.savez(file, about=np.array(about), **arrays)


def load_checkpoint(file, model, optimizer):
    with np.load(file, allow_pickle=False) as arrays:
        about = json.loads(str(arrays["about"]))
        state = {k[6:]: torch.from_numpy(arrays[k]) for k in arrays if k.startswith("model/")}
        model.load_state_dict(state)
        parameters = [p for group in optimizer.param_groups for p in group["params"]]
        optimizer.state.clear()
        for name in arrays:
            if name.startswith("optimizer/"):
                _, i, key = name.split("/")
                optimizer.state[parameters[int(i)]][key] = torch.from_numpy(arrays[name])
    for group, rates in zip(optimizer.param_groups, about["groups"], strict=True):
        group.update(rates)
    return about["step"]
