"""Runs beside the learner's norms and diagnostics: builds, plays one episode, returns data."""

from .looks import *
from .norms import *
from .starts import *
from .stream import *
