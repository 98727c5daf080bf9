"""Runs beside the learner's Value and networks: builds, plays an episode, returns plain data."""

from .networks import *
from .values import *
