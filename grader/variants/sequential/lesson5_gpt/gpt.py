"""Modules that are lists of modules, the exact GELU by erf, and a mask that is added."""

import re
from types import SimpleNamespace

import torch
from torch import nn
from torch.nn import functional as F


def GPTConfig(block_size, vocab_size, n_layer, n_head, n_embd, dropout=0.0, bias=True):
    return SimpleNamespace(**locals())


class LayerNorm(nn.Module):
    """By vector norms: √n x / ‖x‖ has mean square 1; eps joins under the root."""

    def __init__(self, ndim, bias=True):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(ndim))
        self.bias = nn.Parameter(torch.zeros(ndim)) if bias else None

    def forward(self, x):
        n = x.shape[-1]
        x = x - x.sum(-1, keepdim=True) / n
        size = torch.linalg.vecdot(x, x).unsqueeze(-1) / n
        y = self.weight * x * (size + 1e-5).pow(-0.5)
        return y if self.bias is None else self.bias + y


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        C, T = config.n_embd, config.block_size
        self.n_head = config.n_head
        self.c_attn = nn.Linear(C, C * 3, bias=config.bias)
        self.c_proj = nn.Linear(C, C, bias=config.bias)
        self.drop = nn.Dropout(config.dropout)
        self.register_buffer("hidden", torch.full((T, T), -torch.inf).triu(1), persistent=False)

    def forward(self, x):
        B, T, C = x.shape
        rows = self.c_attn(x).view(B, T, 3 * self.n_head, -1).transpose(1, 2)
        q, k, v = rows.flatten(0, 0).chunk(3, dim=1)
        scores = q.matmul(k.mT).mul(q.shape[-1] ** -0.5).add(self.hidden[:T, :T])
        logs = F.log_softmax(scores, dim=3)
        y = self.drop(logs.exp()).matmul(v)
        return self.drop(self.c_proj(y.permute(0, 2, 1, 3).reshape(B, T, C)))


class Gelu(nn.Module):
    def forward(self, x):
        return x * (torch.erf(x * 2**-0.5) + 1) / 2


class MLP(nn.Sequential):
    def __init__(self, config):
        C = config.n_embd
        super().__init__()
        self.c_fc = nn.Linear(C, 4 * C, bias=config.bias)
        self.act = Gelu()
        self.c_proj = nn.Linear(4 * C, C, bias=config.bias)
        self.drop = nn.Dropout(config.dropout)


class Block(nn.ModuleDict):
    def __init__(self, config, attention=Attention, mlp=MLP, norm=LayerNorm):
        parts = {"attn": attention(config), "mlp": mlp(config)}
        norms = {f"ln_{i}": norm(config.n_embd, config.bias) for i in (1, 2)}
        super().__init__({**norms, **parts})

    def forward(self, x):
        for norm, part in (("ln_1", "attn"), ("ln_2", "mlp")):
            x = torch.add(self[part](self[norm](x)), x)
        return x


class GPT(nn.Module):
    def __init__(self, config, attention=None, mlp=None, norm=None, block=None):
        super().__init__()
        attention, mlp = attention or Attention, mlp or MLP
        norm, block = norm or LayerNorm, block or Block
        self.config = config
        wte = nn.Embedding(config.vocab_size, config.n_embd)
        self.transformer = nn.ModuleDict(
            {
                "wte": wte,
                "wpe": nn.Embedding(config.block_size, config.n_embd),
                "h": nn.Sequential(
                    *(block(config, attention, mlp, norm) for _ in range(config.n_layer))
                ),
                "ln_f": norm(config.n_embd, config.bias),
            }
        )
        self.drop = nn.Dropout(config.dropout)
        self.lm_head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        self.lm_head.weight = wte.weight
        small = 0.02 * (0.5 / config.n_layer) ** 0.5
        for name, p in self.named_parameters():
            if p.dim() == 2:
                nn.init.normal_(p, 0.0, small if "c_proj" in name else 0.02)
            elif name.endswith(".bias"):
                nn.init.constant_(p, 0)

    def forward(self, idx, targets=None):
        T = idx.size(1)
        if T > self.transformer.wpe.num_embeddings:
            raise ValueError(f"a row of {T} for a context of {self.config.block_size}")
        x = self.drop(self.transformer.wpe.weight[:T] + self.transformer.wte(idx))
        logits = self.lm_head(self.transformer.ln_f(self.transformer.h(x)))
        if targets is not None:
            loss = F.nll_loss(F.log_softmax(logits, dim=-1).transpose(1, 2), targets)
            return logits, loss
        return logits, None


def load_gpt2(model, state):
    """By a new state for load_state_dict, after all names and shapes are seen to be right."""
    own, new = dict(model.named_parameters()), {}
    for name, weight in state.items():
        if re.search(r"\.attn\.(masked_)?bias$|^lm_head", name):
            continue
        full = name if name.startswith("transformer.") else "transformer." + name
        if full not in own:
            raise ValueError(f"{name} has no place here")
        turned = re.search(r"\.(c_attn|c_fc|c_proj)\.weight$", name) is not None
        shape = own[full].shape[::-1] if turned else own[full].shape
        if tuple(weight.shape) != tuple(shape):
            raise ValueError(f"{name} is {tuple(weight.shape)}, and {tuple(shape)} is due")
        new[full] = weight.mT if turned else weight
    for full in own:
        if full not in new and full != "lm_head.weight":
            raise ValueError(f"{full.removeprefix('transformer.')} is not there")
    model.load_state_dict(new, strict=False)
