"""Runs beside the learner's optimizers: builds, plays one episode, and returns plain data."""

from .functions import *
from .optimizers import *
from .trials import *
