"""What `zth train` can train."""

from __future__ import annotations

from grader.lessons.lesson3_attention import ATTENTION
from grader.lessons.lesson4_optimizer import CLIPPING, OPTIMIZER, SCHEDULE
from grader.lessons.lesson5_gpt import BATCHES, BLOCK, GPT, MLP, NORM, TRAINING
from zth.records import Recipe

RECIPES = (
    Recipe(
        name="shakespeare-tiny",
        description="a small character-level GPT that learns Shakespeare on two cores",
        dataset="tinyshakespeare",
        model=GPT,
        config_class="GPTConfig",
        config={
            "block_size": 64,
            "n_layer": 4,
            "n_head": 4,
            "n_embd": 128,
            "dropout": 0.0,
            "bias": False,
        },
        slots=(ATTENTION, MLP, NORM, BLOCK),
        steps=1500,
        batch=16,
        learning_rate=4e-3,
        warmup=100,
        evaluate_every=250,
        loop=(OPTIMIZER, CLIPPING, SCHEDULE, BATCHES, TRAINING),
        short={"block_size": 32, "n_layer": 2, "n_embd": 64},
    ),
)
