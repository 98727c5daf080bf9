"""Lesson 1: a scalar autograd engine, and a network built on it."""

from __future__ import annotations

from zth.records import Component, Lesson

FOLDER = "lesson1_autograd"
FORBIDDEN = ("torch", "numpy", "jax", "tensorflow", "autograd", "micrograd")

VALUE = Component("value", "Value", f"{FOLDER}/value.py", "Value", FORBIDDEN)
NEURON = Component("neuron", "Neuron", f"{FOLDER}/mlp.py", "Neuron", FORBIDDEN)
LAYER = Component("layer", "Layer", f"{FOLDER}/mlp.py", "Layer", FORBIDDEN)
MLP = Component("mlp", "MLP", f"{FOLDER}/mlp.py", "MLP", FORBIDDEN)

LESSON = Lesson(
    id="lesson1",
    title="Autograd",
    folder=FOLDER,
    components=(VALUE, NEURON, LAYER, MLP),
    driver=f"grader.lessons.{FOLDER}.driver",
    checks=f"grader.lessons.{FOLDER}.checks",
    chapter=f"docs/{FOLDER}.md",
)
