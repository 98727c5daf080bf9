"""Runs beside the learner's GPT and loop: builds, plays one episode, and returns plain data."""

from .checkpoints import *
from .model import *
from .training import *
