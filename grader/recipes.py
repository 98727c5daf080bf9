"""What `zth train` can train."""

from __future__ import annotations

from typing import Any

from grader.lessons.lesson3_attention import ATTENTION
from grader.lessons.lesson4_optimizer import CLIPPING, OPTIMIZER, SCHEDULE
from grader.lessons.lesson5_gpt import BATCHES, BLOCK, GPT, MLP, NORM, TRAINING
from grader.lessons.lesson6_bigram import BIGRAM
from grader.lessons.lesson7_mlp import MLP_LM
from grader.lessons.lesson8_normalization import BATCHNORM
from grader.lessons.lesson9_backprop import MANUAL
from grader.lessons.lesson10_wavenet import CONVOLUTION, WAVENET
from zth.records import Recipe

# What the two fast recipes share, chosen by experiments: see benchmarks/LOG.md.
# Nothing is clipped, so clipping has no slot.
FAST: dict[str, Any] = {
    "dataset": "tinyshakespeare",
    "model": GPT,
    "config_class": "GPTConfig",
    "slots": (ATTENTION, MLP, NORM),
    "batch": 16,
    "warmup": 0,
    "weight_decay": 0.0,
    "betas": (0.9, 0.98),
    "clip": 0.0,
    "floor": 0.0,
    "mixed_precision": True,
    "in_turn": True,
    "trees": {"gpt": "fast", "optimizer": "fast", "schedule": "fast"},
    "loop": (OPTIMIZER, SCHEDULE, BATCHES, TRAINING),
}

# What the two recipes share that train lesson 5's model as it stands.
PLAIN: dict[str, Any] = {
    "dataset": "tinyshakespeare",
    "model": GPT,
    "config_class": "GPTConfig",
    "slots": (ATTENTION, MLP, NORM, BLOCK),
    "warmup": 100,
    "loop": (OPTIMIZER, CLIPPING, SCHEDULE, BATCHES, TRAINING),
}

RECIPES = (
    Recipe(
        name="shakespeare-tiny",
        description="a small character-level GPT that learns Shakespeare on two cores",
        config={
            "block_size": 64,
            "n_layer": 4,
            "n_head": 4,
            "n_embd": 128,
            "dropout": 0.0,
            "bias": False,
        },
        steps=1500,
        batch=16,
        learning_rate=4e-3,
        evaluate_every=250,
        short={"block_size": 32, "n_layer": 2, "n_embd": 64},
        **PLAIN,
    ),
    Recipe(
        name="shakespeare-gpu",
        description="the lecture's GPT, 10.7 million parameters: for a GPU, or hours on two cores",
        config={
            "block_size": 256,
            "n_layer": 6,
            "n_head": 6,
            "n_embd": 384,
            "dropout": 0.2,
            "bias": False,
        },
        steps=2000,
        batch=64,
        learning_rate=1e-3,
        evaluate_every=250,
        mixed_precision=True,
        short={"block_size": 32, "n_layer": 2, "n_embd": 96, "dropout": 0.0},
        **PLAIN,
    ),
    Recipe(
        name="shakespeare-fast",
        description="Shakespeare below 1.5 nats in minutes, on two cores, by the fast parts",
        config={
            "block_size": 256,
            "n_layer": 4,
            "n_head": 2,
            "n_embd": 192,
            "dropout": 0.0,
            "bias": False,
        },
        steps=600,
        learning_rate=8e-3,
        rate=0.03,
        evaluate_every=100,
        short={"block_size": 32, "n_layer": 2, "n_embd": 96},
        **FAST,
    ),
    Recipe(
        name="shakespeare-sprint",
        description="a small fast GPT: in seconds where shakespeare-tiny is in minutes",
        config={
            "block_size": 64,
            "n_layer": 2,
            "n_head": 2,
            "n_embd": 128,
            "dropout": 0.0,
            "bias": False,
        },
        steps=320,
        learning_rate=0.012,
        rate=0.04,
        evaluate_every=80,
        short={"block_size": 32, "n_layer": 2, "n_embd": 64},
        **FAST,
    ),
    Recipe(
        name="names-bigram",
        description="a table of pairs that learns names, in seconds",
        dataset="names",
        model=BIGRAM,
        config_class="BigramConfig",
        config={"block_size": 32},
        slots=(),
        steps=400,
        batch=128,
        learning_rate=0.1,
        warmup=0,
        weight_decay=0.0,
        loop=(OPTIMIZER, CLIPPING, SCHEDULE, BATCHES, TRAINING),
    ),
    Recipe(
        name="names",
        description="an MLP that looks at three tokens and learns names, in seconds",
        dataset="names",
        model=MLP_LM,
        config_class="MLPConfig",
        config={"block_size": 32, "context": 3, "n_embd": 10, "n_hidden": 200},
        slots=(BATCHNORM,),
        steps=2000,
        batch=32,
        learning_rate=1e-2,
        warmup=100,
        evaluate_every=250,
        loop=(OPTIMIZER, CLIPPING, SCHEDULE, BATCHES, TRAINING),
    ),
    Recipe(
        name="names-by-hand",
        description="an MLP that learns names by gradients worked out by hand, in seconds",
        dataset="names",
        model=MANUAL,
        config_class="MLPConfig",
        config={"block_size": 32, "context": 3, "n_embd": 10, "n_hidden": 200},
        slots=(),
        steps=1000,
        batch=32,
        learning_rate=1e-2,
        warmup=20,
        loop=(OPTIMIZER, CLIPPING, SCHEDULE, BATCHES, TRAINING),
    ),
    Recipe(
        name="names-wavenet",
        description="a tree of causal convolutions that learns names from eight tokens at a time",
        dataset="names",
        model=WAVENET,
        config_class="WaveNetConfig",
        config={"block_size": 64, "n_embd": 24, "n_hidden": 128, "n_layer": 3, "kernel_size": 2},
        slots=(BATCHNORM, CONVOLUTION),
        steps=1500,
        batch=32,
        learning_rate=1e-2,
        warmup=100,
        evaluate_every=250,
        loop=(OPTIMIZER, CLIPPING, SCHEDULE, BATCHES, TRAINING),
    ),
)
